"""Two models beside each other, rows that are kept, a part of the pictures, and predictions of anything else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pose.landmarks import COCO17, COUNT, index
from tests.training.test_evaluation import person, row
from training.commands import evaluate
from training.dataset import Dataset, Picture
from training.errors import DataError
from training.evaluation import figures, jitter, measure, paired
from training.evaluation.measure import Row
from training.evaluation.predictions import Predictions
from training.evaluation.tally import MEANS, load, tally

COCO = [index(name) for name in COCO17.values()]


def rows_of(rights: list[int], *, group: str = "standing", found: list[bool] | None = None) -> list[Row]:
    there = found or [True] * len(rights)
    return [row(right, group=group, number=k, found=there[k]) for k, right in enumerate(rights)]


def test_a_difference_is_surer_than_the_figures_it_is_of() -> None:
    """One landmark more in each picture: whatever the pictures are worth, the difference is the same."""
    rights = np.random.default_rng(0).integers(0, 33, 40).tolist()
    result = paired.compare(tally(rows_of(rights)), tally(rows_of([right + 1 for right in rights])))
    entry = result["groups"]["standing"]["pck@0.2"]
    assert entry["difference"] == pytest.approx(1 / 33)
    assert entry["ci95"] == pytest.approx([1 / 33] * 2)
    assert entry["after"] - entry["before"] == pytest.approx(entry["difference"])
    assert result["inclusion_gap"] == {"before": None, "after": None, "difference": None, "ci95": None}


def test_the_same_model_twice_differs_by_nothing() -> None:
    people = tally(rows_of([5, 9, 20, 30, 33, 1]) + rows_of([5, 9, 20, 30, 3, 1], group="cane"))
    result = paired.compare(people, people)
    for entry in result["groups"].values():
        for name in (*MEANS, "visibility_ece"):
            assert (entry[name]["difference"], entry[name]["ci95"]) == (0, [0, 0]), name
    assert (result["inclusion_gap"]["difference"], result["inclusion_gap"]["ci95"]) == (0, [0, 0])
    assert list(result["groups"]) == ["all", "standing", "cane"]


def test_distances_are_compared_over_people_whom_both_found() -> None:
    before, after = rows_of([9] * 6, found=[True] * 5 + [False]), rows_of([9] * 6)
    after[5] = replace(after[5], mpjpe=900.0)  # who is found at last is hard: that is not a loss
    entry = paired.compare(tally(before), tally(after))["groups"]["standing"]
    assert entry["found_by_both"] == 5
    assert entry["mpjpe_mm"]["difference"] == 0
    assert entry["detected"]["difference"] == pytest.approx(1 / 6)


def test_a_gap_that_closes_is_told_with_its_interval() -> None:
    wide = rows_of([33] * 8) + rows_of([11] * 8, group="cane")
    narrow = rows_of([33] * 8) + rows_of([22] * 8, group="cane")
    gap = paired.compare(tally(wide), tally(narrow))["inclusion_gap"]
    assert gap["difference"] == pytest.approx(-100 / 3)
    assert gap["ci95"] == pytest.approx([-100 / 3] * 2)


def test_other_people_are_not_compared() -> None:
    with pytest.raises(DataError, match="same people, got 2 and 3"):
        paired.compare(tally(rows_of([1, 2])), tally(rows_of([1, 2, 3])))
    with pytest.raises(DataError, match="got 'standing' here and 'cane' there"):
        paired.compare(tally(rows_of([1])), tally(rows_of([1], group="cane")))


def test_rows_are_kept_and_read_as_they_were(tmp_path: Path) -> None:
    people = tally([*rows_of([5, 0, 33], found=[True, False, True]), row(4, group=None, number=9, sequence=3)])
    people.save(tmp_path / "rows.npz")
    again = load(tmp_path / "rows.npz")
    assert (again.people, again.clusters, again.groups) == (people.people, people.clusters, people.groups)
    assert np.array_equal(again.sums, people.sums)
    assert np.array_equal(again.bins, people.bins)
    (tmp_path / "no.npz").write_text("{}")
    np.savez(tmp_path / "other.npz", means=np.array(["speed"]))
    for name in ("no.npz", "other.npz"):
        with pytest.raises(DataError, match=rf"{name}: expected the rows of a measurement"):
            load(tmp_path / name)


def test_a_quick_look_takes_the_same_share_of_each_group() -> None:
    groups = ["standing", "walker", "cane"]
    pictures = [
        Picture(k, Path("none.png"), (9, 9), (person(groups[k % 3], k),), k // 12 or None, 0.0) for k in range(90)
    ]
    some = measure.spread(Dataset(Path("coco.json"), tuple(pictures)), 5).pictures
    assert [picture.people[0].group for picture in some].count("walker") == len(some) / 3 == 6
    assert [picture.id for picture in some] == sorted(picture.id for picture in some)


def test_who_cannot_be_seen_in_a_render_is_left_out() -> None:
    shown = [np.arange(COUNT) < count for count in (0, 2, 3)]
    people = tuple(person("pushed", k, visibility=mask.astype(float)) for k, mask in enumerate(shown))
    by_hand = replace(people[0], id="by hand", world_landmarks=np.full((COUNT, 3), np.nan))
    picture = Picture(1, Path("none.png"), (9, 9), (*people, by_hand), None, 0.0)
    (kept,) = measure.seen(Dataset(Path("coco.json"), (picture,))).pictures
    assert [one.id for one in kept.people] == [2, "by hand"]


def test_jitter_of_single_pictures_is_that_of_their_filtered_poses() -> None:
    """Poses that are off by the same in each frame do not tremble; in turns to the left and right they do."""

    def film(offs: list[float]) -> list[Row]:
        rows = []
        for k, off in enumerate(offs):
            one = row(33, number=1, sequence=4)
            assert one.pose is not None
            pose = replace(one.pose, landmarks=one.pose.landmarks + np.array([off, 0, 0]))
            rows.append(replace(one, picture=replace(one.picture, id=k, time=k / 24), pose=pose))
        return rows

    (still,) = jitter.settle(film([7.0] * 5))
    assert (still.sequence, still.frames) == (4, 4)
    assert still.torso == pytest.approx(0, abs=1e-12)  # rounding
    (shaken,) = jitter.settle(film([7.0, -7.0] * 3))
    assert shaken.torso > 0.05
    assert jitter.settle([replace(one, picture=replace(one.picture, sequence=None)) for one in film([1.0])]) == []


@pytest.fixture
def two_people(tmp_path: Path) -> Dataset:
    """Image 1 with a person of 33 landmarks, image 2 with one of COCO's 17."""
    whole = person("standing", 1)
    coco = np.where(np.isin(np.arange(COUNT), COCO)[:, None], person("cane", 2).landmarks, np.nan)
    few = replace(person("cane", 2), landmarks=coco, world_landmarks=np.full((COUNT, 3), np.nan))
    pictures = [Picture(k, tmp_path / f"{k}.png", (100, 100), (one,), None, 0.0) for k, one in ((1, whole), (2, few))]
    return Dataset(tmp_path / "coco.json", tuple(pictures))


