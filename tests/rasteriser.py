"""A z-buffer in numpy: small triangles with a colour per vertex, drawn into a picture in one vectorised pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

# Candidate pixels handled at once; bounds memory at a few hundred MB for any picture.
MAX_CANDIDATES = 4_000_000


@dataclass(frozen=True)
class Surface:
    """Triangles to draw: `points` (n, 3) are column, row (px) and depth (larger is farther), `colours` 0..1."""

    points: Float
    colours: Float
    triangles: Int


def draw(image: Float, surfaces: list[Surface]) -> None:
    """Draw surfaces into `image` (height, width, 3), the nearest in front; both sides of a triangle are seen.

    A pixel belongs to a triangle if its centre, (column + 0.5, row + 0.5), lies inside; depth and colour are
    interpolated linearly on the screen, which is exact enough for triangles of a few pixels.
    """
    depth = np.full(image.shape[:2], np.inf)
    for surface in surfaces:
        corners = surface.points[surface.triangles]
        low = np.floor(corners[..., :2].min(1) - 0.5).astype(np.int64)
        extent = np.ceil(corners[..., :2].max(1) - 0.5).astype(np.int64) - low + 1
        size = extent.max(1)
        order = np.argsort(size)
        start = 0
        while start < len(order):
            # triangles of similar size share one grid of candidate pixels
            side = int(size[order[start]])
            room = max(1, MAX_CANDIDATES // max(side * side, 1))
            end = min(start + room, int(np.searchsorted(size[order], max(side, int(side * 1.5)), side="right")))
            chosen = order[start:end]
            _draw_some(image, depth, surface, chosen, low[chosen], int(size[order[end - 1]]))
            start = end


def _draw_some(image: Float, depth: Float, surface: Surface, chosen: Int, low: Int, side: int) -> None:
    """Draw the chosen triangles, each within a square of `side` pixels from its corner `low`."""
    height, width = depth.shape
    triangles = surface.triangles[chosen]
    a, b, c = (surface.points[triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    offsets = np.arange(side)
    column = low[:, 0, None, None] + offsets[None, None, :]
    row = low[:, 1, None, None] + offsets[None, :, None]
    column, row = np.broadcast_arrays(column, row)
    x, y = column + 0.5, row + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        u = _edge(b, c, x, y) / area[:, None, None]
        v = _edge(c, a, x, y) / area[:, None, None]
    w = 1 - u - v
    inside = (u >= 0) & (v >= 0) & (w >= 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
    which, at_row, at_column = np.nonzero(inside)[0], row[inside], column[inside]
    weights = np.stack([u[inside], v[inside], w[inside]], axis=1)
    z = (weights * surface.points[triangles[which], 2]).sum(1)
    # nearest last, so that it wins where several triangles write to one pixel
    nearest = np.argsort(-z, kind="stable")
    which, at_row, at_column, weights, z = (v[nearest] for v in (which, at_row, at_column, weights, z))
    seen = z < depth[at_row, at_column]
    which, at_row, at_column, weights, z = (v[seen] for v in (which, at_row, at_column, weights, z))
    colours = (weights[:, :, None] * surface.colours[triangles[which]]).sum(1)
    depth[at_row, at_column] = z
    image[at_row, at_column] = colours


def _edge(start: Float, end: Float, x: Float, y: Float) -> Float:
    """Return twice the signed area of (start, end, pixel) for each triangle and pixel."""
    dx, dy = (end - start)[:, 0, None, None], (end - start)[:, 1, None, None]
    return dx * (y - start[:, 1, None, None]) - dy * (x - start[:, 0, None, None])
