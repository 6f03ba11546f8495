"""The pipeline in Python against MediaPipe's own PoseLandmarker, with which the page's agrees, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest

from pose.projection import Pose
from pose.roi import Roi, crop_to_image
from tests import footage, oracle, pictures
from training.errors import TrainingError
from training.pipeline import networks, people
from training.pipeline.crop import crop
from training.pipeline.estimator import Estimator
from training.pipeline.networks import Networks

# As of the page (tests/e2e/test_agreement.py), where the reasons stand: what is left is the order of sums.
MEDIAN_SHARE = 0.0005
WORST_SHARE = 0.01
PROBABILITY = 0.005
WORLD_M = 0.002
VIDEO_MEDIAN_SHARE = 0.005


@pytest.fixture(scope="module")
def full() -> Networks:
    return Networks(networks.open_landmarks("blazepose-full"), networks.open_detector())


def _shares(landmarks: npt.NDArray[np.float64], expected: oracle.Estimate) -> npt.NDArray[np.float64]:
    return np.asarray(np.linalg.norm(landmarks[:, :2] - expected.landmarks[:, :2], axis=1) / expected.torso)


def test_pictures_agree_with_mediapipe(full: Networks) -> None:
    images = [*pictures.photos().values(), *pictures.bodies(3, seed=7), pictures.scene(1, 1, 360, 640).image]
    expected = oracle.on_pictures("blazepose-full", images)
    assert all(len(found) == 1 for found in expected), "MediaPipe itself misses somebody"
    for image, (estimate,) in zip(images, expected, strict=True):
        (person,) = Estimator(full, max_people=1).estimate(image, 0.0)
        shares = _shares(person.pose.landmarks, estimate)
        assert np.median(shares) < MEDIAN_SHARE
        assert shares.max() < WORST_SHARE
        assert np.abs(person.pose.world_landmarks - estimate.world_landmarks).max() < WORLD_M
        assert np.abs(person.pose.visibility - estimate.visibility).max() < PROBABILITY
        assert np.abs(person.pose.presence - estimate.presence).max() < PROBABILITY


def test_a_video_agrees_with_mediapipe(full: Networks) -> None:
    """Regions that follow the person, and the filters; without them the same video is further off."""
    frames, times = footage.walk(20, seed=5), footage.times(20)
    expected = oracle.on_video("blazepose-full", frames, times)
    medians = []
    for smooth in (True, False):
        estimator = Estimator(full, max_people=1, smooth=smooth)
        found = [estimator.estimate(frame, time) for frame, time in zip(frames, times, strict=True)]
        assert [[person.id for person in one] for one in found] == [[1]] * len(frames)
        shares = [_shares(one.pose.landmarks, estimate) for (one,), (estimate,) in zip(found, expected, strict=True)]
        medians.append(float(np.median(shares)))
    assert medians[0] < VIDEO_MEDIAN_SHARE
    assert medians[1] > 2 * medians[0]


def test_finds_two_people_and_nobody_where_there_is_none(full: Networks) -> None:
    estimator = Estimator(full)
    found = estimator.estimate(pictures.scene(2, 3).image, 0.0)
    assert [person.id for person in found] == [1, 2]
    assert estimator.estimate(footage.black(), 0.5) == []
    assert [track.id for track in estimator.state.lost] == [1, 2]
    assert [person.id for person in estimator.estimate(pictures.scene(2, 3).image, 0.9)] == [1, 2]
    assert [person.id for person in estimator.estimate(pictures.scene(2, 3).image, 0.1)] == [3, 4]  # another source


def test_a_crop_is_the_picture_where_nothing_is_scaled() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    whole = Roi(8, 6, 16, 16, 0)
    inside = crop(image, whole, 16, "black")
    assert (inside[2:14] == image).all()
    assert not inside[:2].any()
    assert not inside[14:].any()
    edges = crop(image, whole, 16, "edge")
    assert (edges[:2] == image[0]).all()
    assert (edges[14:] == image[-1]).all()
    # A quarter turn clockwise on the screen: the crop's first row is the picture's last column, from its top.
    turned = crop(image, Roi(8, 6, 12, 12, np.pi / 2), 12, "edge")
    assert (turned[1:, :] == image[:, 2:14].transpose(1, 0, 2)[::-1][:11]).all()


def test_a_crop_blends_between_pixels_and_rounds() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[:, 2:] = 255
    found = crop(image, Roi(2, 2, 2, 2, 0), 4, "edge")
    assert found[0, :, 0].tolist() == [0, 128, 255, 255]


@pytest.mark.parametrize("outside", ["black", "edge"])
@pytest.mark.parametrize("roi", [Roi(20, 30, 25, 25, 0.7), Roi(5, 60, 90, 90, -2.5), Roi(-300, 10, 40, 40, 0.1)])
def test_a_crop_is_the_mean_of_four_pixels_each(roi: Roi, outside: Literal["black", "edge"]) -> None:
    """Against the definition, pixel by pixel: regions within, across the picture's edge, and beyond it."""
    image = np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8)
    side = 9
    expected = np.zeros((side, side, 3))
    for j, i in np.ndindex(side, side):
        x, y = (np.floor(place * 32 + 0.5) / 32 for place in crop_to_image(roi, i / side, j / side))
        if outside == "edge":
            x, y = np.clip(x, 0, 39), np.clip(y, 0, 59)
        column, row = int(np.floor(x)), int(np.floor(y))
        for r, c in ((row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1)):
            if 0 <= r < 60 and 0 <= c < 40:
                expected[j, i] += image[r, c] * (1 - abs(x - c)) * (1 - abs(y - r))
    assert (crop(image, roi, side, outside) == np.floor(expected + 0.5)).all()


