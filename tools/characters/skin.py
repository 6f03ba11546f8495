"""Procedural skin: base tone, blush, lips, brows, beard, scalp and age, baked into the body's own texture layout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image
from scipy import ndimage

from tools.characters.bake import image, mix, rasterise
from tools.characters.fields import SIDES, arm_parameter, fractal, noise, smoothstep
from tools.characters.mesh import averaging, normals, triangles
from tools.characters.source import Bool, Float, Int, displacement, load, mask

Colour = tuple[int, int, int]
# The part of the body's texture that holds the head: it gets an image of its own.
HEAD_BOX = (0.62, 0.0, 1.0, 0.92)


@dataclass(frozen=True)
class Skin:
    """A person's skin.

    Colours are sRGB 0..255; ``beard``, ``freckles``, ``age_marks`` and ``blush`` are strengths 0..1;
    ``scalp`` is how much hair roots darken it, ``crown`` how bald its top is.
    """

    tone: Colour
    hair: Colour
    brow: Colour | None = None
    lips: Colour | None = None
    nails: Colour | None = None
    beard: float = 0.0
    stubble: float = 0.0
    freckles: float = 0.0
    age_marks: float = 0.0
    blush: float = 1.0
    brow_width: float = 0.042
    scalp: float = 0.8
    crown: float = 0.0


@dataclass(frozen=True)
class BodyFaces:
    """Body triangles ``faces`` (m, 3) and their texture coordinates ``uv`` (m, 3, 2), v = 0 at the bottom."""

    faces: Int
    uv: Float


@cache
def body_faces() -> tuple[BodyFaces, BodyFaces]:
    """Return the head's triangles, their texture coordinates stretched to an image of its own, and all others."""
    source = load()
    group = source.groups["body"]
    left, bottom, right, top = HEAD_BOX
    faces = triangles(group.quads)
    uv = np.concatenate([group.corners[:, [0, 1, 2]], group.corners[:, [0, 2, 3]]])
    points = source.points[group.quads]
    in_box = (group.corners[..., 0] > left) & (group.corners[..., 1] < top)
    quad = (in_box & (points[..., 1] > 5.2) & (np.abs(points[..., 0]) < 2)).all(1)
    head = np.concatenate([quad, quad])
    stretched = (uv[head] - [left, bottom]) / [right - left, top - bottom]
    return BodyFaces(faces[head], stretched), BodyFaces(faces[~head], uv[~head])


@dataclass(frozen=True)
class Maps:
    """Per texel: template position, template normal, curvature (negative in hollows), and soft masks."""

    position: Float
    normal: Float
    curvature: Float
    lips: Float
    ears: Float
    nose: Float
    nails: Float
    covered: Bool


@cache
def maps(part: str, size: int) -> Maps:
    """Attribute maps of the ``head`` or the ``body`` image (cached: they do not depend on the person)."""
    source = load()
    head, rest = body_faces()
    chosen = head if part == "head" else rest
    everything = np.concatenate([head.faces, rest.faces])
    normal = normals(source.points, everything)
    mean = averaging(everything, len(source.points))
    curvature = mean @ ((mean @ source.points - source.points) * normal).sum(1)
    ears = displacement("ears/l-ear-trans-up") + displacement("ears/r-ear-trans-up")
    nose = np.clip(displacement("nose/nose-point-width-incr") + 0.7 * displacement("nose/nose-volume-incr"), 0, 1)
    per_vertex = np.column_stack([source.points, normal, -curvature, smoothstep(ears, 0.8, 0.99), nose])
    left, bottom, right, top = HEAD_BOX
    box = (left, bottom, right, top) if part == "head" else (0.0, 0.0, 1.0, 1.0)
    values, covered = rasterise(chosen.uv.copy(), per_vertex[chosen.faces], size)
    return Maps(
        values[..., 0:3],
        values[..., 3:6],
        values[..., 6],
        _crop(mask("lips"), box, size),
        values[..., 7],
        values[..., 8],
        _crop(mask("fingernails"), box, size),
        covered,
    )


def _crop(full: Float, box: tuple[float, float, float, float], size: int) -> Float:
    left, bottom, right, top = box
    v = top - (np.arange(size) + 0.5) / size * (top - bottom)
    u = left + (np.arange(size) + 0.5) / size * (right - left)
    rows, columns = np.meshgrid((1 - v) * len(full) - 0.5, u * len(full) - 0.5, indexing="ij")
    result: Float = ndimage.map_coordinates(full, [rows, columns], order=1, mode="nearest")
    return result


def scalp_field(points: Float) -> Float:
    """How far inside the hair line a template point lies, in decimetres: positive on the scalp."""
    x, y, z = np.abs(points[..., 0]), points[..., 1], points[..., 2]
    line = np.interp(
        z,
        [-1.5, -0.4, 0.0, 0.25, 0.45, 0.62, 0.75, 1.0, 1.25, 1.6],
        [6.34, 6.39, 6.74, 7.09, 6.99, 7.07, 7.41, 7.79, 7.96, 8.04],
    )
    result: Float = y - line + 0.1 * np.clip(x - 0.2, 0, 0.5) * (z > 0.8)
    return result


