"""Rows and figures: what is counted, what is left out, and how sure it is."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pose.landmarks import COCO17, COUNT, index
from pose.projection import Pose
from pose.roi import Roi
from tests import pictures
from training.commands import evaluate
from training.dataset import Person, Picture
from training.evaluation import figures, jitter
from training.evaluation.jitter import Jitter
from training.evaluation.measure import CIRCLE_PER_REACH, Row, true_roi
from training.pipeline.networks import Networks, open_detector, open_landmarks

NAN = np.full((COUNT, 3), np.nan)


def person(group: str | None = "standing", number: int = 1, **changes: Any) -> Person:
    landmarks = np.random.default_rng(number).uniform(0, 100, (COUNT, 3))
    whole = {
        "id": number,
        "track": 0,
        "group": group,
        "box": (0.0, 0.0, 100.0, 100.0),
        "area": 10_000.0,
        "landmarks": landmarks,
        "world_landmarks": landmarks / 100,
        "visibility": np.ones(COUNT),
        "presence": np.ones(COUNT),
    }
    return Person(**{**whole, **changes})


def row(
    right: int = COUNT,
    *,
    group: str | None = "standing",
    number: int = 1,
    sequence: int | None = None,
    visibility: float = 0.9,
    found: bool = True,
) -> Row:
    """A person of whom `right` landmarks are right and visible, as told by hand."""
    points = (np.arange(COUNT) < right).astype(float)
    who = person(group, number)
    roi = Roi(0, 0, 1, 1, 0)
    pose = Pose(who.landmarks, who.world_landmarks, np.full(COUNT, visibility), np.ones(COUNT), roi) if found else None
    picture = Picture(number, Path("none.png"), (100, 100), (who,), sequence, 0.0)
    distance = 50.0 if found else math.nan
    return Row(picture, who, 0.9, pose, (points, points), points, right / COUNT, distance, distance)


def test_shares_are_over_landmarks_and_distances_over_people_found() -> None:
    rows = [row(33, number=1), row(0, number=2, found=False)]
    (entry,) = (figures.summarise(rows, [])["groups"][name] for name in ("all",))
    assert (entry["n"], entry["found"], entry["detected"]) == (2, 1, 0.5)
    assert entry["pck@0.2"] == entry["pdj@0.2"] == entry["oks"] == 0.5
    assert entry["mpjpe_mm"] == entry["pa_mpjpe_mm"] == 50


def test_what_is_not_known_is_none_and_never_nought() -> None:
    entry = figures.summarise([row(0, found=False)], [])["groups"]["all"]
    for name in ("mpjpe_mm", "pa_mpjpe_mm", "visibility_ece", "jitter", "jitter_mm"):
        assert entry[name] is None, name
    assert entry["pck@0.2"] == 0
    assert entry["ci95"]["pck@0.2"] is None  # of one picture nothing can be said
    json.dumps(entry, allow_nan=False)


def test_the_gap_is_between_the_best_and_the_worst_group_in_points() -> None:
    rows = [
        row(right, group=group, number=10 * place + k)
        for place, (group, right) in enumerate(
            [("standing", 33), ("walker", 30), ("wheelchair_back", 11), (None, 0), ("elsewhere", 0)]
        )
        for k in range(6)
    ]
    result = figures.summarise(rows, [])
    assert list(result["groups"]) == ["all", "standing", "wheelchair_back", "walker", "elsewhere"]
    assert result["inclusion_gap"] == pytest.approx(100 * 22 / 33)
    assert result["inclusion_gap_ci95"] == pytest.approx([100 * 22 / 33] * 2)  # within a group all are alike
    assert figures.summarise(rows[:6], [])["inclusion_gap"] is None


def test_intervals_hold_the_mean_and_narrow_with_more_pictures() -> None:
    rng = np.random.default_rng(0)

    def entry(count: int) -> dict[str, Any]:
        rows = [row(int(rng.integers(0, 34)), number=k) for k in range(count)]
        return figures.summarise(rows, [])["groups"]["all"]

    few, many = entry(20), entry(500)
    for one, count in ((few, 20), (many, 500)):
        low, high = one["ci95"]["pck@0.2"]
        assert low < one["pck@0.2"] < high
        # Of n uniform shares the mean's 95 % interval is 2 * 1.96 * sqrt(1 / 12 / n) wide; 25 % is for chance.
        assert high - low == pytest.approx(2 * 1.96 * math.sqrt(1 / 12 / count), rel=0.25)
    assert figures.summarise([row(5, number=k) for k in range(9)], []) == figures.summarise(
        [row(5, number=k) for k in range(9)], []
    )


def test_frames_of_a_sequence_are_drawn_together() -> None:
    """Ten copies of each picture tell no more than one, if they are of one sequence."""
    rights = [3, 9, 15, 21, 27, 33]
    apart = [row(right, number=10 * k + j) for k, right in enumerate(rights) for j in range(10)]
    films = [row(right, number=10 * k + j, sequence=k) for k, right in enumerate(rights) for j in range(10)]
    once = [row(right, number=10 * k, sequence=k) for k, right in enumerate(rights)]
    widths = []
    for rows in (apart, films, once):
        entry = figures.summarise(rows, [])["groups"]["all"]
        low, high = entry["ci95"]["pck@0.2"]
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[2])
    assert widths[0] < 0.5 * widths[1]


def test_calibration_is_the_distance_of_what_was_said_from_what_was_true() -> None:
    half = person(visibility=np.repeat([1.0, 0.0], [24, 9]))
    calm = row(visibility=24 / 33)
    rows = [Row(calm.picture, half, 0.9, calm.pose, calm.pck, calm.pdj, 1.0, 1.0, 1.0)]
    entry = figures.summarise(rows, [])["groups"]["all"]
    assert entry["visibility_ece"] == pytest.approx(0)
    (used,) = (one for one in entry["reliability"] if one["n"])
    assert (used["low"], used["n"]) == (0.7, 33)
    assert used["true"] == pytest.approx(24 / 33)
    sure = row(visibility=1.0)
    rows = [Row(sure.picture, half, 0.9, sure.pose, sure.pck, sure.pdj, 1.0, 1.0, 1.0)]
    assert figures.summarise(rows, [])["groups"]["all"]["visibility_ece"] == pytest.approx(9 / 33)


def test_jitter_counts_by_frames() -> None:
    jitters = [Jitter(1, "standing", 0.1, 10.0, 1), Jitter(2, "standing", 0.2, math.nan, 3)]
    entry = figures.summarise([row()], jitters)["groups"]["standing"]
    assert entry["jitter"] == pytest.approx(0.175)
    assert entry["jitter_mm"] == pytest.approx(10)
    assert entry["sequences"] == 2


def test_the_true_region_stands_on_the_hips_and_points_to_the_shoulders() -> None:
    landmarks = NAN.copy()
    for name, place in {
        "left_hip": (110, 200),
        "right_hip": (90, 200),
        "left_shoulder": (160, 140),
        "right_shoulder": (160, 100),
        "left_ankle": (100, 400),
    }.items():
        landmarks[index(name), :2] = place
    landmarks[index("left_heel"), :2] = 100, 410
    roi = true_roi(person(landmarks=landmarks))
    assert (roi.x_center, roi.y_center) == pytest.approx((100, 200))
    assert roi.rotation == pytest.approx(math.atan2(60, 80))
    assert roi.width == pytest.approx(2.5 * CIRCLE_PER_REACH * 210)


def test_without_hips_the_region_is_around_the_box() -> None:
    landmarks = NAN.copy()
    landmarks[0, :2] = 50, 30
    roi = true_roi(person(landmarks=landmarks, box=(10.0, 20.0, 40.0, 100.0)))
    assert (roi.x_center, roi.y_center, roi.rotation) == pytest.approx((30, 70, 0))
    assert roi.width == pytest.approx(125)


def film(folder: Path, name: str, shifts: list[int]) -> list[Picture]:
    """Frames of one person at rest, of which the camera shows some moved to the right; the truth stays where it was."""
    drawn = pictures.scene(1, 2)
    landmarks = NAN.copy()
    for joint, place in drawn.joints[0].items():
        landmarks[index(joint), :2] = place
    who = person(landmarks=landmarks, world_landmarks=np.zeros((COUNT, 3)), box=(200.0, 0.0, 240.0, 480.0))
    found = []
    for frame, shift in enumerate(shifts):
        path = folder / f"{name}-{frame}.png"
        Image.fromarray(np.roll(drawn.image, shift, axis=1)).save(path)
        found.append(Picture(frame, path, (640, 480), (who,), 5, frame / 24))
    return found


def test_jitter_is_what_the_error_changes_by(tmp_path: Path) -> None:
    networks = Networks(open_landmarks("blazepose-lite"), open_detector())
    (still,) = jitter.follow(networks, film(tmp_path, "still", [0] * 4))
    assert (still.sequence, still.group, still.frames) == (5, "standing", 3)
    # The region of a frame comes from the last one: it takes some frames to settle.
    assert still.torso < 0.01
    (shaken,) = jitter.follow(networks, film(tmp_path, "shaken", [0, 12, 0, 12]))
    torso = 120  # px, or so; smoothing takes some of the twelve
    assert 5 / torso < shaken.torso < 20 / torso
    assert shaken.world >= still.world


def test_who_is_lost_in_a_sequence_has_no_step_there(tmp_path: Path) -> None:
    networks = Networks(open_landmarks("blazepose-lite"), open_detector())
    frames = film(tmp_path, "gap", [0] * 4)
    Image.fromarray(np.zeros((480, 640, 3), np.uint8)).save(frames[1].path)
    (found,) = jitter.follow(networks, frames)
    assert found.frames == 1


def measured(folder: Path, *more: str) -> tuple[Result, Any]:
    options = ["--images", folder, "--annotations", folder / "coco.json", "--json", folder / "out.json", *more]
    result = CliRunner().invoke(evaluate, ["pose", "--model", "blazepose-lite", *map(str, options)])
    out = folder / "out.json"
    return result, json.loads(out.read_text()) if out.is_file() else None


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five pictures of a person each, with the twelve key points that the drawing knows; the last has two more."""
    folder = tmp_path_factory.mktemp("photographs")
    images, annotations = [], []
    for number in range(5):
        drawn = pictures.scene(1, number)
        Image.fromarray(drawn.image).save(folder / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 640, "height": 480})
        joints = drawn.joints[0]
        keypoints = [value for name in COCO17 for value in (*joints.get(name, (0, 0)), 2 if name in joints else 0)]
        xs, ys = zip(*joints.values(), strict=True)
        box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        annotation = {"id": number, "image_id": number, "category_id": 1, "bbox": box, "keypoints": keypoints}
        annotations.append({**annotation, "group": ("standing", "cane")[number % 2]})
    ghost = {**annotations[-1], "id": 77, "group": "walker"}
    ghost["keypoints"] = [value + (230, 0, 0)[place % 3] for place, value in enumerate(ghost["keypoints"])]
    annotations.append(ghost)
    categories = [{"id": 1, "name": "person", "keypoints": list(COCO17)}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "coco.json").write_text(json.dumps(content))
    return folder


