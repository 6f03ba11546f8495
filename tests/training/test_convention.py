"""Where BlazePose puts its landmarks: offsets in the body's own frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from pose.landmarks import COUNT, NAMES, PAIRS, index
from training import convention
from training.convention import KINDS, Convention, Observation, applied, fit, frames, kind_of, shifts
from training.errors import DataError

Doubles = npt.NDArray[np.float64]
MM = 0.001


def body(seed: int | None = None) -> Doubles:
    """A person who faces the camera, (33, 3) m, camera axes; a seed bends all but the head's frame."""
    half = {
        "eye_inner": (0.02, -0.66, -0.1), "eye": (0.03, -0.66, -0.1), "eye_outer": (0.04, -0.66, -0.09),
        "ear": (0.07, -0.64, 0.0), "shoulder": (0.18, -0.48, 0.0), "elbow": (0.25, -0.2, 0.03),
        "wrist": (0.28, 0.02, -0.1), "pinky": (0.3, 0.1, -0.12), "index": (0.28, 0.11, -0.14),
        "thumb": (0.25, 0.07, -0.14), "hip": (0.09, 0.0, 0.0), "knee": (0.1, 0.42, -0.05), "ankle": (0.1, 0.82, 0.02),
        "heel": (0.1, 0.87, 0.06), "foot_index": (0.12, 0.88, -0.14),
    }  # fmt: skip
    places = {f"{side}_{name}": (sign * x, y, z) for side, sign in (("left", 1), ("right", -1))
              for name, (x, y, z) in half.items()}  # fmt: skip
    places |= {"nose": (0, -0.62, -0.13), "mouth_left": (0.02, -0.57, -0.1), "mouth_right": (-0.02, -0.57, -0.1)}
    points = np.array([places[name] for name in NAMES], np.float64)
    if seed is not None:
        rng = np.random.default_rng(seed)
        points[13:] += rng.normal(0, 0.05, (20, 3))
        points = points @ Rotation.from_euler("yxz", rng.uniform(-60, 60, 3) * (1, 0.3, 0.2), degrees=True).as_matrix()
        points -= points[[23, 24]].mean(0)
    return points


def some() -> Convention:
    rng = np.random.default_rng(9)
    offsets = {kind: tuple(rng.uniform(-0.04, 0.04, 3).tolist()) for kind in KINDS}
    return Convention(offsets, 2.84, "digest")  # type: ignore[arg-type]


def test_frames_point_to_the_own_side_up_and_ahead() -> None:
    axes = frames(body())
    for name, side in (("left_shoulder", 1), ("right_hip", -1)):
        assert axes[index(name)] == pytest.approx(np.array([[side, 0, 0], [0, -1, 0], [0, 0, -1]]))
    assert axes[index("left_ear")][2] == pytest.approx([0, 0, -1], abs=0.2)
    assert not axes[0, 0].any()  # the nose lies in the middle
    comes, goes, across = axes[index("left_knee")]
    assert comes @ goes > 0.9  # nearly straight
    assert np.linalg.norm(across) < 0.3


def test_left_and_right_mirror_each_other() -> None:
    moved = shifts(body(), some())
    for left, right in PAIRS:
        assert moved[left] * (-1, 1, 1) == pytest.approx(moved[right])


def test_offsets_turn_with_the_body() -> None:
    turn = Rotation.from_euler("zxy", [20, -40, 130], degrees=True).as_matrix()
    assert shifts(body() @ turn.T, some()) == pytest.approx(shifts(body(), some()) @ turn.T)


def test_every_landmark_has_a_kind_and_each_kind_a_pair_or_the_middle() -> None:
    assert len(KINDS) == 17
    assert all(kind_of(NAMES[a]) == kind_of(NAMES[b]) for a, b in PAIRS)


def observed(habit: Convention, blunders: float = 0.0) -> list[Observation]:
    """Fifty people seen around the front, as a network with this habit would tell them."""
    rng = np.random.default_rng(2)
    found = []
    for seed in range(50):
        world = body(seed)
        px_per_m = np.full(COUNT, 200.0)
        predicted = world[:, :2] * 200 + shifts(world, habit)[:, :2] * 200 + rng.normal(0, 1, (COUNT, 2))
        wrong = rng.random(COUNT) < blunders
        predicted[wrong] += 150
        depth = np.column_stack([2.84 * world[:, 2] * 200, world[:, 2] * 200])
        used = rng.random(COUNT) < 0.8
        found.append(Observation(world, world[:, :2] * 200, predicted, px_per_m, used, depth))
    return found