def _near(position: Float, centre: Float, radius: float) -> Float:
    result: Float = np.exp(-((position - centre) ** 2).sum(-1) / radius**2)
    return result


def _redness(m: Maps) -> Float:
    """Where blood shows: cheeks, nose, ears, knuckles, elbows, knees."""
    source = load()
    red = 0.55 * m.nose + 0.5 * m.ears
    for side, sign in SIDES.items():
        red += 0.75 * _near(m.position, np.array([sign * 0.46, 6.88, 1.15]), 0.27)
        red += 0.5 * _near(m.position, source.joint(f"{side}-elbow"), 0.4)
        red += 0.5 * _near(m.position, source.joint(f"{side}-knee"), 0.45)
        for finger in range(2, 6):
            for joint in (1, 2, 3):
                red += 0.5 * _near(m.position, source.joint(f"{side}-finger-{finger}-{joint}"), 0.14)
    result: Float = red * (1 + 0.5 * noise(m.position, 2.3, 5))
    return result


def _brows(m: Maps, width: float) -> Float:
    """Coverage of the eyebrows: an arc over each eye, broken into hairs."""
    x, y = np.abs(m.position[..., 0]), m.position[..., 1]
    along = (x - 0.13) / 0.44
    t = np.clip(along, 0, 1)
    arc = 7.51 + 0.07 * np.sin(t * 2.3) - 0.045 * along
    thick = width * (1 - 0.5 * t) * smoothstep(along, -0.05, 0.1) * smoothstep(1 - along, -0.03, 0.2)
    body = np.exp(-1.1 * ((y - arc) / np.maximum(thick, 1e-4)) ** 2) * (thick > 1e-3) * (m.position[..., 2] > 0.8)
    hairs = np.stack([x - 0.9 * y, 0.8 * y + 0.35 * x, 0.2 * m.position[..., 2]], -1)
    result: Float = np.clip(body * (0.8 + 0.55 * noise(hairs, 42, 7)), 0, 1) * 0.85
    return result


def _beard(m: Maps) -> Float:
    """Where a beard grows: jaw, chin and upper lip."""
    x, y, z = np.abs(m.position[..., 0]), m.position[..., 1], m.position[..., 2]
    jaw_top = 6.60 + 0.40 * smoothstep(x, 0.25, 0.72)
    jaw = smoothstep(jaw_top - y, -0.12, 0.12) * smoothstep(z, 0.3, 0.6) * smoothstep(y, 6.0, 6.25)
    moustache = np.exp(-(((y - 6.745) / 0.05) ** 2)) * smoothstep(0.36 - x, 0, 0.08) * (z > 1.1)
    result: Float = np.clip(jaw + moustache, 0, 1) * (1 - smoothstep(m.lips, 0.2, 0.7))
    return result


def bald_top(position: Float) -> Float:
    """1 on the crown of template points (..., 3), 0 on the wreath of hair that the bald keep."""
    edge = 7.72 + 0.12 * smoothstep(-position[..., 2], -0.2, 0.6) + 0.06 * noise(position, 8, 27)
    return smoothstep(position[..., 1] - edge, -0.22, 0.22)


def crown_angles(position: Float) -> tuple[Float, Float]:
    """Angle from the crown's axis and about it, radians, of template points (..., 3) on the head."""
    away = position - np.array([0, 7.3, 0.25])
    crown = np.array([0, 0.93, -0.37])
    crown /= np.linalg.norm(crown)
    other = np.cross(crown, [1.0, 0, 0])
    polar = np.arccos(np.clip(away @ crown / (np.linalg.norm(away, axis=-1) + 1e-9), -1, 1))
    return polar, np.arctan2(away @ other, away[..., 0])


def strands(position: Float, stretch: float, count: float, seed: int) -> Float:
    """Noise drawn out along the way that short hair lies: from the crown outwards; ``count`` strands per radian."""
    polar, turn = crown_angles(position)
    return noise(np.stack([np.cos(turn) * count, np.sin(turn) * count, polar * stretch * 9], -1), 1.0, seed)


def _base(m: Maps, skin: Skin, tone: Float) -> Float:
    colour = np.broadcast_to(tone, (*m.curvature.shape, 3)).copy()
    colour *= (1 + 0.05 * fractal(m.position, 1.1, 1, 5))[..., None]
    light = tone.mean() > 0.45
    blood = np.array([1.02, 0.86, 0.84] if light else [0.99, 0.88, 0.86])
    colour *= 1 + (blood - 1) * np.clip(_redness(m) * skin.blush, 0, 1.2)[..., None]
    palms = np.zeros(m.curvature.shape)
    for side in SIDES:
        hand = smoothstep(arm_parameter(m.position, side), 2.02, 2.15)
        palms += hand * smoothstep(-(0.8 * m.normal[..., 1] - 0.2 * np.abs(m.normal[..., 0])), 0, 0.5)
    pale = np.clip(tone * 1.22 + np.array([0.1, 0.06, 0.05]) * (1 - tone.mean()), 0, 1)
    return mix(colour, pale, 0.7 * np.clip(palms, 0, 1))


