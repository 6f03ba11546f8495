"""From a picture to a network's input: a rotated square of it, scaled; twin of ``static/js/tracker/crop.js``.

Sampling is that of MediaPipe's ImageToTensorCalculator (OpenCV's warpPerspective): bilinear at places rounded to
1/32 px, levels rounded to whole ones, without anti-aliasing; sample (0, 0) of the input falls on the region's corner.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from pose.roi import Roi, crop_to_image

Image = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float32]

PLACES = 32
"""Places are whole numbers of 1 / 32 px, OpenCV's INTER_BITS."""


def crop(image: Image, roi: Roi, side: int, outside: Literal["black", "edge"]) -> Values:
    """Return levels (side, side, 3), whole numbers in 0..255, of ``roi`` in ``image`` (height, width, 3).

    ``outside`` tells what lies beyond the picture: black, or its outermost pixels drawn on.
    """
    x0, y0 = crop_to_image(roi, 0.0, 0.0)
    steps = np.arange(side)
    cos, sin = math.cos(roi.rotation), math.sin(roi.rotation)
    x = x0 + steps[:, None] * (-sin * roi.height / side) + steps[None, :] * (cos * roi.width / side)
    y = y0 + steps[:, None] * (cos * roi.height / side) + steps[None, :] * (sin * roi.width / side)
    # As Math.round does: halves go up.
    px, py = (np.floor(places * PLACES + 0.5).astype(np.int64) for places in (x, y))
    if outside == "edge":
        px = np.clip(px, 0, (image.shape[1] - 1) * PLACES)
        py = np.clip(py, 0, (image.shape[0] - 1) * PLACES)
    return _sample(image, px, py)


def _sample(image: Image, px: npt.NDArray[np.int64], py: npt.NDArray[np.int64]) -> Values:
    """Blend the four pixels around each place, in 1 / 32 px; pixels beyond the picture are black."""
    height, width = image.shape[:2]
    column, row = px // PLACES, py // PLACES
    fx = ((px - column * PLACES) / PLACES).astype(np.float32)[..., None]
    fy = ((py - row * PLACES) / PLACES).astype(np.float32)[..., None]
    flat = image.reshape(-1, 3)

    def level(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> Values:
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        places = np.clip(rows, 0, height - 1) * width + np.clip(columns, 0, width - 1)
        return np.asarray(flat[places] * inside[..., None], np.float32)

    upper = level(row, column) * (1 - fx) + level(row, column + 1) * fx
    lower = level(row + 1, column) * (1 - fx) + level(row + 1, column + 1) * fx
    return np.asarray(np.trunc(upper * (1 - fy) + lower * fy + np.float32(0.5)), np.float32)
