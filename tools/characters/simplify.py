"""Fewer triangles where no eye misses them: edges collapse onto vertices that stay as they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.characters.glb import Primitive

# Shares of the triangles that are kept, by material. Faces and hands need theirs; cloth is smooth by its normals, and
# what lies below the outermost layer of hair only closes gaps.
KEEP = {
    "head": 0.7,
    "body": 0.5,
    "shirt": 0.5,
    "trousers": 0.5,
    "collar": 0.6,
    "shoe": 0.5,
    "sole": 0.4,
    "sock": 0.35,
    "hair0": 0.6,
    "hair1": 0.45,
    "hair2": 0.45,
    "hair3": 0.45,
    "strands": 0.6,
}
# What an attribute's change costs, as metres of displacement per unit: normals carry the shading of folds, texture
# coordinates the pattern. The strongest joint is no attribute: a vertex that stays keeps all its weights.
NORMAL_WEIGHT, TEXTURE_WEIGHT = 0.02, 0.4
LIMIT = 1.0  # of the mesh's extent: the share alone decides
SCRIPT = Path(__file__).with_suffix(".mjs")


def simplified(primitive: Primitive, material: str) -> Primitive:
    """Return the primitive with its material's share of triangles (all, if it has none in :data:`KEEP`).

    The vertices that stay keep place, weights and texture coordinates exactly; open borders stay where they are.
    """
    keep = KEEP.get(material, 1.0)
    faces = np.ascontiguousarray(primitive.indices.ravel(), np.uint32)
    if keep >= 1 or len(faces) == 0:
        return primitive
    points = np.ascontiguousarray(primitive.points, np.float32)
    attributes = np.ascontiguousarray(np.column_stack([primitive.normals, primitive.uv]), np.float32)
    extent = float(np.ptp(points, axis=0).max())  # the library scales positions by it, but not attributes
    weights = np.array([NORMAL_WEIGHT] * 3 + [TEXTURE_WEIGHT] * 2, np.float32) / extent
    target = 3 * int(len(faces) / 3 * keep)
    kept = _simplify(faces, points, attributes, weights.tolist(), target)
    used, indices = np.unique(kept, return_inverse=True)
    return replace(
        primitive,
        **{name: getattr(primitive, name)[used] for name in ("points", "normals", "uv", "shade", "joints", "weights")},
        indices=indices.reshape(-1, 3),
    )


def _simplify(
    faces: npt.NDArray[np.uint32],
    points: npt.NDArray[np.float32],
    attributes: npt.NDArray[np.float32],
    weights: list[float],
    target: int,
) -> npt.NDArray[np.uint32]:
    """Return the ``target`` indices or so that stay, as meshoptimizer (npm) chooses them.

    Its Python wrapper has no wheels: who has no compiler could not install it.
    """
    header = {
        "indices": len(faces),
        "vertices": len(points),
        "attributes": attributes.shape[1],
        "weights": weights,
        "target": target,
        "error": LIMIT,
    }
    mesh = json.dumps(header).encode() + b"\n" + faces.tobytes() + points.tobytes() + attributes.tobytes()
    result = subprocess.run([_node(), SCRIPT], input=mesh, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own script
    return np.frombuffer(result.stdout, "<u4")


def _node() -> str:
    """Return Node's path: that of the environment which runs this, else the system's."""
    places = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", "")])
    found = shutil.which("node", path=places)
    if found is None:
        raise FileNotFoundError("node was not found: `make setup-test` installs it")
    return found
