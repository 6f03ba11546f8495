"""Laws that hold for any input: regions there and back, filters that neither invent nor lose, bad input refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pose import detection, filters, landmarks, projection, roi

# Relative rounding of doubles times the largest coordinates below.
CLOSE = 1e-6

coordinates = st.floats(-2000, 2000)
lengths = st.floats(1, 3000)
angles = st.floats(-10, 10)
regions = st.builds(roi.Roi, coordinates, coordinates, lengths, lengths, angles)


@given(regions, st.floats(-2, 3), st.floats(-2, 3))
def test_a_point_comes_back_from_the_image(region: roi.Roi, u: float, v: float) -> None:
    assert roi.image_to_crop(region, *roi.crop_to_image(region, u, v)) == pytest.approx((u, v), abs=CLOSE)


@given(angles)
def test_an_angle_is_wrapped_into_one_turn(angle: float) -> None:
    wrapped = roi.wrap_angle(angle)
    assert -math.pi - CLOSE <= wrapped < math.pi + CLOSE
    assert math.remainder(wrapped - angle, math.tau) == pytest.approx(0, abs=CLOSE)


@given(coordinates, coordinates, lengths, angles)
def test_the_scale_point_is_straight_up_in_its_region(x: float, y: float, length: float, angle: float) -> None:
    scale = (x + length * math.cos(angle), y + length * math.sin(angle))
    region = roi.roi_from_alignment(x, y, *scale)
    assert roi.crop_to_image(region, 0.5, 0.5) == pytest.approx((x, y), abs=CLOSE)
    assert roi.image_to_crop(region, *scale) == pytest.approx((0.5, 0.5 - 1 / roi.SIDE_PER_DISTANCE), abs=CLOSE)


@given(regions, regions)
def test_overlap_is_symmetric_and_within_bounds(a: roi.Roi, b: roi.Roi) -> None:
    assert 0 <= roi.roi_overlap(a, b) <= 1 + CLOSE
    assert roi.roi_overlap(a, b) == pytest.approx(roi.roi_overlap(b, a))
    assert roi.roi_overlap(a, a) == pytest.approx(1)


@given(st.floats(1, 4000), st.floats(1, 4000))
def test_the_letterbox_holds_the_whole_image(width: float, height: float) -> None:
    region = roi.letterbox((width, height))
    corners = [roi.image_to_crop(region, x, y) for x in (0, width) for y in (0, height)]
    assert all(-CLOSE <= value <= 1 + CLOSE for corner in corners for value in corner)


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=30), st.floats(0.001, 0.5), st.floats(0.01, 1000))
def test_smoothing_stays_within_what_was_seen(series: list[float], step: float, size: float) -> None:
    state = None
    for number, value in enumerate(series):
        smooth, state = filters.one_euro(filters.LANDMARKS, state, np.array([value]), 1 + number * step, size)
        seen = series[: number + 1]
        assert min(seen) - CLOSE <= smooth[0] <= max(seen) + CLOSE


def test_a_resting_value_is_left_alone() -> None:
    state = None
    for number in range(5):
        smooth, state = filters.one_euro(filters.LANDMARKS, state, np.array([3.25]), 1 + number / 30, 100)
        assert smooth[0] == pytest.approx(3.25, abs=CLOSE)


def test_time_that_stands_still_changes_nothing() -> None:
    first, state = filters.one_euro(filters.LANDMARKS, None, np.array([1.0]), 5.0, 100)
    again, kept = filters.one_euro(filters.LANDMARKS, state, np.array([9.0]), 5.0, 100)
    assert first[0] == 1.0
    assert again[0] == 9.0
    assert kept is state


def test_a_body_without_size_is_not_smoothed() -> None:
    values, state = filters.one_euro(filters.LANDMARKS, None, np.array([1.0]), 5.0, 0.0)
    assert values[0] == 1.0
    assert state is None


def raw_pose(**changes: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> projection.RawPose:
    arrays = {"landmarks": np.zeros((39, 5)), "heatmap": np.zeros((64, 64, 39)), "world": np.zeros((39, 3))}
    return projection.RawPose(**{**arrays, **changes})


@pytest.mark.parametrize(("name", "size"), [("landmarks", 194), ("heatmap", 5), ("world", 99)])
def test_output_of_another_network_is_refused(name: str, size: int) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected .* got {size}"):
        projection.project_pose(raw_pose(**{name: np.zeros(size)}), roi.letterbox((10, 10)))


def test_detections_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 2254 anchors"):
        detection.decode_detections(np.zeros((10, 12)), np.zeros(10))


def test_without_a_heat_map_nothing_is_refined() -> None:
    values = np.full((39, 5), 128.0)
    assert projection.refine_points(values, np.zeros(0)) == pytest.approx(np.full((39, 2), 0.5))


def test_nan_passes_through_projection_for_the_gate_to_see() -> None:
    values = np.full((39, 5), np.nan)
    assert np.isnan(projection.refine_points(values, np.zeros((64, 64, 39)))).all()


def test_landmarks_have_their_places() -> None:
    assert (landmarks.COUNT, landmarks.RAW_COUNT) == (33, 39)
    assert landmarks.index("left_hip") == 23
    assert landmarks.NAMES[landmarks.index("nose")] == "nose"
    assert all(landmarks.NAMES[a].replace("left", "right") == landmarks.NAMES[b] for a, b in landmarks.PAIRS)
    with pytest.raises(KeyError, match="elbow_of_nobody"):
        landmarks.index("elbow_of_nobody")
