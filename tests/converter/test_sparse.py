"""Sparse tensors against an encoder that knows nothing of the decoder: one recursive walk over the dense array."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.sparse import Layout, Level, SparseError, densify

Array = npt.NDArray[np.float32]


def encode(
    dense: Array, order: tuple[int, ...], compressed: tuple[bool, ...], block: dict[int, int]
) -> tuple[Array, Layout]:
    """Store `dense` as the schema says; `block` maps split dimensions to their block's size."""
    rank = dense.ndim
    split = dense.reshape([n for d, size in enumerate(dense.shape) for n in (size // block.get(d, 1), block.get(d, 1))])
    # axes of `split`: outer d is 2d, inner d is 2d + 1
    axes = [2 * o if o < rank else 2 * list(block)[o - rank] + 1 for o in order]
    tree = split.transpose(axes + [axis for axis in range(2 * rank) if axis not in axes]).reshape(
        [split.shape[axis] for axis in axes]
    )
    segments: list[list[int]] = [[0] for _ in axes]
    indices: list[list[int]] = [[] for _ in axes]
    values: list[float] = []

    def walk(part: Array, level: int) -> None:
        if level == len(axes):
            values.append(float(part))
            return
        for index in range(part.shape[0]):
            if not compressed[level] or np.any(part[index]):
                indices[level].append(index)
                walk(part[index], level + 1)
        segments[level].append(len(indices[level]))

    walk(tree, 0)
    levels = tuple(
        Level(0, np.array(segments[k], np.int64), np.array(indices[k], np.int64))
        if compressed[k]
        else Level(tree.shape[k])
        for k in range(len(axes))
    )
    return np.array(values, np.float32), Layout(order, tuple(block), levels)


@st.composite
def tensors(draw: st.DrawFn) -> tuple[Array, tuple[int, ...], tuple[bool, ...], dict[int, int]]:
    rank = draw(st.integers(1, 4))
    block = {d: draw(st.integers(2, 3)) for d in range(rank) if draw(st.booleans()) and draw(st.booleans())}
    shape = [draw(st.integers(1, 4)) * block.get(d, 1) for d in range(rank)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dense = (rng.normal(size=shape) * (rng.random(shape) < draw(st.floats(0, 1)))).astype(np.float32)
    order = tuple(draw(st.permutations(range(rank)))) + tuple(rank + k for k in range(len(block)))
    compressed = tuple(draw(st.booleans()) if o < rank else False for o in order)
    return dense, order, compressed, block


@given(tensors())
def test_decodes_what_was_encoded(tensor: tuple[Array, tuple[int, ...], tuple[bool, ...], dict[int, int]]) -> None:
    dense, *how = tensor
    values, layout = encode(dense, *how)
    np.testing.assert_array_equal(densify(values, dense.shape, layout), dense)


MATRIX = np.array([[0, 1, 0], [2, 0, 3]], np.float32)
VALUES, LAYOUT = encode(MATRIX, (0, 1), (False, True), {})
ROWS, COLUMNS = LAYOUT.levels
assert COLUMNS.segments is not None
assert COLUMNS.indices is not None


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (replace(LAYOUT, traversal_order=(0, 0)), "traversal order"),
        (replace(LAYOUT, levels=(ROWS,)), "1 levels, expected 2"),
        (replace(LAYOUT, block_map=(5,), traversal_order=(0, 1, 2), levels=(ROWS, COLUMNS, ROWS)), "block map"),
        (replace(LAYOUT, levels=(Level(1 << 40), COLUMNS)), "a level of 1 x 1099511627776 nodes"),
        (replace(LAYOUT, levels=(Level(-2), COLUMNS)), "a level of 1 x -2"),
        (replace(LAYOUT, levels=(Level(1), COLUMNS)), "3 values for 1 leaves"),
        (replace(LAYOUT, levels=(Level(3), COLUMNS)), "3 segment bounds for 3 parents"),
        (
            replace(LAYOUT, levels=(ROWS, replace(COLUMNS, segments=COLUMNS.segments[::-1]))),
            "segments that do not grow",
        ),
        (replace(LAYOUT, levels=(ROWS, replace(COLUMNS, segments=COLUMNS.segments + 1))), "pass the end"),
        (replace(LAYOUT, levels=(ROWS, replace(COLUMNS, indices=COLUMNS.indices + 2))), "outside the shape"),
        (replace(LAYOUT, levels=(ROWS, replace(COLUMNS, indices=COLUMNS.indices - 1))), "outside the shape"),
    ],
)
def test_refuses_levels_that_contradict_each_other(layout: Layout, message: str) -> None:
    with pytest.raises(SparseError, match=message):
        densify(VALUES, MATRIX.shape, layout)
