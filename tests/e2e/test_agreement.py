"""The tracker's numbers against MediaPipe's own PoseLandmarker on the same weights and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Page

from tests import footage, oracle, pictures
from tests.e2e.tracking import open_blank, points, track

MODELS = ["blazepose-lite", "blazepose-full"]

# Sampling and formulas are the same on both sides; what is left is the order of sums in the convolutions. Promised is
# 1 % of the torso in the median; seen was 0.01 % at most, and 0.1 % for the worst landmark of any picture.
MEDIAN_SHARE = 0.0005
WORST_SHARE = 0.01
DEPTH_SHARE = 0.01
"""Of the torso, for the median of z, which the network is surest of least."""
PROBABILITY = 0.005
WORLD_M = 0.002
# In a video each frame's region comes from the last one, so that a difference in the last digit shifts the next crop,
# and grows to what the noise makes of it. MediaPipe differs as much from itself when a patch of the first frame
# changes by one level of 255: 0.1 % of the torso in the median, 0.5 % in the worst frame, 43 mm for the worst landmark.
VIDEO_MEDIAN_SHARE = 0.005
VIDEO_WORST_FRAME_SHARE = 0.03
"""For the median landmark of the worst frame."""
VIDEO_WORLD_M = 0.03
"""For the worst landmark of the median frame, which is one that the network guesses the depth of."""
VIDEO_PROBABILITY = 0.01
"""For the worst landmark of the median frame."""


def _images() -> list[npt.NDArray[np.uint8]]:
    wide = [pictures.scene(1, seed).image for seed in range(3)]
    tall = [pictures.scene(1, seed, 360, 640).image for seed in range(2)]
    return [*pictures.photos().values(), *pictures.bodies(3, seed=7), *wide, *tall]


def _shares(person: dict[str, Any], expected: oracle.Estimate) -> npt.NDArray[np.float64]:
    """Return each landmark's distance in the image over the torso's length, (33,)."""
    difference = points(person["landmarks"])[:, :2] - expected.landmarks[:, :2]
    return np.asarray(np.linalg.norm(difference, axis=1) / expected.torso)


def _largest(person: dict[str, Any], expected: oracle.Estimate) -> dict[str, float]:
    """Return the median difference of z over the torso's length, and the largest ones of the rest."""
    depth = np.abs(points(person["landmarks"])[:, 2] - expected.landmarks[:, 2]) / expected.torso
    return {
        "depth": float(np.median(depth)),
        "world": float(np.abs(points(person["world_landmarks"]) - expected.world_landmarks).max()),
        "visibility": float(np.abs(np.array(person["visibility"]) - expected.visibility).max()),
        "presence": float(np.abs(np.array(person["presence"]) - expected.presence).max()),
    }


@pytest.mark.parametrize("model", MODELS)
def test_pictures_agree_with_mediapipe(page: Page, base_url: str, model: str) -> None:
    images = _images()
    expected = oracle.on_pictures(model, images)
    open_blank(page, base_url)
    options = {"model": model, "backend": "wasm", "maxPeople": 1}
    results = track(page, options, images, footage.times(len(images)), reset_each=True)
    assert [len(result["people"]) for result in results] == [len(people) for people in expected]
    assert sum(len(people) for people in expected) == len(images), "MediaPipe itself misses somebody"
    for result, (estimate,) in zip(results, expected, strict=True):
        (person,) = result["people"]
        shares = _shares(person, estimate)
        assert np.median(shares) < MEDIAN_SHARE
        assert shares.max() < WORST_SHARE
        largest = _largest(person, estimate)
        assert largest["depth"] < DEPTH_SHARE
        assert largest["world"] < WORLD_M
        assert max(largest["visibility"], largest["presence"]) < PROBABILITY


@pytest.mark.parametrize("model", MODELS)
def test_a_video_agrees_with_mediapipe(page: Page, base_url: str, model: str) -> None:
    """Regions that follow the person, and the filters."""
    frames, times = footage.walk(60, seed=5), footage.times(60)
    expected = oracle.on_video(model, frames, times)
    open_blank(page, base_url)
    results = track(page, {"model": model, "backend": "wasm", "maxPeople": 1}, frames, times)
    assert all(len(people) == 1 for people in expected), "MediaPipe itself loses the person"
    shares, largest = [], []
    for result, (estimate,) in zip(results, expected, strict=True):
        (person,) = result["people"]
        assert person["id"] == 1
        shares.append(_shares(person, estimate))
        largest.append(_largest(person, estimate))
    assert np.median(shares) < VIDEO_MEDIAN_SHARE
    assert np.median(shares, axis=1).max() < VIDEO_WORST_FRAME_SHARE
    assert np.median([values["world"] for values in largest]) < VIDEO_WORLD_M
    assert np.median([max(values["visibility"], values["presence"]) for values in largest]) < VIDEO_PROBABILITY


def test_smoothing_is_what_agrees(page: Page, base_url: str) -> None:
    """Without the filters the same video must not agree, else the test above proves nothing about them."""
    frames, times = footage.walk(30, seed=5), footage.times(30)
    expected = oracle.on_video("blazepose-lite", frames, times)
    open_blank(page, base_url)
    options = {"model": "blazepose-lite", "backend": "wasm", "maxPeople": 1, "smooth": False}
    results = track(page, options, frames, times)
    shares = [_shares(result["people"][0], people[0]) for result, people in zip(results, expected, strict=True)]
    assert np.median(shares) > 2 * VIDEO_MEDIAN_SHARE