@pytest.mark.parametrize("blunders", [0.0, 0.08])
def test_the_fit_finds_the_habit_also_among_blunders(blunders: float) -> None:
    habit = some()
    fits, z_scale = fit(observed(habit, blunders))
    assert z_scale == pytest.approx(2.84)
    # Noise of 1 px at 200 px a metre, 80 observations a kind; the rest is the ridge.
    for world in (body(seed) for seed in range(100, 103)):
        fitted = Convention({kind: tuple(one.offset) for kind, one in fits.items()}, 1, "")  # type: ignore[misc]
        apart = np.linalg.norm(shifts(world, fitted) - shifts(world, habit), axis=1)
        assert np.median(apart) < (2 + 60 * blunders) * MM
    assert all(one.after < one.before for one in fits.values())


def test_without_anybody_to_be_sure_of_there_is_no_fit() -> None:
    with pytest.raises(DataError, match="found none"):
        fit([])


def annotation(world: Doubles, camera: dict[str, Any]) -> dict[str, Any]:
    root = np.array([0.1, 0.2, 3.0])
    points = world + root
    xy = [camera["cx"], camera["cy"]] + 500 * points[:, :2] / points[:, 2:]
    return {
        "world_landmarks": [point.tolist() if np.isfinite(point).all() else None for point in world],
        "landmarks": [[*place, 0.0] for place in xy],
        "hip_centre": (root * (1, 1, 1)).tolist(),
        "keypoints": [value for k in range(17) for value in (0.0, 0.0, 2 if k else 0)],
        "hidden_by": ["aid"] * 33,
    }


CAMERA = {"fx": 500, "fy": 500, "cx": 320, "cy": 240, "world_to_camera": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]}


def test_an_annotation_moves_in_space_and_in_the_picture_alike() -> None:
    habit = some()
    said = annotation(body(3), CAMERA)
    moved = applied(said, CAMERA, habit)
    world = np.array(moved["world_landmarks"])
    assert world[[23, 24]].mean(0) == pytest.approx([0, 0, 0], abs=1e-4)
    expected = body(3) + shifts(body(3), habit)
    assert world - world[0] == pytest.approx(expected - expected[0], abs=2e-4)
    points = expected + np.array([0.1, 0.2, 3.0])
    pixels = [320, 240] + 500 * points[:, :2] / points[:, 2:]
    assert np.array(moved["landmarks"])[:, :2] == pytest.approx(pixels, abs=0.01)
    depth = 2.84 * world[:, 2] * 500 / points[[23, 24], 2].mean()
    assert np.array(moved["landmarks"])[:, 2] == pytest.approx(depth, abs=0.1)
    assert moved["keypoints"][:3] == [0, 0, 0]  # what was not labelled stays so
    assert moved["keypoints"][3:5] == pytest.approx(pixels[index("left_eye")], abs=0.01)
    assert moved["hidden_by"] == said["hidden_by"]


def test_a_missing_hand_stays_missing_and_the_elbow_stays_put() -> None:
    world = body(3)
    gone = [index(f"left_{name}") for name in ("wrist", "pinky", "index", "thumb")]
    world[gone] = np.nan
    moved = applied(annotation(world, CAMERA), CAMERA, some())
    assert all(moved["world_landmarks"][k] is None and moved["landmarks"][k] is None for k in gone)
    elbow, hip = (np.array(moved["world_landmarks"][index(name)]) for name in ("left_elbow", "left_hip"))
    before = world[index("left_elbow")] - world[index("left_hip")]
    assert elbow - hip == pytest.approx(before - shifts(world, some())[index("left_hip")], abs=2e-4)


def test_a_table_that_lacks_a_landmark_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(json.dumps({"offsets_m": {kind: [0, 0, 0] for kind in KINDS[1:]}, "z_scale": 1}))
    with pytest.raises(DataError, match=r"table.json: expected three numbers for each landmark; none for nose"):
        convention.load(path)
    assert convention.load(tmp_path / "none.json") is None
