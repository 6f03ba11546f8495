"""How cloth hangs: bridged hollows, falls from what stands out, folds at its edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import ConvexHull

from tools.characters.mesh import Mesh, border_edges
from tools.characters.source import Bool, Float, Int

ROWS, ANGLES = 72, 72


@dataclass(frozen=True)
class Hang:
    """How a tube of cloth falls about a vertical axis.

    ``axis`` gives (k, 2) x, z centres for heights (k,); below a bulge the tube narrows by at most ``taper`` (radius
    per height) and stands off what is beneath by at most ``cap`` decimetres; ``fade`` (n,) is 0..1 per vertex. With
    ``walls`` only what faces away from the axis moves: the inside of a thigh is no part of the tube.
    """

    axis: Callable[[Float], Float]
    taper: float
    cap: float
    fade: Float
    walls: bool = True


def _hull_radius(flat: Float, angles: Float) -> Float:
    """Radius, from the origin, of the convex hull of points (k, 2) at each angle; zero if the hull misses it."""
    hull = ConvexHull(flat)
    rays = np.stack([np.cos(angles), np.sin(angles)], 1)
    facing = rays @ hull.equations[:, :2].T
    reach = np.where(facing > 1e-9, -hull.equations[:, 2] / np.where(facing > 1e-9, facing, 1), np.inf)
    result: Float = np.maximum(reach.min(1), 0)
    return result


def hang(mesh: Mesh, chosen: Bool, how: Hang) -> Mesh:
    """Move the ``chosen`` vertices (n,) out to the tube that cloth over them would form.

    Each horizontal slice takes the convex hull of its points (cloth bridges hollows); going down, the radius may
    shrink no faster than ``taper`` (cloth falls from bulges). Vertices move outwards only.
    """
    points = mesh.points[chosen]
    relative = points[:, [0, 2]] - how.axis(points[:, 1])
    radius = np.linalg.norm(relative, axis=1)
    turn = np.arctan2(relative[:, 1], relative[:, 0])
    top, bottom = points[:, 1].max(), points[:, 1].min()
    heights = np.linspace(top, bottom, ROWS)
    step = (top - bottom) / (ROWS - 1)
    angles = (np.arange(ANGLES) + 0.5) / ANGLES * 2 * np.pi - np.pi
    table = np.zeros((ROWS, ANGLES))
    for row, height in enumerate(heights):
        slab = np.abs(points[:, 1] - height) < max(1.5 * step, 0.18)
        if slab.sum() > 8:
            table[row] = _hull_radius(relative[slab], angles)
        elif row:
            table[row] = table[row - 1]
    fallen = table.copy()
    for row in range(1, ROWS):
        fallen[row] = np.maximum(table[row], fallen[row - 1] - how.taper * step)
    tube = gaussian_filter(np.minimum(fallen, table + how.cap), (2, 1.5), mode=("nearest", "wrap"))
    wanted = _sample(tube, (top - points[:, 1]) / step, (turn + np.pi) / (2 * np.pi) * ANGLES - 0.5)
    share = how.fade[chosen]
    if how.walls:
        outwards = (mesh.normals[chosen][:, [0, 2]] * relative).sum(1) / (radius + 1e-9)
        share = share * np.clip(outwards * 2.5, 0, 1)
    push = np.maximum(0, wanted - radius) * share
    moved = mesh.points.copy()
    outward = relative / (radius + 1e-9)[:, None] * push[:, None]
    moved[chosen] += np.insert(outward, 1, 0, axis=1)
    return mesh.with_points(moved)


def _sample(table: Float, row: Float, column: Float) -> Float:
    """Bilinear look-up; columns wrap."""
    r = np.clip(np.floor(row).astype(np.int64), 0, ROWS - 2)
    c = np.floor(column).astype(np.int64)
    u, v = np.clip(row - r, 0, 1), column - c
    result: Float = (table[r, c % ANGLES] * (1 - v) + table[r, (c + 1) % ANGLES] * v) * (1 - u)
    result += (table[r + 1, c % ANGLES] * (1 - v) + table[r + 1, (c + 1) % ANGLES] * v) * u
    return result


def thicken(mesh: Mesh, thickness: float) -> tuple[Mesh, Float]:
    """Fold open borders inwards, so that edges show the cloth's thickness; also returns fitting normals."""
    rim = border_edges(mesh.faces)
    vertices = np.unique(rim)
    normal = mesh.normals
    twin = np.full(len(mesh.points), -1)
    twin[vertices] = len(mesh.points) + np.arange(len(vertices))
    a, b = rim.T
    faces = np.concatenate([np.stack([b, a, twin[a]], 1), np.stack([b, twin[a], twin[b]], 1)])
    folded = Mesh(
        np.concatenate([mesh.points, mesh.points[vertices] - normal[vertices] * thickness]),
        np.concatenate([mesh.template, mesh.template[vertices]]),
        np.concatenate([mesh.weights, mesh.weights[vertices]]),
        np.concatenate([mesh.faces, faces]),
    )
    return folded, np.concatenate([normal, normal[vertices]])


def folded_uv(mesh: Mesh, uv: Float, folded: Mesh) -> Float:
    """Corner coordinates (m', 3, 2) of :func:`thicken`'s mesh: its fold repeats those of the edge it hangs on."""
    per_vertex = np.zeros((len(folded.points), 2))
    per_vertex[mesh.faces.ravel()] = uv.reshape(-1, 2)
    rim = folded.faces[len(mesh.faces) :]
    first = rim[: len(rim) // 2]  # (b, a, a's twin): see thicken
    per_vertex[first[:, 2]] = per_vertex[first[:, 1]]
    return np.concatenate([uv, per_vertex[rim]])


def sweep(rings: list[Float], closed: bool) -> tuple[Float, Int, Float]:
    """Surface through ``rings``, each (k, 3): points, faces (outward if rings run counter-clockwise upwards), uv."""
    count = len(rings[0])
    points = np.concatenate(rings)
    faces = []
    for row in range(len(rings) - 1):
        for k in range(count if closed else count - 1):
            a, b = row * count + k, row * count + (k + 1) % count
            faces += [[a, b, b + count], [a, b + count, a + count]]
    u = np.arange(count) / max(count - 1, 1)
    v = np.arange(len(rings)) / max(len(rings) - 1, 1)
    uv = np.stack(np.meshgrid(u, v), -1).reshape(-1, 2)
    return points, np.array(faces), uv


def seam_uv(u: Float, v: Float, mesh: Mesh, period: float) -> Float:
    """Corner coordinates (m, 3, 2) of a tube: faces across the seam go on past it instead of wrapping back."""
    corners = u[mesh.faces]
    first = corners[:, :1]
    corners = corners - period * np.round((corners - first) / period)
    return np.stack([corners, v[mesh.faces]], -1)
