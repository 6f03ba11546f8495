"""From a person and a wardrobe to a GLB file of the same make as those that ship."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from scipy import sparse
from scipy.ndimage import binary_dilation
from scipy.sparse import csgraph

from tools.characters import glb, hair, person, rig
from tools.characters.bake import image, rasterise
from tools.characters.build import SOURCE, Character, assemble, landmark_table
from tools.characters.dressed import colours
from tools.characters.dressed.mhclo import Surface
from tools.characters.dressed.people import Person
from tools.characters.dressed.wardrobe import Piece
from tools.characters.glb import Glb, Material
from tools.characters.mesh import Mesh, Outside
from tools.characters.parts import Part
from tools.characters.shape import shape
from tools.characters.skin import HEAD_BOX, body_faces
from tools.characters.source import Bool, Float, Int, load

SKIN_SIZE, CLOTH_SIZE, HAIR_SIZE, BROW_SIZE, EYE_SIZE = 512, 512, 512, 256, 256
# Mipmaps thin strands out: below half, so that they do not vanish some metres away.
HAIR_CUTOFF, BROW_CUTOFF, CLOTH_CUTOFF = 0.35, 0.3, 0.5
# Template heights (decimetres) that tell parts of an outfit apart by their middle: above the waist, below the ankles.
WAIST, ANKLE = 0.0, -6.8
LEVELS = ("upper", "lower", "feet")
MARGIN = 3  # texels about a part's own that are dyed with it


def _piece_part(piece: Piece, mesh: Mesh, faces: Bool, material: Material, **extra: bool) -> Part:
    """Return a piece's part with the triangles ``faces`` (m,) only."""
    kept = Mesh(mesh.points, mesh.template, mesh.weights, mesh.faces[faces])
    return Part(material.name, kept, piece.surface.uv[faces], material, mesh.normals, **extra)


def _levels(piece: Piece) -> Int:
    """Which part of an outfit, an index into LEVELS, each triangle (m,) belongs to."""
    surface: Surface = piece.surface
    count = len(surface.points)
    a, b, c = surface.faces.T
    ones = np.ones(2 * len(a))
    graph = sparse.csr_matrix((ones, (np.concatenate([a, b]), np.concatenate([b, c]))), shape=(count, count))
    _, island = csgraph.connected_components(graph, directed=False)
    height = piece.fit.points(load().points)[:, 1]
    middle = np.bincount(island, height) / np.maximum(np.bincount(island), 1)
    level = np.where(middle > WAIST, 0, np.where(middle > ANKLE, 1, 2))
    result: Int = level[island][a]
    return result


def _texels(uv: Float, size: int) -> Bool:
    """Texels (size, size) that triangles (m, 3, 2) use, and some about them."""
    _, covered = rasterise(uv.copy(), np.zeros((*uv.shape[:2], 1)), size)
    result: Bool = binary_dilation(covered, iterations=MARGIN)
    return result


def _cloth(piece: Piece, level: Int, dyes: tuple[colours.Tone | None, ...]) -> Material:
    """Material of a piece of clothes, its parts dyed; ``level`` (m,) is each triangle's."""
    colour = colours.read(piece.texture, CLOTH_SIZE)
    taken = np.zeros(colour.shape[:2], bool)
    for part, dye in enumerate(dyes):
        faces = level == part
        if not faces.any():
            continue
        where = _texels(piece.surface.uv[faces], CLOTH_SIZE) & ~taken
        taken |= where
        if dye is not None:
            colour = colours.dyed(colour, where, dye)
    name = f"cloth_{piece.name}"  # the stage dyes what is called cloth, hair, brow, head or body
    if colour.shape[2] == 4 and (colour[taken, 3] < CLOTH_CUTOFF).mean() > 0.01:
        return Material(name, image=image(colour), roughness=0.85, cutoff=CLOTH_CUTOFF, double_sided=True)
    return Material(name, image=image(colour[..., :3]), roughness=0.85, double_sided=True)


def _clothes(who: Person, points: Float) -> tuple[list[Part], Bool]:
    """Return clothes, outer ones first, and the base-mesh vertices (19158,) that they hide."""
    hidden = np.zeros(len(points), bool)
    parts = []
    for piece, dyes in sorted(zip(who.clothes, who.dyes, strict=True), key=lambda pair: -pair[0].fit.depth):
        mesh = piece.fit.mesh(piece.surface, points)
        seen = ~piece.fit.covered(hidden)[mesh.faces].all(1)
        level = _levels(piece)
        cloth = _cloth(piece, level, dyes)
        for part, name in enumerate(LEVELS):  # of one picture, but each is a material: the stage dyes them apart
            faces = seen & (level == part)
            if faces.any():
                parts.append(_piece_part(piece, mesh, faces, replace(cloth, name=f"{cloth.name}_{name}")))
        hidden |= piece.fit.deleted
    return parts, hidden


