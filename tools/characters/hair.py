"""Hair styles: what lies on the head and what hangs from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from tools.characters import haircap
from tools.characters.bake import grain, normal_map
from tools.characters.drape import sweep
from tools.characters.fields import smoothstep
from tools.characters.glb import Material
from tools.characters.haircap import Cap
from tools.characters.mesh import Mesh, Outside
from tools.characters.parts import Part
from tools.characters.shoes import linear
from tools.characters.skin import Colour
from tools.characters.source import Float, load

GUIDES, STEPS = 56, 26


@dataclass(frozen=True)
class Hair:
    """What grows on a head.

    ``cap`` lies on the head (``None``: shaved or bald). ``hang``: None, curtain (ends ``length`` decimetres
    below the crown), ponytail, pigtails or bun; ``fringe`` covers the forehead; ``wave`` 0..1.
    """

    colour: Colour
    cap: Cap | None = field(default_factory=Cap)
    hang: str | None = None
    length: float = 4.0
    fringe: bool = False
    wave: float = 0.3
    parting: float = 0.0

    def __post_init__(self) -> None:
        if self.hang is not None and self.hang not in HANGS:
            raise ValueError(f"hang: expected None or one of {sorted(HANGS)}, got {self.hang!r}")


@dataclass(frozen=True)
class _Head:
    """Measures of a shaped head, template space: what strands start from and what they must not enter."""

    outside: Outside
    eye: Float
    crown: Float
    back: Float
    scale: float


def _measure(points: Float, outside: Outside) -> _Head:
    source = load()
    eye = source.joint("l-eye", points)
    scale = float(np.linalg.norm(source.joint("head-2", points) - source.joint("head", points)) / 1.43)
    near = source.points[source.groups["body"].vertices]
    own = points[source.groups["body"].vertices]

    def at(template: tuple[float, float, float]) -> Float:
        result: Float = own[np.argmin(((near - np.array(template)) ** 2).sum(1))]
        return result

    return _Head(outside, eye, at((0.0, 8.3, -0.1)), at((0.0, 7.65, -0.85)), scale)


def _fall(start: Float, heading: Float, length: Float, clear: Callable[[Float], Float]) -> Float:
    """Strands (STEPS + 1, k, 3) of ``length`` (k,) that start along ``heading`` (k, 3) and turn down.

    ``clear`` moves points (k, 3) out of whatever they must not enter.
    """
    points, direction = start.copy(), heading / np.linalg.norm(heading, axis=1, keepdims=True)
    path = [points]
    step = (length / STEPS)[:, None]
    for _ in range(STEPS):
        direction = direction * 0.62 + np.array([0, -0.5, 0])
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        moved = clear(points + direction * step)
        direction = (moved - points) / (np.linalg.norm(moved - points, axis=1, keepdims=True) + 1e-9)
        points = moved
        path.append(points)
    return np.stack(path)


def _end_at(path: Float, height: Float) -> Float:
    """Strands (rows, k, 3), each shortened to where it falls below ``height`` (k,), sampled anew."""
    result = path.copy()
    rows = np.arange(len(path))
    for k in range(path.shape[1]):
        below = np.nonzero(path[:, k, 1] < height[k])[0]
        if len(below):
            at = np.linspace(0, below[0], len(path))
            result[:, k] = np.column_stack([np.interp(at, rows, path[:, k, axis]) for axis in range(3)])
    return result


def _clear_face(points: Float, head: _Head) -> Float:
    """Points moved off the face to its side where they hang before it."""
    wide = 0.60 * head.scale
    front = (points[:, 2] > head.eye[2] - 0.55 * head.scale) & (points[:, 1] < head.eye[1] + 0.55 * head.scale)
    front &= (np.abs(points[:, 0]) < wide) & (points[:, 1] > head.eye[1] - 2.2 * head.scale)
    result = points.copy()
    result[front, 0] = np.where(points[front, 0] < 0, -wide, wide)
    return result


def _skin_weights(points: Float, shaped: Float) -> Float:
    """Hair follows the head; what hangs below the chin more and more the neck and chest."""
    source = load()
    weights = np.zeros((len(points), len(source.bones)))
    neck, head = source.joint("neck", shaped)[1], source.joint("head", shaped)[1]
    share = smoothstep(points[:, 1], neck - 0.8, head - 0.1)
    weights[:, source.bone_index("Head")] = share
    weights[:, source.bone_index("Neck")] = (1 - share) * 0.4
    weights[:, source.bone_index("Spine2")] = (1 - share) * 0.6
    return weights


def strand_image(tips: float, seed: int) -> tuple[Image.Image, Image.Image]:
    """Strands running down the image: grey and alpha, ragged over the lowest share ``tips``, and a normal map."""
    rows, columns = 256, 512
    height: Float = 0.6 * grain((rows, columns), (40, 1.0), seed) + 0.5 * grain((rows, columns), (60, 4), seed + 1)
    height = np.clip(0.5 + 0.28 * height, 0.0, 1.0)
    v = (np.arange(rows) / (rows - 1))[:, None]
    ragged = 0.5 + 0.22 * grain((1, columns), (0, 4), seed + 2) + 0.12 * grain((1, columns), (0, 1.2), seed + 3)
    left = (1 - v) / tips
    alpha = np.where(left > ragged, 1.0, 0.0)
    grey = 0.62 + 0.38 * np.round(height * haircap.LEVELS) / haircap.LEVELS
    pixels = (np.dstack([grey, alpha]) * 255).round().astype(np.uint8)
    return Image.fromarray(pixels, "LA"), normal_map(height * 5, 0.5)


def _sheet(name: str, rings: Float, shaped: Float, material: Material, closed: bool = False) -> Part:
    """Return a surface through ``rings`` (rows, k, 3), textured with strands from the first row to the last."""
    points, faces, uv = sweep(list(rings), closed)
    # The image repeats: at its very edges, tips would be filtered together with roots.
    uv = np.column_stack([uv[:, 0], 0.98 - 0.96 * uv[:, 1]])
    corners = uv[faces]
    if closed:  # the last column of faces ends at u = 1, not back at u = 0
        wrap = np.ptp(corners[..., 0], axis=1) > 0.5
        corners[wrap, :, 0] = np.where(corners[wrap, :, 0] < 0.5, 1.0, corners[wrap, :, 0])
    mesh = Mesh(points, points, _skin_weights(points, shaped), faces)
    axis = np.column_stack([0 * points[:, 0], points[:, 1], 0 * points[:, 0] + rings[..., 2].mean()])
    if ((points - axis) * mesh.normals).sum() < 0:
        mesh = Mesh(points, points, mesh.weights, faces[:, ::-1])
        corners = corners[:, ::-1]
    return Part(name, mesh, corners, material)


def _curtain(points: Float, head: _Head, hair: Hair, material: Material) -> list[Part]:
    """Hair parted at the top that falls to both sides and down the back, in three layers."""
    parts = []
    rng = np.random.default_rng(17)
    turn = np.linspace(-1, 1, GUIDES)  # -1 right temple, 0 the back, 1 left temple
    ahead = np.abs(turn) ** 1.5
    s = head.scale
    for layer, (gap, shorter) in enumerate(((0.07, 0.93), (0.13, 1.0), (0.19, 0.97))):
        start = np.column_stack(
            [
                hair.parting + 0.05 * np.sign(turn) * smoothstep(np.abs(turn), 0.25, 0.45),
                np.full(GUIDES, head.crown[1] + 0.02),
                head.crown[2] + (-0.35 + 1.55 * ahead) * s,
            ]
        )
        start = head.outside.push(start, gap, 3)
        angle = turn * np.pi * 0.62
        heading = np.column_stack([np.sin(angle), np.full(GUIDES, 0.05), -np.cos(angle)])

        def clear(moved: Float, gap: float = gap) -> Float:
            return _clear_face(head.outside.push(moved, gap, 3), head)

        path = _fall(start, heading, np.full(GUIDES, hair.length * 1.5), clear)
        ragged = 0.05 * rng.standard_normal(GUIDES)
        path = _end_at(path, head.crown[1] - hair.length * shorter + ragged + 0.15 * ahead)
        path = gaussian_filter(path, (1.0, 1.5, 0), mode="nearest")
        along = np.linspace(0, 1, STEPS + 1)[:, None, None]
        wave = np.sin(along * 14 + turn[None, :, None] * 9 + layer) * smoothstep(along, 0.3, 0.9)
        path = path + wave * 0.09 * hair.wave * np.array([0.4, 0, 1.0])
        parts.append(_sheet(f"curtain{layer}", path, points, material))
    return parts


def _tail(points: Float, head: _Head, hair: Hair, material: Material, sideways: float) -> list[Part]:
    """Return a bound tail: a tube of strands that leaves the head, bends and thins out."""
    source = head.back + np.array([sideways * 0.62, 0.05 if sideways == 0 else -0.1, 0.55 * abs(sideways)]) * head.scale
    start = head.outside.push(source[None], 0.02)
    _, out = head.outside.distance(start)
    heading = out + np.array([0, 0.15, 0])
    core = _fall(start, heading, np.array([hair.length]), lambda p: head.outside.push(p, 0.16, 3))[:, 0]
    along = np.linspace(0, 1, STEPS + 1)
    thick = (0.16 + 0.14 * smoothstep(along, 0.0, 0.25)) * (1 - 0.75 * smoothstep(along, 0.55, 1.0)) * head.scale
    tangent = np.gradient(core, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.cross(tangent, [0, 0.3, 1.0]) if sideways else np.cross(tangent, [0, 0.6, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(tangent, side)
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    lumps = 1 + 0.14 * np.sin(3 * turn + 1) + 0.08 * np.sin(5 * turn[None] + along[:, None] * 6)
    ring = side[:, None] * np.cos(turn)[:, None] + other[:, None] * np.sin(turn)[:, None]
    rings = core[:, None] + ring * (thick[:, None] * lumps)[..., None]
    name = "tail" if not sideways else f"tail{'l' if sideways > 0 else 'r'}"
    return [_sheet(name, rings, points, material, closed=True)]


def _ponytail(points: Float, head: _Head, hair: Hair, material: Material) -> list[Part]:
    return _tail(points, head, hair, material, 0.0)


def _pigtails(points: Float, head: _Head, hair: Hair, material: Material) -> list[Part]:
    return _tail(points, head, hair, material, 1.0) + _tail(points, head, hair, material, -1.0)


def _bun(points: Float, head: _Head, _hair: Hair, material: Material) -> list[Part]:
    """Return a knot at the back of the head, its strands wound about it."""
    centre = head.back + np.array([0, 0.22, -0.2]) * head.scale
    polar = np.linspace(0.05, np.pi - 0.05, STEPS + 1)[:, None]
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)[None]
    radius = 0.4 * head.scale * (1 + 0.07 * np.sin(5 * turn + 4 * polar))
    axis = np.array([0, 0.35, -1.0]) / np.linalg.norm([0, 0.35, -1.0])
    across = np.cross(axis, [1.0, 0, 0])
    ring = np.cos(turn)[..., None] * np.array([1.0, 0, 0]) + np.sin(turn)[..., None] * across
    rings = centre + radius[..., None] * (0.75 * np.cos(polar)[..., None] * axis + np.sin(polar)[..., None] * ring)
    return [_sheet("bun", rings, points, material, closed=True)]


HANGS: dict[str, Callable[[Float, _Head, Hair, Material], list[Part]]] = {
    "curtain": _curtain,
    "ponytail": _ponytail,
    "pigtails": _pigtails,
    "bun": _bun,
}


def _fringe(points: Float, head: _Head, material: Material) -> Part:
    """Hair combed from the top over the forehead, ending above the brows."""
    turn = np.linspace(-1, 1, 28)
    s = head.scale
    start = np.column_stack([turn * 0.30 * s, np.full(28, head.crown[1]), head.crown[2] + (0.45 - 0.1 * turn**2) * s])
    start = head.outside.push(start, 0.1, 3)
    heading = np.column_stack([turn * 0.75, np.full(28, 0.1), np.ones(28)])
    path = _fall(start, heading, np.full(28, 3.2 * s), lambda p: head.outside.push(p, 0.11, 3))
    brow = head.eye[1] + (0.31 - 0.08 * turn**2) * s
    path = _end_at(path, brow)
    return _sheet("fringe", gaussian_filter(path, (0.8, 0.8, 0)), points, material)


def parts(points: Float, outside: Outside, hair: Hair) -> list[Part]:
    """All parts of a hair style on shaped base-mesh ``points``; ``outside`` is the dressed figure to stay clear of."""
    result = [] if hair.cap is None else haircap.parts(points, hair.cap, hair.colour, covered=hair.hang == "curtain")
    head = _measure(points, outside)
    tips = 0.5 / hair.length if hair.hang == "curtain" else 0.25
    grey, normal = strand_image(tips, 31)
    material = Material("strands", linear(hair.colour), grey, normal, 0.6, cutoff=0.4, double_sided=True)
    if hair.hang == "bun":
        material = Material("strands", linear(hair.colour), grey.convert("L").convert("RGB"), normal, 0.6)
    if hair.hang is not None:
        result += HANGS[hair.hang](points, head, hair, material)
    if hair.fringe:
        result.append(_fringe(points, head, material))
    return result
