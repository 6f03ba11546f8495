"""Fewer triangles where no eye misses them: edges collapse onto vertices that stay as they are."""

from __future__ import annotations

import ctypes
from dataclasses import replace

import meshoptimizer
import numpy as np

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
    result = np.zeros_like(faces)
    size = ctypes.c_size_t  # the wrapper declares no types of arguments: what is passed must have them
    count = meshoptimizer.simplify_with_attributes(
        result,
        faces,
        points,
        attributes,
        weights,
        index_count=size(len(faces)),
        vertex_count=size(len(points)),
        vertex_positions_stride=size(points.strides[0]),
        vertex_attributes_stride=size(attributes.strides[0]),
        attribute_count=size(len(weights)),
        vertex_lock=np.zeros(len(points), np.uint8),
        target_index_count=size(3 * int(len(faces) / 3 * keep)),
        target_error=ctypes.c_float(LIMIT),
        options=ctypes.c_uint(meshoptimizer.SIMPLIFY_LOCK_BORDER),
    )
    used, indices = np.unique(result[:count], return_inverse=True)
    return replace(
        primitive,
        **{name: getattr(primitive, name)[used] for name in ("points", "normals", "uv", "shade", "joints", "weights")},
        indices=indices.reshape(-1, 3),
    )
