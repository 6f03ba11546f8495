"""What anchors should say, against what the released detector says of people whose joints are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pose import detection
from pose.landmarks import index
from pose.roi import letterbox
from tests.training import people
from training.persons import habits, targets
from training.persons.scenes import placed
from training.pipeline import networks, pictures

NECK, HIPS, SHOULDERS, RADIUS = 0.15, 0.2, 0.15, 0.15
"""Torsos, and a share: medians over drawn people. Their ears are not known, and the rig's shoulders and hips are
joints, which lie 0.08 torsos from where BlazePose has them."""
FIRING = 0.15
"""Mean difference of probabilities at anchors where either is above a tenth."""


def test_the_released_detector_has_these_habits(tmp_path: Path) -> None:
    detector = networks.open_detector()
    off, apart = [], []
    for picture in people.rendered(tmp_path, 3, seed=20).pictures:
        levels, points, sought = placed(pictures.read(picture.path), picture, letterbox(picture.size), "black")
        raw = detector(levels)
        (one,) = detection.suppress(detection.decode_detections(raw["boxes"], raw["scores"]))
        x0, y0, x1, y1 = (side * 224 for side in one.box)
        found = np.array(one.keypoints).reshape(4, 2) * 224
        neck, hips, circle, shoulders, _ = points[0]
        torso = float(np.linalg.norm(shoulders - hips))
        radius = np.linalg.norm(found[1] - found[0]) / np.linalg.norm(circle - hips)
        assert x1 - x0 == pytest.approx(habits.BOX_PX, abs=0.2)
        off.append(
            [
                np.linalg.norm([(x0 + x1) / 2 - neck[0], (y0 + y1) / 2 - neck[1]]) / torso,
                np.linalg.norm(found[0] - hips) / torso,
                np.linalg.norm(found[2] - shoulders) / torso,
                abs(radius - 1),
            ]
        )
        # The neck that the detector itself sees: how its anchors fire around it is another question.
        moved = points + ([(x0 + x1) / 2, (y0 + y1) / 2] - neck)
        wanted, said = targets.of_people(moved, sought), targets.of_teacher(raw)
        near = np.maximum(wanted["scores"], said["scores"]) > 0.1
        apart.append(float(np.abs(wanted["scores"] - said["scores"])[near].mean()))
    assert (np.median(off, axis=0) < [NECK, HIPS, SHOULDERS, RADIUS]).all(), np.median(off, axis=0)
    assert np.median(apart) < FIRING


def as_outputs(wanted: dict[str, targets.Values]) -> tuple[targets.Doubles, targets.Doubles]:
    """Boxes and logits of a network that says what is wanted."""
    boxes, scores = np.zeros((targets.COUNT, 12)), np.full(targets.COUNT, -20.0)
    sure = np.clip(wanted["scores"].astype(float), 1e-9, 1 - 1e-9)
    boxes[targets.LIVE], scores[targets.LIVE] = wanted["boxes"], np.log(sure / (1 - sure))
    return boxes, scores


def test_targets_decode_to_the_person() -> None:
    points = np.array([[[100, 60], [104, 110], [98, 20], [101, 68], [95, 10]]], float)
    boxes, scores = as_outputs(targets.of_people(points, np.array([True])))
    (one,) = detection.suppress(detection.decode_detections(boxes, scores))
    assert one.score == pytest.approx(1 / (1 + np.exp(-targets.PEAK_LOGIT)), abs=1e-5)
    assert np.array(one.box) * 224 == pytest.approx([100 - 22.4, 60 - 22.4, 100 + 22.4, 60 + 22.4], abs=1e-3)
    assert np.array(one.keypoints) * 224 == pytest.approx(points[0, 1:].ravel(), abs=1e-3)


def test_two_close_people_survive_suppression() -> None:
    """As who sits in a wheelchair and who pushes it: with boxes of 45 px they would be one."""
    one = np.array([[100, 60], [100, 100], [100, 20], [100, 66], [100, 10]], float)
    points = np.stack([one, one + np.array([9, 7])])
    boxes, scores = as_outputs(targets.of_people(points, np.array([True, True])))
    found = detection.suppress(detection.decode_detections(boxes, scores))
    necks = sorted(((d.box[0] + d.box[2]) * 112, (d.box[1] + d.box[3]) * 112) for d in found)
    assert np.array(necks) == pytest.approx(points[:, 0], abs=1e-3)
    boxes[:, 2:4] = habits.BOX_PX
    assert len(detection.suppress(detection.decode_detections(boxes, scores))) == 1


def test_of_two_in_one_place_the_first_is_told() -> None:
    one = np.array([[100, 60], [100, 100], [100, 20], [100, 66], [100, 10]], float)
    hidden = one + np.array([2, 3])
    both = targets.of_people(np.stack([one, hidden]), np.array([True, True]))
    alone = targets.of_people(one[None], np.array([True]))
    for name in targets.TARGETS:
        assert np.array_equal(both[name], alone[name]), name


def test_whoever_may_be_found_or_not_has_no_weight() -> None:
    points = np.array([[[100, 60], [100, 100], [100, 20], [100, 66], [100, 10]]], float)
    wanted = targets.of_people(points, np.array([False]))
    near = np.linalg.norm(targets.CENTRES_PX[targets.LIVE] - [100, 60], axis=1) < 10
    assert not wanted["scores_weight"][near].any()
    assert not wanted["boxes_weight"].any()
    assert wanted["scores_weight"].mean() > 0.95
    assert not wanted["scores"].any()


def test_points_need_hips_and_shoulders_but_not_ears() -> None:
    known = people.person((100, 60))
    points = habits.points_of(known)
    assert points is not None
    assert points[0] == pytest.approx([100, 60])
    landmarks = known.landmarks.copy()
    landmarks[index("left_ear")] = np.nan
    without = habits.points_of(replace(known, landmarks=landmarks))
    assert without is not None
    assert without[0] == pytest.approx([100, 60], abs=1)
    landmarks[index("left_hip")] = np.nan
    assert habits.points_of(replace(known, landmarks=landmarks)) is None
    assert habits.is_seen(known)
    assert not habits.is_seen(replace(known, visibility=np.zeros(33)))