def written(folder: Path, *entries: Any) -> Path:
    path = folder / "said.json"
    path.write_text(json.dumps(list(entries)))
    return path


def coco_entry(who: Any, number: int, off: float = 0.0) -> dict[str, Any]:
    points = np.column_stack([who.landmarks[COCO, :2] + off, np.full(17, 0.9)])
    return {"image_id": number, "category_id": 1, "keypoints": points.ravel().tolist(), "score": 0.7}


def test_seventeen_points_are_judged_on_seventeen_points(two_people: Dataset, tmp_path: Path) -> None:
    people = [picture.people[0] for picture in two_people.pictures]
    said = Predictions(written(tmp_path, coco_entry(people[0], 1), coco_entry(people[1], 2, off=500.0)), two_people)
    result = figures.summarise(list(said.run(two_people)), [])["groups"]
    assert result["standing"]["coco_pck@0.1"] == result["standing"]["oks"] == 1
    # Far from anybody: missed, and wrong in every point that was asked for.
    assert (result["cane"]["detected"], result["cane"]["coco_pck@0.2"], result["cane"]["oks"]) == (0, 0, 0)
    # Labelled hands and feet were not asked for, visibility and space were not told: unknown, for all.
    for entry in result.values():
        assert [entry[name] for name in ("pck@0.2", "pdj@0.2", "mpjpe_mm", "pa_mpjpe_mm", "visibility_ece")] == [
            None
        ] * 5


def test_where_seventeen_are_labelled_they_are_all(two_people: Dataset, tmp_path: Path) -> None:
    data = Dataset(two_people.path, two_people.pictures[1:])
    said = Predictions(written(tmp_path, coco_entry(data.pictures[0].people[0], 2)), data)
    entry = figures.summarise(list(said.run(data)), [])["groups"]["all"]
    assert entry["pck@0.2"] == entry["coco_pck@0.2"] == 1
    assert entry["pdj@0.2"] is None


def test_thirty_three_points_are_judged_in_space_too(two_people: Dataset, tmp_path: Path) -> None:
    who = two_people.pictures[0].people[0]
    entry = {
        "image_id": 1,
        "landmarks": who.landmarks.tolist(),
        "world_landmarks": (2 * who.world_landmarks).tolist(),
        "visibility": [0.9] * COUNT,
    }
    said = Predictions(written(tmp_path, entry), two_people)
    entry = figures.summarise(list(said.run(two_people)), [])["groups"]["standing"]
    assert entry["pck@0.1"] == entry["pdj@0.2"] == 1
    assert entry["mpjpe_mm"] > 1
    assert entry["pa_mpjpe_mm"] == pytest.approx(0, abs=1e-6)  # mm; twice the size is the same shape


