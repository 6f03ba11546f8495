"""Other colours for pictures of cloth, hair and skin, so that people who wear the same piece look different."""

from __future__ import annotations

import colorsys
import random
from pathlib import Path

import numpy as np
from PIL import Image

from tools.characters.source import Bool, Float

Tone = tuple[float, float, float]
CONTRAST = 0.55  # of dark hair's picture: in full, its shine would make grey hair spotted


def read(path: Path, size: int) -> Float:
    """Picture as (size, size, 3 or 4) in 0..1. Channels shrink one by one: colour under transparent texels is kept."""
    with Image.open(path) as picture:
        bands = picture.convert("RGBA" if "A" in picture.getbands() else "RGB").split()
    small = [band.resize((size, size), Image.Resampling.LANCZOS) for band in bands]
    return np.stack([np.asarray(band, float) / 255 for band in small], -1)


def luminance(colour: Float) -> Float:
    """Brightness (...,) of sRGB colours (..., 3), as they are encoded."""
    result: Float = colour[..., :3] @ np.array([0.299, 0.587, 0.114])
    return result


def typical(colour: Float, where: Bool) -> Float:
    """Median colour (3,) of the texels ``where``."""
    result: Float = np.median(colour[where][:, :3], axis=0)
    return result


def dyed(colour: Float, where: Bool, tone: Tone) -> Float:
    """Give texels ``where`` another typical colour; folds, seams and patterns keep their differences from it."""
    if not where.any():
        return colour
    result = colour.copy()
    result[where, :3] = np.clip(colour[where, :3] + np.array(tone) - typical(colour, where), 0.01, 0.97)
    return result


def tinted(colour: Float, where: Bool, tone: Tone) -> Float:
    """Give texels ``where`` the colour ``tone``; light and dark stay, as shares of the typical brightness."""
    if not where.any():
        return colour
    light = luminance(colour)
    share = np.clip((light / max(float(np.median(light[where])), 0.02)) ** CONTRAST, 0.5, 1.7)
    result = colour.copy()
    result[where, :3] = np.clip(np.array(tone) * share[where, None], 0.01, 0.97)
    return result


def gained(colour: Float, where: Bool, tone: Tone) -> Float:
    """Multiply a skin so that texels ``where`` typically have ``tone``: lips and lids stay darker or redder than it."""
    result = colour.copy()
    result[..., :3] = np.clip(colour[..., :3] * (np.array(tone) / np.maximum(typical(colour, where), 0.02)), 0.01, 0.97)
    return result


def cloth_tone(chance: random.Random) -> Tone:
    """Return a colour that clothes have: mostly muted, a fifth bright, a quarter black, grey or white."""
    if chance.random() < 0.27:
        grey = chance.choice((0.1, 0.16, 0.3, 0.5, 0.72, 0.86))
        return (grey, grey * chance.uniform(0.97, 1.0), grey * chance.uniform(0.94, 1.03))
    bright = chance.random() < 0.25
    saturation = chance.uniform(0.6, 0.9) if bright else chance.uniform(0.15, 0.55)
    return colorsys.hsv_to_rgb(chance.random(), saturation, chance.uniform(0.25, 0.85))