def _face(m: Maps, skin: Skin, colour: Float, tone: Float) -> Float:
    for sign in SIDES.values():
        socket = _near(m.position * [1, 1.4, 1], np.array([sign * 0.31, 7.284 * 1.4, 1.4]), 0.24)
        colour = colour * (1 - np.array([0.1, 0.14, 0.12]) * socket[..., None])
    if skin.freckles:
        spots = smoothstep(fractal(m.position, 15, 12, 2), 0.42, 0.6)
        spots *= np.exp(-(((m.position - [0, 6.95, 1.4]) * [0.9, 1.3, 0.7]) ** 2).sum(-1) / 0.35)
        colour = colour * (1 - np.array([0.16, 0.27, 0.33]) * (skin.freckles * spots)[..., None])
    if skin.age_marks:
        spots = smoothstep(noise(m.position, 5, 14), 0.55, 0.75) * skin.age_marks
        colour = colour * (1 - np.array([0.1, 0.17, 0.2]) * spots[..., None])
    default = tone * np.array([0.86, 0.66, 0.63]) * (1.0 if tone.mean() > 0.4 else 1.08) + np.array([0.05, 0.01, 0.015])
    lips = default if skin.lips is None else np.array(skin.lips) / 255
    wrinkled = lips * (1 + 0.08 * noise(m.position * [6, 1, 1], 6, 6))[..., None]
    return mix(colour, wrinkled, 0.75 * smoothstep(m.lips, 0.1, 0.8))


def _hair(m: Maps, skin: Skin, colour: Float, tone: Float) -> Float:
    hair = np.array(skin.hair) / 255
    brow = hair * 0.8 if skin.brow is None else np.array(skin.brow) / 255
    colour = mix(colour, brow, _brows(m, skin.brow_width))
    beard = _beard(m)
    if skin.stubble:
        shadow = beard * skin.stubble * (0.45 + 0.25 * noise(m.position, 60, 8))
        colour = mix(colour, 0.5 * (hair * 0.6 + tone * 0.4), np.clip(shadow, 0, 0.7))
    if skin.beard:
        full = beard * skin.beard * np.clip(0.95 + 0.5 * noise(m.position * [1, 0.35, 1], 55, 9), 0, 1)
        colour = mix(colour, hair * 0.75, np.clip(full, 0, 0.95))
    if skin.scalp:
        ragged = 0.05 * strands(m.position, 0.6, 60, 26) + 0.05 * noise(m.position, 7, 28)
        grown = smoothstep(scalp_field(m.position) + ragged, -0.06, 0.14) * (1 - m.ears)
        grown *= 1 - skin.crown * bald_top(m.position)
        dark = hair * (0.8 + 0.25 * strands(m.position, 0.25, 27, 11))[..., None]
        colour = mix(colour, dark, grown * skin.scalp)
    return colour


def bake(part: str, skin: Skin, size: int) -> Image.Image:
    """Return the skin's colour image of ``part`` (``head`` or ``body``), ``size`` texels square."""
    m = maps(part, size)
    tone = np.array(skin.tone) / 255
    colour = _base(m, skin, tone)
    if part == "head":
        colour = _hair(m, skin, _face(m, skin, colour, tone), tone)
    nails = np.clip(tone * [1.06, 0.94, 0.93] + 0.05, 0, 1) if skin.nails is None else np.array(skin.nails) / 255
    colour = mix(colour, nails, m.nails)
    colour = colour * (1 + np.clip(m.curvature * -7, -0.28, 0.1))[..., None]
    return image(colour)


def eye(iris: Colour, size: int = 128) -> Image.Image:
    """Return an eye seen from the front, the pupil in the middle, the eyeball's rim at the image's edge."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    radius, turn = np.hypot(x, y), np.arctan2(y, x)
    white = np.array([0.82, 0.80, 0.785]) * (1 - 0.3 * smoothstep(radius, 0.55, 1.0))[..., None]
    spokes = np.random.default_rng(4).uniform(size=60)
    fibre = np.interp((turn + np.pi) * 30 / np.pi, np.arange(61), np.append(spokes, spokes[0]))
    coloured = np.array(iris) / 255 * (0.75 + 0.5 * fibre * (1 - 0.5 * smoothstep(radius, 0.3, 0.43)))[..., None]
    colour = mix(white, coloured, 1 - smoothstep(radius, 0.4, 0.45))
    colour = colour * (smoothstep(radius, 0.15, 0.19) * 0.97 + 0.03)[..., None]
    glint = np.exp(-((x + 0.13) ** 2 + (y + 0.15) ** 2) / 0.004)
    return image(colour + 0.7 * glint[..., None])


def lashes(size: int = 64) -> Image.Image:
    """Eyelashes with alpha: rooted at the bottom, thinning upwards."""
    v, u = np.mgrid[0:size, 0:size] / size
    v = 1 - v
    alpha = (0.5 + 0.5 * np.sin((u + 0.1 * v * np.sign(u - 0.5)) * size * 1.3) > 0.25 + 0.75 * v) | (v < 0.3)
    return image(np.dstack([np.full((size, size, 3), 0.06), alpha]))
