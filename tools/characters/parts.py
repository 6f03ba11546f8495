"""What a character is put together from, and how a part becomes vertices of a glTF primitive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.characters import rig
from tools.characters.glb import Material, Primitive
from tools.characters.mesh import Mesh
from tools.characters.source import METRES_PER_UNIT, Float, Int

INFLUENCES = 4


@dataclass(frozen=True)
class Part:
    """A mesh of one material.

    ``uv`` (m, 3, 2) per face corner, v = 0 at the bottom; ``normals`` (n, 3) where the mesh's own will not do;
    ``occludes``: whether it darkens what lies near it; ``shaded``: whether it is darkened itself.
    """

    name: str
    mesh: Mesh
    uv: Float
    material: Material
    normals: Float | None = None
    occludes: bool = True
    shaded: bool = True

    @property
    def vertex_normals(self) -> Float:
        """Unit normals (n, 3)."""
        return self.mesh.normals if self.normals is None else self.normals


def flat_uv(mesh: Mesh) -> Float:
    """Texture coordinates for a part of one colour."""
    return np.zeros((len(mesh.faces), 3, 2))


def skin_weights(weights: Float) -> tuple[Int, Int]:
    """Return the four strongest bones (n, 4), as rig indices, and their weights (n, 4), integers that sum to 255."""
    ordered = weights[:, rig.column_order()]
    joints = np.argsort(-ordered, axis=1, kind="stable")[:, :INFLUENCES]
    strongest = np.take_along_axis(ordered, joints, 1)
    total = strongest.sum(1, keepdims=True)
    if (total <= 0).any():
        raise ValueError("a vertex hangs on no bone")
    whole = np.floor(strongest / total * 255).astype(np.int64)
    whole[:, 0] += 255 - whole.sum(1)
    joints[whole == 0] = 0
    return joints, whole


def to_primitive(part: Part, shade: Float) -> Primitive:
    """Split vertices where texture coordinates differ; metres."""
    mesh = part.mesh
    corners = mesh.faces.ravel()
    uv = np.clip(part.uv.reshape(-1, 2), 0, 1)
    key = np.column_stack([corners, (uv * 65535).round()]).astype(np.int64)
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    chosen = corners[first]
    joints, weights = skin_weights(mesh.weights[chosen])
    return Primitive(
        points=mesh.points[chosen] * METRES_PER_UNIT,
        normals=part.vertex_normals[chosen],
        uv=np.column_stack([uv[first, 0], 1 - uv[first, 1]]),
        shade=shade[chosen],
        joints=joints,
        weights=weights,
        indices=inverse.reshape(-1, 3),
    )
