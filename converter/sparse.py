"""Decode TFLite's sparse tensors, in which pruned weights are stored.

The format (tensorflow/lite/schema/schema.fbs, ``SparsityParameters``, after the TACO compiler): a tensor is a tree.
Each level is one dimension in traversal order, either dense (every index is there) or compressed (segments say which
run of indices belongs to which parent). Dimensions may be split into blocks: then the levels beyond the tensor's rank
are the offsets within a block, and ``block_map`` says which dimension each belongs to. The leaves, in order, are the
values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


class SparseError(ValueError):
    """The levels contradict each other, the shape or the number of values."""


@dataclass(frozen=True)
class Level:
    """One dimension in traversal order; compressed if it has segments, else dense of `size`."""

    size: int
    segments: Integers | None = None
    indices: Integers | None = None


@dataclass(frozen=True)
class Layout:
    """How the leaves of a tree map to the elements of a tensor."""

    traversal_order: tuple[int, ...]
    block_map: tuple[int, ...]
    levels: tuple[Level, ...]


def _descend(parents: Integers, level: Level) -> tuple[Integers, Integers, Integers]:
    """Return, for each child on `level`, the row of its parent, its own number on the level, and its index."""
    if level.segments is None or level.indices is None:
        rows = np.repeat(np.arange(parents.size), level.size)
        index = np.tile(np.arange(level.size), parents.size)
        return rows, parents[rows] * level.size + index, index
    segments, indices = level.segments, level.indices
    if np.any(np.diff(segments) < 0) or segments.size == 0 or segments[0] < 0 or segments[-1] > indices.size:
        raise SparseError("segments that do not grow, or that pass the end of the indices")
    if parents.size and int(parents.max()) + 1 >= segments.size:
        raise SparseError(f"{segments.size} segment bounds for {int(parents.max()) + 1} parents")
    counts = segments[parents + 1] - segments[parents]
    rows = np.repeat(np.arange(parents.size), counts)
    within = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    numbers = segments[parents][rows] + within
    return rows, numbers, indices[numbers]


def densify(values: npt.NDArray[np.generic], shape: tuple[int, ...], layout: Layout) -> npt.NDArray[np.generic]:
    """Return the dense tensor of `shape` whose non-zero elements are `values`, shape (n,), in the tree's order."""
    rank, order = len(shape), layout.traversal_order
    expected = rank + len(layout.block_map)
    if sorted(order) != list(range(expected)) or len(layout.levels) != expected:
        raise SparseError(f"traversal order {order} and {len(layout.levels)} levels, expected {expected} of each")
    if any(not 0 <= dimension < rank for dimension in layout.block_map):
        raise SparseError(f"block map {layout.block_map} names a dimension that a tensor of rank {rank} lacks")
    block = [1] * rank
    for number, dimension in enumerate(layout.block_map):
        block[dimension] *= layout.levels[order.index(rank + number)].size

    elements = int(np.prod(shape))
    parents: Integers = np.zeros(1, np.int64)
    position = [np.zeros(1, np.int64) for _ in shape]
    for level, axis in zip(layout.levels, order, strict=True):
        # no level of a valid tree is wider than the tensor; checked before the arrays are made
        if level.segments is None and not 0 <= parents.size * level.size <= elements:
            raise SparseError(f"a level of {parents.size} x {level.size} nodes in a tensor of {elements} elements")
        rows, parents, index = _descend(parents, level)
        if rows.size > elements:
            raise SparseError(f"a level of {rows.size} nodes in a tensor of {elements} elements")
        position = [axis_position[rows] for axis_position in position]
        if axis < rank:
            position[axis] += index * block[axis]
        else:
            position[layout.block_map[axis - rank]] += index
    if parents.size != values.size:
        raise SparseError(f"{values.size} values for {parents.size} leaves")
    if any(p.size and not 0 <= int(p.min()) <= int(p.max()) < size for p, size in zip(position, shape, strict=True)):
        raise SparseError(f"an index outside the shape {shape}")
    dense = np.zeros(shape, values.dtype)
    dense[tuple(position)] = values
    return dense