def test_measures_a_file_of_seventeen_key_points(photographs: Path, tmp_path: Path) -> None:
    result, found = measured(photographs, "--report", str(tmp_path / "page"))
    assert result.exit_code == 0, result.output
    assert (found["model"], found["roi"]) == ("blazepose-lite", "detector")
    assert found["groups"]["standing"]["detected"] == 1
    assert found["groups"]["standing"]["pck@0.2"] > 0.9
    assert found["groups"]["standing"]["mpjpe_mm"] is None
    # Nobody is there: missed, and wrong in every landmark.
    ghost = found["groups"]["walker"]
    assert (ghost["n"], ghost["detected"], ghost["pck@0.2"], ghost["oks"]) == (1, 0, 0, 0)
    assert found["inclusion_gap"] > 50
    page = (tmp_path / "page/index.html").read_text()
    assert "walker: missed" in page
    assert (tmp_path / "page/worst-00.jpg").is_file()
    assert "<script" not in page


def test_the_region_may_come_from_the_truth(photographs: Path) -> None:
    result, found = measured(photographs, "--roi", "truth")
    assert result.exit_code == 0, result.output
    assert found["groups"]["standing"]["pck@0.2"] > 0.9
    assert found["groups"]["walker"]["pck@0.2"] == 0


def test_a_picture_of_another_size_is_refused(photographs: Path, tmp_path: Path) -> None:
    content = json.loads((photographs / "coco.json").read_text())
    content["images"][0]["width"] = 700
    (tmp_path / "coco.json").write_text(json.dumps(content))
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes((photographs / f"{number}.png").read_bytes())
    result, found = measured(tmp_path)
    assert result.exit_code == 1
    assert found is None
    assert "0.png: image 0: expected 700 x 480 px as annotated, the file has 640 x 480" in result.output
