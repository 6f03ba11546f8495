"""Crops and their targets."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pose.landmarks import COUNT, RAW_COUNT, index
from pose.projection import RawPose, project_pose
from pose.roi import Roi
from training import data
from training.data import NONE, TARGETS, TRAINING, Crops, cut, disturbed, jittered, mirror_image, mirrored, targets_of
from training.dataset import Dataset, Person, Picture

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
SIZE = (320, 240)
PX = 1.5  # a dot's middle in the crop is known to a pixel of the crop, which is smaller than the picture's


def person(seed: int = 0) -> Person:
    """Somebody upright in the middle of the picture; no left hand, the right ankle outside."""
    rng = np.random.default_rng(seed)
    landmarks = np.column_stack([rng.uniform(130, 190, COUNT), rng.uniform(40, 200, COUNT), rng.normal(0, 20, COUNT)])
    landmarks[[11, 12], :2], landmarks[[23, 24], :2] = [[175, 80], [145, 80]], [[170, 130], [150, 130]]
    world = rng.normal(0, 0.4, (COUNT, 3))
    visibility = (rng.random(COUNT) < 0.7).astype(np.float64)
    presence = np.ones(COUNT)
    for name in ("left_wrist", "left_pinky", "left_index", "left_thumb"):
        k = index(name)
        landmarks[k] = world[k] = np.nan
        visibility[k] = presence[k] = np.nan
    ankle = index("right_ankle")
    landmarks[ankle] = np.nan
    visibility[ankle] = presence[ankle] = 0
    return Person(1, 0, "standing", (130, 40, 60, 160), 9600, landmarks, world, visibility, presence)


ROI = Roi(158, 122, 210, 210, 0.3)


def test_targets_are_what_the_projection_makes_the_truth_of() -> None:
    who = person()
    targets = targets_of(who, ROI)
    raw = np.zeros((RAW_COUNT, 5), np.float32)
    raw[:COUNT, :3] = targets["landmarks"]
    raw[COUNT : COUNT + 2, :2] = targets["alignment"]
    world = np.zeros((RAW_COUNT, 3), np.float32)
    world[:COUNT] = targets["world"]
    pose = project_pose(RawPose(raw, np.zeros(0, np.float32), world), ROI)
    known = targets["landmarks_weight"] > 0
    assert known.sum() == 28
    assert pose.landmarks[known] == pytest.approx(who.landmarks[known], abs=1e-3)
    there = targets["world_weight"] > 0
    assert pose.world_landmarks[there] == pytest.approx(who.world_landmarks[there], abs=1e-5)
    wanted = data.true_roi(who)
    assert [pose.next_roi.x_center, pose.next_roi.width, pose.next_roi.rotation] == pytest.approx(
        [wanted.x_center, wanted.width, wanted.rotation], abs=1e-3
    )


def test_what_is_not_there_or_not_known_has_no_weight() -> None:
    targets = targets_of(person(), ROI)
    wrist, ankle = index("left_wrist"), index("right_ankle")
    for name, shape in TARGETS.items():
        assert targets[name].shape == shape
        assert np.isfinite(targets[name]).all()
        if name.endswith("_weight") and shape == (COUNT,):
            assert targets[name][wrist] == 0, name
    # Outside the picture: no place, but certainly neither present nor seen.
    assert targets["landmarks_weight"][ankle] == 0
    assert targets["presence_weight"][ankle] == targets["visibility_weight"][ankle] == 1
    assert targets["presence"][ankle] == targets["visibility"][ankle] == 0
    # Outside the crop alone: nothing is said.
    small = targets_of(person(), replace(ROI, y_center=60.0, width=60.0, height=60.0))
    hip = index("left_hip")
    assert small["presence_weight"][hip] == small["landmarks_weight"][hip] == 0


def test_mirroring_twice_gives_everything_back() -> None:
    rng = np.random.default_rng(1)
    levels = rng.uniform(0, 255, (256, 256, 3)).astype(np.float32)
    targets = targets_of(person(), ROI)
    once_levels, once = mirror_image(levels), mirrored(targets)
    twice_levels, twice = mirror_image(once_levels), mirrored(once)
    assert (twice_levels == levels).all()
    for name, values in targets.items():
        assert twice[name] == pytest.approx(values, abs=1e-4), name
    left, right = index("left_ear"), index("right_ear")
    assert once["landmarks"][right, 0] == pytest.approx(255 - targets["landmarks"][left, 0], abs=1e-3)
    assert once["visibility"][right] == targets["visibility"][left]


@pytest.fixture
def dots(tmp_path: Path) -> Dataset:
    """Black pictures with a bright dot on the nose."""
    pictures = []
    for number in range(6):
        who = person(number)
        x, y = np.rint(who.landmarks[0, :2]).astype(int)
        who.landmarks[0, :2] = x, y  # sample (x, y) is drawn at place (x, y)
        image = np.zeros((*SIZE[::-1], 3), np.uint8)
        image[y - 1 : y + 2, x - 1 : x + 2] = 255
        path = tmp_path / f"{number}.png"
        Image.fromarray(image).save(path)
        pictures.append(Picture(number, path, SIZE, (who,), None, 0.0))
    return Dataset(tmp_path / "coco.json", tuple(pictures))


def test_a_target_lies_where_its_dot_is_drawn_however_the_crop_varies(dots: Dataset) -> None:
    varied = replace(TRAINING, blur=0.0, noise=0.0, jpeg=0.0, colour=0.0, cut=0.4)
    shown = 0
    for epoch in range(4):
        crops = Crops([dots], 6, varied)
        crops.epoch = epoch
        images, targets = crops[0]
        for image, places, weights in zip(images, targets["landmarks"], targets["landmarks_weight"], strict=True):
            if not weights[0]:
                continue
            shown += 1
            light = image[..., 0]
            rows, columns = np.indices(light.shape)
            middle = np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
            assert np.abs(middle - places[0, :2]).max() < PX
    assert shown > 12


def test_the_same_seed_gives_the_same_batches_and_epochs_differ(dots: Dataset) -> None:
    first, again, other = Crops([dots], 4, seed=3), Crops([dots], 4, seed=3), Crops([dots], 4, seed=4)
    assert len(first) == 2
    assert [len(first[k][0]) for k in range(2)] == [4, 2]
    images, targets = first[1]
    same_images, same_targets = again[1]
    assert (images == same_images).all()
    assert all((targets[name] == same_targets[name]).all() for name in TARGETS)
    assert not np.array_equal(other[1][0], images)
    first.on_epoch_end()
    assert not np.array_equal(first[1][0], images)
    assert images.dtype == np.float32
    assert 0 <= images.min() <= images.max() <= 1


def test_without_variation_the_region_is_that_of_the_truth() -> None:
    roi = data.true_roi(person())
    assert jittered(roi, NONE, np.random.default_rng(0)) == roi
    levels = np.arange(256 * 256 * 3, dtype=np.float32).reshape(256, 256, 3) % 256
    assert (disturbed(levels, NONE, np.random.default_rng(0)) == levels).all()


def test_disturbing_keeps_the_range_and_changes_the_picture() -> None:
    levels = np.full((256, 256, 3), 128, np.float32)
    levels[::2] = 40
    always = replace(TRAINING, blur=1.0, noise=1.0, jpeg=1.0)
    for seed in range(5):
        found = disturbed(levels, always, np.random.default_rng(seed))
        assert found.dtype == np.float32
        assert 0 <= found.min() <= found.max() <= 255
        assert np.abs(found - levels).mean() > 2


def test_what_lies_beyond_a_cut_is_not_there_to_see() -> None:
    image = np.zeros((*SIZE[::-1], 3), np.uint8)
    who = person()
    sides = set()
    for seed in range(30):
        smaller, left = cut(image, who, np.random.default_rng(seed))
        height, width = smaller.shape[:2]
        moved = SIZE[0] - width if left.box[0] != who.box[0] else 0
        sides.add((height < SIZE[1], width < SIZE[0], moved > 0))
        inside = np.isfinite(left.landmarks[:, 0])
        x, y = left.landmarks[inside, 0], left.landmarks[inside, 1]
        assert ((x >= 0) & (x < width) & (y >= 0) & (y < height)).all()
        gone = np.isfinite(who.landmarks[:, 0]) & ~inside
        assert (left.presence[gone] == 0).all()
        assert (left.visibility[gone] == 0).all()
        assert np.array_equal(left.world_landmarks, who.world_landmarks, equal_nan=True)
    assert sides == {(True, False, False), (False, True, False), (False, True, True)}


def test_a_turned_region_turns_the_world() -> None:
    turned = targets_of(person(), replace(ROI, rotation=math.pi / 2))["world"]
    upright = targets_of(person(), replace(ROI, rotation=0.0))["world"]
    assert turned[:, 0] == pytest.approx(upright[:, 1], abs=1e-6)
    assert turned[:, 1] == pytest.approx(-upright[:, 0], abs=1e-6)
