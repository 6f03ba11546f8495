"""Regions of interest: rotated squares in the image that a network looks at; twin of ``static/js/pose/roi.js``.

Two frames meet here. *Image*: pixels, x right, y down, (0, 0) is where sample (0, 0) of the picture lies.
*Crop*: the same axes turned with the region, 0..1 from its first to its last edge.
Formulas as in MediaPipe's AlignmentPointsRectsCalculator, RectTransformationCalculator and
LandmarkProjectionCalculator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIDE_PER_DISTANCE = 2 * 1.25
"""A region's side per distance between its two alignment points: twice the distance, and a quarter as margin."""


@dataclass(frozen=True)
class Roi:
    """A rotated rectangle: centre and size in px of the image; radians, clockwise on the screen, in [-pi, pi)."""

    x_center: float
    y_center: float
    width: float
    height: float
    rotation: float


def wrap_angle(angle: float) -> float:
    """Return the same angle within [-pi, pi)."""
    return angle - math.tau * math.floor((angle + math.pi) / math.tau)


def roi_from_alignment(x: float, y: float, x_scale: float, y_scale: float) -> Roi:
    """Return the square region of a person, turned so that the line from centre to scale point points up in the crop.

    ``x, y`` is the centre between the hips, ``x_scale, y_scale`` the point above the head on the body's own axis;
    image px.
    """
    side = SIDE_PER_DISTANCE * math.hypot(x_scale - x, y_scale - y)
    rotation = wrap_angle(math.pi / 2 - math.atan2(y - y_scale, x_scale - x))
    return Roi(x, y, side, side, rotation)


def letterbox(image_size: tuple[float, float]) -> Roi:
    """Return the upright square around a whole image (width, height in px), as the detector sees it."""
    width, height = image_size
    side = max(width, height)
    return Roi(width / 2, height / 2, side, side, 0.0)


def crop_to_image(roi: Roi, u: float, v: float) -> tuple[float, float]:
    """Map a point of the crop (0..1) to px of the image."""
    a, b = (u - 0.5) * roi.width, (v - 0.5) * roi.height
    cos, sin = math.cos(roi.rotation), math.sin(roi.rotation)
    return roi.x_center + cos * a - sin * b, roi.y_center + sin * a + cos * b


def image_to_crop(roi: Roi, x: float, y: float) -> tuple[float, float]:
    """Invert :func:`crop_to_image`; the region's width and height must be above 0."""
    dx, dy = x - roi.x_center, y - roi.y_center
    cos, sin = math.cos(roi.rotation), math.sin(roi.rotation)
    return (cos * dx + sin * dy) / roi.width + 0.5, (cos * dy - sin * dx) / roi.height + 0.5


def box_overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the intersection over union of two boxes (xmin, ymin, xmax, ymax in one frame); 0 when both are empty."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def roi_overlap(a: Roi, b: Roi) -> float:
    """Tell how much two regions are the same place: intersection over union with their rotations left aside.

    As MediaPipe's AssociationNormRectCalculator compares them.
    """
    return box_overlap(_upright_box(a), _upright_box(b))


def _upright_box(roi: Roi) -> tuple[float, float, float, float]:
    half_width, half_height = roi.width / 2, roi.height / 2
    return roi.x_center - half_width, roi.y_center - half_height, roi.x_center + half_width, roi.y_center + half_height
