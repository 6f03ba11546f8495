"""Limbs that are not there: the landmarks that go with them, by the golden file and by laws."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pose import limbs
from pose.landmarks import COUNT, NAMES
from pose.projection import Pose
from pose.roi import letterbox
from tests import reference, reference_metrics

GOLDEN: dict[str, Any] = json.loads((reference.GOLDEN / "limbs.json").read_text("utf-8"))
chosen = st.lists(st.sampled_from(limbs.LIMBS), max_size=6)


def pose() -> Pose:
    points = np.arange(3.0 * COUNT).reshape(COUNT, 3)
    ones = np.ones(COUNT)
    return Pose(points, points / 100, ones * 0.75, ones * 0.875, letterbox((640, 480)))


def test_the_golden_file_is_what_the_reference_makes() -> None:
    assert reference_metrics.golden_limbs() == GOLDEN
    assert list(limbs.LIMBS) == GOLDEN["limbs"]


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: "+".join(case["limbs"]) or "none")
def test_landmarks_go_with_their_limb(case: dict[str, Any]) -> None:
    assert limbs.landmarks_of(case["limbs"]) == set(case["landmarks"])
    assert limbs.limbs_within(case["landmarks"]) == tuple(case["within"])
    assert [name for name, gone in zip(NAMES, limbs.absent(case["limbs"]), strict=True) if gone] == case["landmarks"]


@settings(deadline=None)
@given(chosen)
def test_only_what_is_missing_is_absent(names: list[str]) -> None:
    before, after = pose(), limbs.without_limbs(pose(), names)
    gone = np.array([name in limbs.landmarks_of(names) for name in NAMES])
    for field, value in (("landmarks", np.nan), ("world_landmarks", np.nan), ("visibility", 0), ("presence", 0)):
        left, was = getattr(after, field), getattr(before, field)
        np.testing.assert_array_equal(left[~gone], was[~gone])
        np.testing.assert_array_equal(left[gone], np.full_like(was[gone], value))
    assert after.next_roi == before.next_roi


@settings(deadline=None)
@given(chosen)
def test_leaving_out_twice_is_leaving_out_once(names: list[str]) -> None:
    once = limbs.without_limbs(pose(), names)
    twice = limbs.without_limbs(once, [*names, *limbs.limbs_within(limbs.landmarks_of(names))])
    np.testing.assert_array_equal(twice.landmarks, once.landmarks)
    np.testing.assert_array_equal(twice.visibility, once.visibility)


def test_what_came_is_not_changed() -> None:
    mine = pose()
    assert limbs.without_limbs(mine, []) is mine
    limbs.without_limbs(mine, ["left_arm"])
    assert np.isfinite(mine.landmarks).all()
    assert mine.visibility.min() == 0.75


def test_an_unknown_limb_is_refused_with_the_known_ones() -> None:
    for refuse in (limbs.landmarks_of, limbs.absent, lambda names: limbs.without_limbs(pose(), names)):
        with pytest.raises(ValueError, match=r'expected one of left_hand, .*right_leg, got "tail"'):
            refuse(["left_hand", "tail"])