@cache
def _skin_texels(size: int) -> Bool:
    """Texels of the trunk's and the limbs' skin."""
    covered = rasterise(body_faces()[1].uv.copy(), np.zeros((len(body_faces()[1].faces), 3, 1)), size)[1]
    result: Bool = covered
    return result


def _skin(who: Person, points: Float, hidden: Bool) -> list[Part]:
    source = load()
    whole = person.skin_normals(points)
    size = 2 * SKIN_SIZE
    colour = colours.read(who.skin.texture, size)[..., :3]
    picture = image(colours.gained(colour, _skin_texels(size), who.skin_tone))
    left, bottom, right, top = HEAD_BOX
    box = (left * size, (1 - top) * size, right * size, (1 - bottom) * size)
    pictures = (picture.resize((SKIN_SIZE, SKIN_SIZE), 1, box), picture.resize((SKIN_SIZE, SKIN_SIZE), 1))
    parts = []
    for name, half, own in zip(("head", "body"), body_faces(), pictures, strict=True):
        kept = ~hidden[half.faces].all(1)
        mesh = Mesh(points, source.points, source.weights, half.faces[kept])
        parts.append(Part(name, mesh, half.uv[kept], Material(name, image=own, roughness=0.55, quality=88), whole))
    return parts


def _strands(piece: Piece, who: Person, points: Float, name: str, size: int, cutoff: float) -> Part:
    """Hair, brows or lashes: cards whose alpha is tested, in the colour of the person's hair."""
    colour = colours.read(piece.texture, size)
    where = colour[..., 3] > cutoff if colour.shape[2] == 4 else np.ones(colour.shape[:2], bool)
    if name == "hair":
        colour = colours.tinted(colour, where, who.hair_tone)
    elif name == "brow":
        dark = 0.75 * np.array(who.hair_tone)
        colour = colours.tinted(colour, where, (float(dark[0]), float(dark[1]), float(dark[2])))
    material = Material(name, image=image(colour), roughness=0.75, cutoff=cutoff, double_sided=True)
    mesh = piece.fit.mesh(piece.surface, points)
    everything = np.ones(len(mesh.faces), bool)
    return _piece_part(piece, mesh, everything, material, occludes=False, shaded=name == "hair")


def _eyes(who: Person, points: Float) -> Part:
    picture = image(colours.read(who.iris, EYE_SIZE)[..., :3])
    mesh = who.eyes.fit.mesh(who.eyes.surface, points)
    material = Material("eye", image=picture, roughness=0.15)
    return _piece_part(who.eyes, mesh, np.ones(len(mesh.faces), bool), material, occludes=False, shaded=False)


def _head(who: Person, points: Float, dressed: list[Part]) -> list[Part]:
    parts = [_eyes(who, points)]
    if who.brows:
        parts.append(_strands(who.brows, who, points, "brow", BROW_SIZE, BROW_CUTOFF))
    if who.lashes:
        parts.append(_strands(who.lashes, who, points, "lash", BROW_SIZE, BROW_CUTOFF))
    if isinstance(who.hair, Piece):
        parts.append(_strands(who.hair, who, points, "hair", HAIR_SIZE, HAIR_CUTOFF))
    elif who.hair is not None:
        skin = load().groups["body"].vertices
        surfaces = [(part.mesh.points, part.vertex_normals) for part in dressed]
        surfaces.append((points[skin], person.skin_normals(points)[skin]))
        outside = Outside(*(np.concatenate(arrays) for arrays in zip(*surfaces, strict=True)))
        parts += hair.parts(points, outside, who.hair)
    return parts


def build(who: Person) -> Character:
    """Return the GLB of a person and its manifest entry; the same person gives the same bytes."""
    points = shape(who.body)
    clothes, hidden = _clothes(who, points)
    parts = clothes + _head(who, points, clothes) + _skin(who, points, hidden)
    floor = min(float(part.mesh.points[part.mesh.faces.ravel(), 1].min()) for part in parts)
    skeleton = rig.build(points, floor)
    data, triangles = assemble(who.name, parts, skeleton, ())
    data = _with_source(data)
    about = {
        "sex": who.sex,
        "age": who.body.age,
        "height": who.body.height,
        "descent": who.descent,
        "skin": who.skin.name,
        "hair": who.hair.name if isinstance(who.hair, Piece) else "shaved" if who.hair is None else "natural",
        "clothes": [piece.name for piece in who.clothes],
    }
    entry: dict[str, Any] = {
        "file": f"{who.name}.glb",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "triangles": triangles,
        **about,
        "not_applicable": [],
        "prosthesis": None,
        "landmarks": landmark_table(skeleton, ()),
    }
    return Character(data, entry)


def _with_source(data: bytes) -> bytes:
    """Say where the clothes come from; the rest of the file stays."""
    document, binary = glb.read(data)
    document["asset"]["extras"]["source"] = f"{SOURCE}; clothes, hair and pictures of the folder it was built from"
    return Glb(document, bytearray(binary)).tobytes()
