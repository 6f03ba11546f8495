"""Ambient occlusion per vertex, from depth maps of the whole figure seen from many sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.characters.mesh import averaging
from tools.characters.parts import Part
from tools.characters.source import Float, Int

DIRECTIONS = 48
CELL = 0.14  # decimetres: below the spacing of the sampled surface points, so that surfaces have no holes
GRID = 512


def _directions() -> Float:
    """Return unit vectors spread evenly, fewer from below: the floor gives little light."""
    index = np.arange(DIRECTIONS) + 0.5
    polar = np.arccos(1 - 2 * index / DIRECTIONS * 0.85)
    turn = np.pi * (1 + 5**0.5) * index
    return np.column_stack([np.cos(turn) * np.sin(polar), np.cos(polar), np.sin(turn) * np.sin(polar)])


def shade(parts: Sequence[Part]) -> list[Float]:
    """Brightness (n,) in 0..1 of each part's vertices: the share of the sky that they see, softened."""
    samples = []
    for part in parts:
        if part.occludes:
            p, f = part.mesh.points, part.mesh.faces
            samples += [p, p[f].mean(1), (p[f[:, 0]] + p[f[:, 1]]) / 2, (p[f[:, 1]] + p[f[:, 2]]) / 2]
    cloud = np.concatenate(samples)
    light = [np.zeros(len(part.mesh.points)) for part in parts]
    total = [np.full(len(part.mesh.points), 1e-6) for part in parts]
    for direction in _directions():
        side = np.cross(direction, [0.3, 0.1, 1.0])
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(direction, side)], 1)
        depth = np.full(GRID * GRID, -np.inf)
        np.maximum.at(depth, _cell(cloud, frame), cloud @ direction)
        for part, seen, all_light in zip(parts, light, total, strict=True):
            facing = part.vertex_normals @ direction
            weight = np.maximum(0, facing) * (1 + 0.4 * direction[1])
            # Where light grazes, neighbours in a cell differ in depth by more than they are apart.
            slack = 0.1 + 0.16 * (1 - np.abs(facing))
            height = part.mesh.points @ direction + slack
            seen += weight * (height > depth[_cell(part.mesh.points + part.vertex_normals * 0.05, frame)])
            all_light += weight
    return [_soften(part, seen / all_light) for part, seen, all_light in zip(parts, light, total, strict=True)]


def _soften(part: Part, sky: Float) -> Float:
    """Brightness from the share of the sky: averaged over neighbours (depth cells alias), and never black."""
    if not part.shaded:
        return np.full(len(sky), 0.95)
    mean = averaging(part.mesh.faces, len(sky))
    for _ in range(3):
        sky = 0.5 * sky + 0.5 * (mean @ sky)
    result: Float = 0.34 + 0.66 * sky**0.85
    return result


def _cell(points: Float, frame: Float) -> Int:
    column, row = (np.clip(np.floor((points @ frame) / CELL).astype(np.int64) + GRID // 2, 0, GRID - 1)).T
    result: Int = row * GRID + column
    return result
