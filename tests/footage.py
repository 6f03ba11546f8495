"""Moving pictures for tests, made from the rendered people of `tests.pictures`: pans, zooms, two people, gaps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.ndimage import affine_transform

from tests import pictures

Image = npt.NDArray[np.uint8]

RATE = 30.0
"""Frames per second."""
NOISE = 2.0
"""Standard deviation of the sensor's noise, levels of 255: without it filters have nothing to do."""


def times(count: int, start: float = 1.0) -> list[float]:
    """Return capture times in s, whole milliseconds because MediaPipe counts in those."""
    return [round(start + number / RATE, 3) for number in range(count)]


def walk(count: int, seed: int, width: int = 640, height: int = 480) -> list[Image]:
    """Return frames of one person who stands while the camera pans, zooms and rolls, at times still, at times fast."""
    source = pictures.scene(1, seed, width, height).image.astype(np.float64)
    rng = np.random.default_rng(seed)
    return [_view(source, _camera(number / RATE), rng) for number in range(count)]


def _camera(second: float) -> tuple[float, float, float]:
    """Return roll (rad), zoom and sideways shift (share of the width); every other second the camera rests."""
    moving = second // 2 + min(second % 2, 1.0)
    return 0.12 * np.sin(2 * moving), 1 + 0.15 * np.sin(3 * moving), 0.1 * np.sin(4 * moving)


def _view(source: npt.NDArray[np.float64], camera: tuple[float, float, float], rng: np.random.Generator) -> Image:
    roll, zoom, shift = camera
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]) / zoom
    middle = np.array(source.shape[:2]) / 2
    offset = middle + np.array([0, shift * source.shape[1]]) - turn @ middle
    view = np.stack([affine_transform(source[..., c], turn, offset, order=1, mode="nearest") for c in range(3)], -1)
    return _with_noise(view, rng)


def pair(count: int, seeds: tuple[int, int] = (11, 12), height: int = 480) -> Iterator[Image]:
    """Yield frames of two people who walk towards each other until they nearly touch, and apart again."""
    left, right = (pictures.scene(1, seed, 300, height).image.astype(np.float64) for seed in seeds)
    rng = np.random.default_rng(seeds)
    for number in range(count):
        nearness = np.sin(np.pi * number / max(1, count - 1))
        frame = np.full((height, 860, 3), 128.0)
        start = round(10 + 115 * nearness)
        frame[:, start : start + 300] = left
        start = round(550 - 115 * nearness)
        frame[:, start : start + 300] = right
        yield _with_noise(frame, rng)


def _with_noise(frame: npt.NDArray[np.float64], rng: np.random.Generator) -> Image:
    return np.clip(frame + rng.normal(0, NOISE, frame.shape), 0, 255).round().astype(np.uint8)


def black(width: int = 640, height: int = 480) -> Image:
    """Return a frame with nobody in it."""
    return np.zeros((height, width, 3), np.uint8)