def test_no_more_people_count_than_are_looked_for(two_people: Dataset, tmp_path: Path) -> None:
    who = two_people.pictures[0].people[0]
    wrong = [{**coco_entry(who, 1, off=300.0 * k), "score": 0.9} for k in range(1, 4)]
    said = Predictions(written(tmp_path, *wrong, coco_entry(who, 1)), two_people)
    assert [one.pose for one in said.run(two_people)] == [None, None]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"image_id": 9, "keypoints": [0.0] * 51}, "number 0: image_id: there is no image 9"),
        ({"image_id": 1, "keypoints": [0.0] * 50}, "number 0: keypoints: expected 51 numbers"),
        ({"image_id": 1, "keypoints": [0.0] * 50 + [None]}, "number 0: keypoints: expected 51 numbers"),
        ({"image_id": 1, "keypoints": [0.0] * 51, "score": "high"}, "number 0: score: expected a number, got high"),
        ({"image_id": 1, "landmarks": [[0.0] * 3] * 17}, "number 0: landmarks: expected 33 x 3 numbers"),
        (
            {"image_id": 1, "landmarks": [[0.0] * 3] * 33, "visibility": [7.0] * 33},
            "number 0: visibility: expected probabilities",
        ),
        ({"image_id": 1, "category_id": 2}, "expected predictions of one kind, got none"),
        ("nobody", "expected a list of predictions"),
    ],
)
def test_broken_predictions_are_refused(two_people: Dataset, tmp_path: Path, entry: Any, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        Predictions(written(tmp_path, entry), two_people)
    assert "said.json" in str(caught.value)


def test_predictions_of_two_kinds_are_refused(two_people: Dataset, tmp_path: Path) -> None:
    who = two_people.pictures[0].people[0]
    path = written(tmp_path, coco_entry(who, 1), {"image_id": 1, "landmarks": who.landmarks.tolist()})
    with pytest.raises(DataError, match="one kind, got 17 points, number 0 and 33 points, number 1"):
        Predictions(path, two_people)


def test_rows_are_compared_from_the_command_line(tmp_path: Path) -> None:
    for name, rights in (("before", [3, 9, 12, 20, 7, 8]), ("after", [4, 10, 13, 21, 8, 9])):
        tally(rows_of(rights)).save(tmp_path / f"{name}.npz")
    files = [str(tmp_path / name) for name in ("before.npz", "after.npz")]
    result = CliRunner().invoke(evaluate, ["compare", *files, "--json", str(tmp_path / "out.json")])
    assert result.exit_code == 0, result.output
    assert "pck@0.2 +0.030 [+0.030, +0.030]" in result.output
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["before"], found["after"]) == ("before.npz", "after.npz")
    assert found["groups"]["standing"]["pck@0.2"]["difference"] == pytest.approx(1 / 33)
    result = CliRunner().invoke(evaluate, ["compare", files[0], __file__, "--json", str(tmp_path / "no.json")])
    assert result.exit_code == 1
    assert "expected the rows of a measurement" in result.output


def test_predictions_are_measured_from_the_command_line(tmp_path: Path) -> None:
    points = [value for name in COCO17 for value in (10.0 + index(COCO17[name]), 20.0 + 3 * index(COCO17[name]), 2)]
    Image.new("RGB", (100, 120)).save(tmp_path / "1.png")
    said = {
        "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 120}],
        "annotations": [{"id": 5, "image_id": 1, "category_id": 1, "keypoints": points, "group": "cane"}],
        "categories": [{"id": 1, "name": "person"}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(said))
    path = written(tmp_path, {"image_id": 1, "category_id": 1, "keypoints": points, "score": 1})
    given = ["--images", tmp_path, "--annotations", tmp_path / "coco.json", "--predictions", path]
    command = ["pose", *map(str, given), "--json", str(tmp_path / "out.json")]
    result = CliRunner().invoke(evaluate, command)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["model"], found["roi"], found["left_out"]) == ("said.json", "predictions", 0)
    assert found["groups"]["cane"]["pck@0.1"] == 1
    assert found["groups"]["cane"]["pdj@0.2"] is None
    result = CliRunner().invoke(evaluate, [*command, "--roi", "truth"])
    assert result.exit_code == 2
    assert "expected no --roi beside them" in result.output


def test_without_anybody_to_see_it_says_so() -> None:
    with pytest.raises(DataError, match="expected people who can be seen"):
        figures.summarise([], [])
