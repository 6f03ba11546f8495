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
WEIGHT_BITS = 10
"""Of the product of two weights, 1 / 32 each."""
CHANNEL_BITS = 20
"""Room for 255 times 1024, the weights' sum, and a little more."""


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
    """Blend the four pixels around each place, in 1 / 32 px; pixels beyond the picture are black.

    In whole numbers: weights are 1 / 1024, so that a channel's sum takes 18 bits and three of them, 20 bits apart, are
    blended as one number. That is exact, and twice as quick as blending each in float32.
    """
    column, row = px // PLACES, py // PLACES
    left, top = (max(0, int(places.min())) for places in (column, row))
    right, bottom = (max(0, int(places.max()) + 2) for places in (column, row))
    part = image[top:bottom, left:right]  # a photograph is large, and a person a part of it
    column, row = column - left, row - top
    height, width = part.shape[:2]
    framed = np.zeros((height + 2, width + 2, 4), np.uint8)
    framed[1:-1, 1:-1, :3] = part
    flat = framed.reshape(-1, 4).view("<u4").ravel()
    fx, fy = ((places % PLACES).astype(np.uint64) for places in (px, py))

    def blend(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        starts = (np.clip(rows, -1, height) + 1) * (width + 2) + 1
        near, next_one = (_spread(flat.take(starts + np.clip(column + k, -1, width))) for k in (0, 1))
        return np.asarray(near * (PLACES - fx) + next_one * fx)

    halves = sum(1 << (CHANNEL_BITS * channel + WEIGHT_BITS - 1) for channel in range(3))
    total = blend(row) * (PLACES - fy) + blend(row + 1) * fy + np.uint64(halves)
    levels = np.empty((*px.shape, 3), np.float32)
    for channel in range(3):
        levels[..., channel] = (total >> np.uint64(CHANNEL_BITS * channel + WEIGHT_BITS)) & np.uint64(0xFF)
    return levels


def _spread(pixels: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """Move the three bytes of each pixel `CHANNEL_BITS` apart."""
    wide = pixels.astype(np.uint64)
    red, green, blue = (wide & np.uint64(0xFF << 8 * channel) for channel in range(3))
    return np.asarray(red | (green << np.uint64(CHANNEL_BITS - 8)) | (blue << np.uint64(2 * (CHANNEL_BITS - 8))))