def _pose(shift: float = 0.0, size: float = 1.0) -> Pose:
    rng = np.random.default_rng(1)
    landmarks = 100 + 50 * size * rng.random((33, 3)) + [shift, 0, 0]
    landmarks[[11, 12], :2], landmarks[[23, 24], :2] = [100 + shift, 100], [100 + shift, 100 + 40 * size]
    roi = Roi(100 + shift, 140, 200, 200, 0)
    return Pose(landmarks, np.zeros((33, 3)), np.ones(33), np.ones(33), roi)


def test_who_comes_back_nearby_within_a_second_keeps_the_id() -> None:
    state = people.enter_frame(people.State(), 0.0, (640, 480))
    state, first = people.admit(state, _pose())
    state = people.lose(state, first)
    near = people.enter_frame(state, 0.9, (640, 480))
    assert people.admit(near, _pose(30))[1] == first
    assert people.admit(near, _pose(60))[1] == 2  # more than a torso away
    late = people.enter_frame(state, 1.1, (640, 480))
    assert people.admit(late, _pose(30))[1] == 2


def test_the_detector_looks_when_somebody_may_be_missing() -> None:
    empty = people.enter_frame(people.State(), 5.0, (640, 480))
    assert people.wants_detection(empty, 2)
    state, number = people.admit(empty, _pose())
    assert people.occupant(state, people.pose_anchors(_pose(5))) == number
    assert people.occupant(state, people.pose_anchors(_pose(80))) is None
    state = replace(state, detected=5.0)
    assert not people.wants_detection(state, 2)
    assert people.wants_detection(replace(state, time=6.0), 2)
    assert not people.wants_detection(replace(state, time=6.0), 1)


def test_tracks_that_collapse_are_found() -> None:
    assert people.duplicates([(1, _pose()), (2, _pose(5)), (3, _pose(80))]) == [2]


@pytest.mark.parametrize("roi", [Roi(0, 0, 3, 3, 0), Roi(np.nan, 0, 50, 50, 0), Roi(-500, 0, 50, 50, 0)])
def test_regions_that_show_nothing_are_not_looked_at(roi: Roi) -> None:
    assert not people.is_usable(roi, (640, 480))
    assert people.is_usable(Roi(10, 10, 50, 50, 1), (640, 480))


def test_says_what_a_model_may_be(tmp_path) -> None:
    with pytest.raises(TrainingError, match="'nothing': expected one of blazepose-lite"):
        networks.open_landmarks("nothing")
    (tmp_path / "x.tflite").write_bytes(b"no network")
    with pytest.raises(TrainingError, match=r"x\.tflite: expected a \.tflite network"):
        networks.open_landmarks(str(tmp_path))
    detector = networks.find("person-detector", "detector")
    (tmp_path / "x.tflite").write_bytes(detector.read_bytes())
    with pytest.raises(TrainingError, match="expected a network with the outputs flag, landmarks, world"):
        networks.open_landmarks(str(tmp_path / "x.tflite"))
