"""Scalar fields on template points: where on a body something is, so that cuts and colours fit every shape."""

from __future__ import annotations

from functools import cache

import numpy as np

from tools.characters.source import Float, load

SIDES = {"l": 1.0, "r": -1.0}
SIDE_NAMES = {"l": "Left", "r": "Right"}


def smoothstep(x: Float, start: float, end: float) -> Float:
    """Hermite step: 0 before ``start``, 1 after ``end``."""
    t = np.clip((x - start) / (end - start), 0, 1)
    result: Float = t * t * (3 - 2 * t)
    return result


@cache
def _lattice(seed: int) -> Float:
    return np.random.default_rng(seed).uniform(-1, 1, (32, 32, 32))


def noise(points: Float, frequency: float, seed: int) -> Float:
    """Value noise of points (..., 3) in about -1..1; ``frequency`` in cells per unit; repeats after 32 cells."""
    where = points * frequency + 100.0
    cell = np.floor(where).astype(np.int64)
    t = where - cell
    t = t * t * (3 - 2 * t)
    lattice = _lattice(seed)
    total: Float = np.zeros(points.shape[:-1])
    for corner in np.ndindex(2, 2, 2):
        share = np.prod([t[..., k] if bit else 1 - t[..., k] for k, bit in enumerate(corner)], axis=0)
        x, y, z = ((cell[..., k] + bit) & 31 for k, bit in enumerate(corner))
        total += share * lattice[x, y, z]
    return total


def fractal(points: Float, frequency: float, seed: int, octaves: int = 3) -> Float:
    """Sum of :func:`noise` at doubling frequency and halving strength."""
    total = np.zeros(points.shape[:-1])
    for octave in range(octaves):
        total += noise(points, frequency * 2**octave, seed + octave) * 0.5**octave
    return total


def ridges(points: Float, frequency: float, seed: int) -> Float:
    """Narrow crests, 0..1, that meander like creases of cloth."""
    warp = np.stack([noise(points, frequency * 0.5, seed + k) for k in range(3)], -1)
    distance: Float = np.abs(noise(points + warp * 0.6 / frequency, frequency, seed + 7))
    result: Float = (1.0 - distance) ** 3
    return result


def arm_parameter(points: Float, side: str) -> Float:
    """Position along the arm: 0 at the shoulder, 1 at the elbow, 2 at the wrist (beyond: larger)."""
    source = load()
    shoulder, elbow, wrist = (source.joint(f"{side}-{name}") for name in ("shoulder", "elbow", "hand"))
    upper = (points - shoulder) @ (elbow - shoulder) / ((elbow - shoulder) @ (elbow - shoulder))
    lower = (points - elbow) @ (wrist - elbow) / ((wrist - elbow) @ (wrist - elbow))
    # At the inside of the elbow both projections apply: the blend keeps cuts across a bent arm straight.
    blend = smoothstep(upper, 0.8, 1.1)
    result: Float = np.where(points[..., 0] * SIDES[side] > 0, upper * (1 - blend) + (1 + lower) * blend, -1.0)
    return result


def sleeve_parameter(points: Float) -> Float:
    """:func:`arm_parameter` of the arm on the point's own side."""
    result: Float = np.where(points[..., 0] > 0, arm_parameter(points, "l"), arm_parameter(points, "r"))
    return result


def arm_share(weights: Float, side: str | None = None) -> Float:
    """Return summed skin weight of the arm and hand bones (of one side, or of both)."""
    chosen = [
        index
        for index, bone in enumerate(load().bones)
        if ("Arm" in bone.name or "Hand" in bone.name) and (side is None or bone.name.startswith(SIDE_NAMES[side]))
    ]
    result: Float = weights[:, chosen].sum(1)
    return result
