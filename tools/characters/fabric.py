"""Procedural cloth: weave, patterns, seams and folds as colour and normal images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tools.characters.bake import grain, image, mix, normal_map, rasterise
from tools.characters.fields import noise, ridges, sleeve_parameter, smoothstep
from tools.characters.skin import Colour
from tools.characters.source import Float

SIZE = 512


@dataclass(frozen=True)
class Cloth:
    """A fabric. ``pattern``: plain, stripes, plaid, block, knit, denim, track or print; colours are sRGB 0..255."""

    colour: Colour
    pattern: str = "plain"
    second: Colour = (235, 235, 230)
    third: Colour = (240, 230, 200)
    width: float = 0.45
    folds: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        if self.pattern not in PATTERNS:
            raise ValueError(f"pattern: expected one of {sorted(PATTERNS)}, got {self.pattern!r}")


@dataclass(frozen=True)
class Panel:
    """What a garment is at each texel.

    Template ``position`` (r, r, 3); ``around``, ``along`` cloth coordinates in decimetres;
    ``limb`` 1 on sleeves and legs; ``creases`` how strongly the cloth folds there.
    """

    position: Float
    around: Float
    along: Float
    limb: Float
    creases: Float


def panel(uv: Float, corners: Float) -> Panel:
    """Rasterise corner values (m, 3, 7): template position, around, along, limb, creases."""
    values, _ = rasterise(uv.copy(), corners, SIZE)
    return Panel(values[..., :3], *(values[..., k] for k in range(3, 7)))


def _rgb(colour: Colour) -> Float:
    return np.array(colour) / 255


def _plain(p: Panel, cloth: Cloth) -> Float:
    return np.broadcast_to(_rgb(cloth.colour), (*p.along.shape, 3)).copy()


def _stripes(p: Panel, cloth: Cloth) -> Float:
    band = ((p.along / cloth.width) % 1) < 0.42
    # Cloth lies flat on the shoulders, where stripes by height would smear.
    yoke = np.where(p.limb < 0.5, p.position[..., 1] > 4.75, sleeve_parameter(p.position) < 0.2)
    return np.where((band & ~yoke)[..., None], _rgb(cloth.second), _rgb(cloth.colour))


def _plaid(p: Panel, cloth: Cloth) -> Float:
    colour = _plain(p, cloth)
    for across in (p.around, p.along):
        phase = (across / (2 * cloth.width)) % 1
        colour = mix(colour, _rgb(cloth.second), 0.5 * (phase < 0.45))
        colour = mix(colour, _rgb(cloth.third), 0.45 * ((phase > 0.66) & (phase < 0.72)))
    return colour


def _block(p: Panel, cloth: Cloth) -> Float:
    upper = (p.position[..., 1] > 3.6) | (p.limb > 0.5)
    return np.where(upper[..., None], _rgb(cloth.second), _rgb(cloth.colour))


def _knit(p: Panel, cloth: Cloth) -> Float:
    rows = np.sin(p.along * 60) * np.sin(p.around * 45 + np.pi * (np.floor(p.along * 60 / np.pi) % 2) / 2)
    result: Float = _plain(p, cloth) * (1 + 0.10 * rows)[..., None]
    return result


def _denim(p: Panel, cloth: Cloth) -> Float:
    twill = np.sin((p.around + p.along) * 80)
    colour = _plain(p, cloth) * (1 + 0.05 * twill + 0.06 * noise(p.position, 9, cloth.seed))[..., None]
    worn = smoothstep(p.position[..., 2], 0.25, 0.8)
    worn *= np.exp(-(((p.position[..., 1] + 2.0) / 1.5) ** 2)) + 0.5 * np.exp(-(((p.position[..., 1] + 4) / 0.8) ** 2))
    return mix(colour, np.clip(_rgb(cloth.colour) * 1.6 + 0.08, 0, 1), 0.5 * np.clip(worn, 0, 1))


def _track(p: Panel, cloth: Cloth) -> Float:
    # The middle of the outer side lies at around = 0 on both legs and on both sleeves.
    stripes = np.zeros(p.around.shape, bool)
    for centre in (-0.16, 0.0, 0.16):
        stripes |= np.abs(p.around - centre) < 0.045
    return np.where((stripes & (p.limb > 0.5))[..., None], _rgb(cloth.second), _rgb(cloth.colour))


def _print(p: Panel, cloth: Cloth) -> Float:
    """Print a sun on the chest."""
    x, y = p.position[..., 0], p.position[..., 1] - 3.6
    front = (p.position[..., 2] > 0.3) & (p.limb < 0.5)
    radius = np.hypot(x, y)
    rays = (np.cos(np.arctan2(y, x) * 12) > 0.25) & (radius > 0.46) & (radius < 0.68)
    return np.where((front & (rays | (radius < 0.38)))[..., None], _rgb(cloth.second), _rgb(cloth.colour))


PATTERNS: dict[str, Callable[[Panel, Cloth], Float]] = {
    "plain": _plain,
    "stripes": _stripes,
    "plaid": _plaid,
    "block": _block,
    "knit": _knit,
    "denim": _denim,
    "track": _track,
    "print": _print,
}


def fold_height(position: Float, limb: Float, creases: Float, seed: int) -> Float:
    """Height of folds, about 0..1: vertical falls on the trunk, creases across limbs where they bend."""
    falls = ridges(position * [1, 0.3, 1], 0.9, seed) - 0.3
    across = ridges(position * [0.45, 1.5, 0.45], 1.1, seed + 20) - 0.3
    fine = noise(position * [0.8, 1.2, 0.8], 3.2, seed + 40)
    result: Float = creases * ((1 - limb) * (0.7 * falls + 0.3 * across) + limb * across) + 0.12 * fine
    return result


def images(p: Panel, cloth: Cloth, seams: Float) -> tuple[Image.Image, Image.Image]:
    """Colour and normal image; ``seams`` (r, r), 0..1, are stitched lines."""
    weave = grain((SIZE, SIZE), (0.5, 0.5), cloth.seed)
    folds = fold_height(p.position, p.limb, p.creases, cloth.seed) * cloth.folds
    colour = PATTERNS[cloth.pattern](p, cloth)
    mottled = 1 + 0.02 * weave + 0.03 * noise(p.position, 1.3, cloth.seed + 3) + 0.10 * np.clip(folds, -0.5, 0.6)
    colour = colour * (mottled * (1 - 0.30 * seams))[..., None]
    height = 5.0 * folds + 0.12 * weave - 1.3 * seams
    return image(colour), normal_map(height, 0.6)
