"""What finishes a shirt's neck opening: a knitted band, a turned-down collar, or a hood lying on the back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from tools.characters.drape import sweep
from tools.characters.fields import smoothstep
from tools.characters.garments import NECK, Shirt, neck_distance, tights
from tools.characters.glb import Material
from tools.characters.mesh import Mesh, Outside, border_loops, cut
from tools.characters.parts import Part, flat_uv
from tools.characters.shoes import linear
from tools.characters.skin import Colour
from tools.characters.source import Float

SAMPLES = 96
HARMONICS = 7


@dataclass(frozen=True)
class Neckline:
    """The neck opening, smoothed.

    ``points`` (k, 3), ``up`` along the skin towards the head, ``out`` off the skin,
    skin ``weights`` (k, b), and ``turn`` (k,), radians about the neck from the front towards the person's left.
    """

    points: Float
    up: Float
    out: Float
    weights: Float
    turn: Float


def neckline(points: Float, body: Outside, shirt: Shirt) -> Neckline:
    """Return the opening of ``shirt`` on shaped base-mesh ``points``, sampled evenly about the neck."""
    mesh = tights().shaped(points)
    mesh = cut(mesh, np.maximum(neck_distance(mesh.template, shirt), 4.0 - mesh.template[:, 1]))
    loops = border_loops(mesh.faces)
    loop = max(loops, key=lambda each: mesh.template[each, 1].mean())
    at = mesh.template[loop]
    axis = (NECK[1] - NECK[0]) / np.linalg.norm(NECK[1] - NECK[0])
    front = np.array([0, 0, 1.0]) - axis * axis[2]
    away = at - NECK[0]
    turn = np.arctan2(away @ np.array([1.0, 0, 0]), away @ front)
    order = np.argsort(turn)
    wanted = (np.arange(SAMPLES) + 0.5) / SAMPLES * 2 * np.pi - np.pi

    def sample(values: Float) -> Float:
        return np.column_stack([np.interp(wanted, turn[order], column[order], period=2 * np.pi) for column in values.T])

    spectrum = np.fft.rfft(sample(mesh.points[loop]), axis=0)
    spectrum[HARMONICS:] = 0
    ring = body.push(np.fft.irfft(spectrum, SAMPLES, axis=0), 0.08)
    _, out = body.distance(ring)
    out = gaussian_filter1d(out, 2.0, axis=0, mode="wrap")
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    up = axis - out * (out @ axis)[:, None]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    weights = gaussian_filter1d(sample(mesh.weights[loop]), 2.0, axis=0, mode="wrap")
    return Neckline(ring, up, out, weights, wanted)


def _surface(line: Neckline, profile: list[tuple[Float | float, Float | float]], chosen: slice, closed: bool) -> Mesh:
    """Sweep a profile, given as steps (along ``up``, along ``out``) from the neckline in decimetres.

    Profiles that start at the neck and end outside show their other side: their faces are turned round.
    """
    rings = []
    for up, out in profile:
        u, o = np.broadcast_to(up, SAMPLES)[:, None], np.broadcast_to(out, SAMPLES)[:, None]
        rings.append((line.points + line.up * u + line.out * o)[chosen])
    points, faces, _ = sweep(rings, closed)
    weights = np.tile(line.weights[chosen], (len(rings), 1))
    if np.mean(profile[-1][1]) > np.mean(profile[0][1]) or np.mean(profile[-1][0]) < np.mean(profile[0][0]):
        faces = faces[:, ::-1]
    return Mesh(points, points, weights, faces)


def _band(line: Neckline) -> Mesh:
    profile: list[tuple[Float | float, Float | float]] = [
        (-0.06, 0.0), (-0.04, 0.05), (0.03, 0.062), (0.10, 0.055), (0.135, 0.03), (0.12, -0.01)
    ]  # fmt: skip
    return _surface(line, profile, slice(None), closed=True)


def _fold(line: Neckline) -> Mesh:
    front = np.exp(-((line.turn / 0.5) ** 2))
    tip = 0.22 * np.exp(-(((np.abs(line.turn) - 0.42) / 0.25) ** 2))
    profile: list[tuple[Float | float, Float | float]] = [
        (-0.05, 0.02), (0.12, 0.04), (0.26 - 0.1 * front, 0.05), (0.30 - 0.1 * front, 0.09),
        (0.26 - 0.1 * front, 0.14), (0.1 - tip, 0.19), (-0.1 - tip, 0.2), (-0.1 - tip, 0.17), (0.1 - tip, 0.15),
    ]  # fmt: skip
    gap = SAMPLES // 2 - 3  # samples on each side of the front, where the collar is open
    start = SAMPLES // 2 + 3
    rolled = Neckline(
        *(np.roll(getattr(line, name), -start, axis=0) for name in ("points", "up", "out", "weights", "turn"))
    )
    shifted = [
        (np.roll(np.broadcast_to(u, SAMPLES), -start), np.roll(np.broadcast_to(o, SAMPLES), -start)) for u, o in profile
    ]
    return _surface(rolled, list(shifted), slice(0, start + gap - 3), closed=False)


def _hood(line: Neckline) -> Mesh:
    back = smoothstep(np.abs(line.turn), 0.9, 2.6)
    roll = 0.10 + 0.18 * smoothstep(np.abs(line.turn), 0.3, 1.6)
    middle = 0.5 + 0.5 * np.cos(line.turn - np.pi)
    drop = back * (0.35 + 0.75 * middle**2)
    profile: list[tuple[Float | float, Float | float]] = [
        (-0.05, 0.0), (roll, 0.06), (roll * 1.5, 0.16), (roll * 1.5, 0.16 + roll * 0.8),
        (roll * 0.7, 0.2 + roll * 1.3), (-0.25 * drop, 0.18 + roll * 1.3 + 0.15 * back),
        (-0.65 * drop - 0.05, 0.12 + roll + 0.2 * back), (-drop - 0.08, 0.06 + 0.25 * back), (-drop - 0.1, 0.0),
    ]  # fmt: skip
    return _surface(line, profile, slice(None), closed=True)


def _settle(points: Float, body: Outside, collar: str) -> Float:
    """Let the hanging half of a collar's rings (rows of points) down onto the body, whose back curves away from it."""
    limits = {"fold": (0.30, 0.17, 0.16, 0.12, 0.10), "hood": (0.9, 0.75, 0.5, 0.3, 0.05)}.get(collar, ())
    result = points.copy()
    count = len(points) // 9  # both profiles have nine rings
    for row, limit in enumerate(limits, start=4):
        ring = slice(row * count, (row + 1) * count)
        for _ in range(4):
            signed, direction = body.distance(result[ring])
            result[ring] -= direction * np.maximum(0, signed - limit)[:, None]
    return result


def parts(points: Float, body: Outside, shirt: Shirt) -> list[Part]:
    """Return the collar of ``shirt``; none for ``collar="none"``."""
    if shirt.collar == "none":
        return []
    line = neckline(points, body, shirt)
    mesh = {"band": _band, "fold": _fold, "hood": _hood}[shirt.collar](line)
    mesh = mesh.with_points(_settle(body.push(mesh.points, 0.04), body, shirt.collar))
    default: Colour = tuple(int(c * (0.88 if shirt.collar == "band" else 0.97)) for c in shirt.cloth.colour)  # type: ignore[assignment]
    colour = default if shirt.collar_colour is None else shirt.collar_colour
    material = Material("collar", colour=linear(colour), roughness=0.95, double_sided=True)
    return [Part("collar", mesh, flat_uv(mesh), material)]
