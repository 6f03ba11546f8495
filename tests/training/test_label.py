"""Own photos, labelled beforehand: what annotation tools open, and what of it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import poseable
from pose.landmarks import COCO17, COUNT, NAMES, index
from tests import footage, pictures
from training import dataset
from training.errors import DataError
from training.label import coco, sheet
from training.label.command import label

Json = dict[str, Any]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(label, ["pose", *map(str, arguments)])


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos with one, two and no people, and one that is broken."""
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(pictures.photos()["astronaut"]).save(folder / "one.jpg")
    (folder / "below").mkdir()
    Image.fromarray(pictures.scene(2, 3).image).save(folder / "below" / "two.png")
    Image.fromarray(footage.black()).save(folder / "nobody.png")
    (folder / "broken.jpg").write_bytes((folder / "one.jpg").read_bytes()[:3000])
    return folder


@pytest.fixture(scope="module")
def labelled(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path, Path]:
    """What the command says, its file and its contact sheet."""
    out = tmp_path_factory.mktemp("out")
    return run(photos, "--out", out / "mine.json", "--sheet", out / "sheet.png"), out / "mine.json", out / "sheet.png"


def test_labels_photos_and_names_what_it_cannot(labelled: tuple[Result, Path, Path]) -> None:
    result, out, page = labelled
    assert result.exit_code == 1
    assert "broken.jpg: expected a picture" in result.output
    assert "nobody.png: nobody found" in result.output
    assert "1 photos could not be read" in result.output
    said = json.loads(out.read_text())
    assert [image["file_name"] for image in said["images"]] == ["below/two.png", "nobody.png", "one.jpg"]
    assert [one["image_id"] for one in said["annotations"]] == [1, 1, 3]
    with Image.open(page) as shown:
        assert shown.size == (sheet.COLUMNS * sheet.CELL, sheet.CELL + sheet.CAPTION)


def test_the_points_are_where_the_model_sees_them(labelled: tuple[Result, Path, Path], photos: Path) -> None:
    (person,) = poseable.predict(photos / "one.jpg")
    one = json.loads(labelled[1].read_text())["annotations"][2]
    points = np.array(one["keypoints"]).reshape(17, 3)
    for (x, y, v), landmark in zip(points.tolist(), COCO17.values(), strict=True):
        place = index(landmark)
        if v:
            assert [x, y] == pytest.approx(person.landmarks[place, :2].tolist(), abs=0.006), landmark
            assert (v == 2) == (person.visibility[place] >= 0.5)
    # The photograph ends above the hips; an elbow is hidden by a helmet.
    assert [points[list(COCO17).index(name), 2] for name in ("nose", "left_elbow", "left_hip")] == [2, 1, 0]
    assert one["num_keypoints"] == (points[:, 2] > 0).sum()
    left, top, width, height = one["bbox"]
    inside = points[points[:, 2] > 0]
    assert ((inside[:, 0] >= left) & (inside[:, 0] <= left + width)).all()
    assert ((inside[:, 1] >= top) & (inside[:, 1] <= top + height)).all()


def test_tools_find_what_they_ask_for(labelled: tuple[Result, Path, Path]) -> None:
    """What pycocotools' index, CVAT's importer and Label Studio's read without asking whether it is there."""
    said = json.loads(labelled[1].read_text())
    assert {"info", "licenses", "images", "annotations", "categories"} <= set(said)
    images = {image["id"]: image for image in said["images"]}
    categories = {category["id"]: category for category in said["categories"]}
    assert len(images) == len(said["images"])
    assert all(type(number) is int and number > 0 for number in [*images, *categories])
    assert len({one["id"] for one in said["annotations"]}) == len(said["annotations"])
    for category in categories.values():
        count = len(category["keypoints"])
        assert all(1 <= end <= count for edge in category["skeleton"] for end in edge)
    for one in said["annotations"]:
        assert type(one["id"]) is int
        assert len(one["keypoints"]) == 3 * len(categories[one["category_id"]]["keypoints"])
        assert (one["iscrowd"], one["segmentation"]) == (0, [])
        assert 0.5 <= one["score"] <= 1
        image = images[one["image_id"]]
        left, top, width, height = one["bbox"]
        assert (left, top) >= (0, 0)
        assert (left + width, top + height) <= (image["width"] + 0.01, image["height"] + 0.01)
        assert one["area"] == pytest.approx(width * height, abs=0.2)


def test_what_was_labelled_can_be_taught(labelled: tuple[Result, Path, Path], photos: Path) -> None:
    data = dataset.read(labelled[1], photos)
    assert [len(picture.people) for picture in data.pictures] == [2, 0, 1]


def test_hand_made_labels_are_kept(labelled: tuple[Result, Path, Path], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.json"
    said = json.loads(labelled[1].read_text())
    said["images"] = [image for image in said["images"] if image["file_name"] != "one.jpg"]
    said["annotations"] = said["annotations"][:1]
    said["annotations"][0].update(keypoints=[7, 7, 2] * 17, reviewed_by="hand")
    said["images"].append({"id": 90, "file_name": "gone.jpg", "width": 5, "height": 5})
    out.write_text(json.dumps(said))
    refused = run(photos, "--out", out)
    assert (refused.exit_code, json.loads(out.read_text())) == (1, said)
    assert "--again adds the photos" in refused.output
    result = run(photos, "--out", out, "--again")
    assert "1 photos labelled" in result.output
    assert "gone.jpg: is in" in result.output
    after = json.loads(out.read_text())
    assert after["annotations"][0] == said["annotations"][0]
    assert after["images"][: len(said["images"])] == said["images"]
    assert (after["images"][-1]["id"], after["images"][-1]["file_name"]) == (91, "one.jpg")
    assert [one["image_id"] for one in after["annotations"]] == [1, 91]


def test_force_replaces_and_again_adds_nothing_twice(photos: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "mine.json", tmp_path / "photos"
    folder.mkdir()
    (folder / "one.jpg").write_bytes((photos / "one.jpg").read_bytes())
    out.write_text("hand-made")
    assert run(folder, "--out", out, "--force").exit_code == 0
    before = out.read_text()
    assert len(json.loads(before)["images"]) == 1
    again = run(folder, "--out", out, "--again")
    assert out.read_text() == before
    assert (again.exit_code, "has all photos" in again.output) == (0, True)


def test_all_landmarks_by_blazeposes_names(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "one.jpg").write_bytes((photos / "one.jpg").read_bytes())
    assert run(folder, "--out", tmp_path / "all.json", "--all").exit_code == 0
    said = json.loads((tmp_path / "all.json").read_text())
    assert said["categories"][0]["keypoints"] == list(NAMES)
    assert len(said["annotations"][0]["keypoints"]) == 3 * COUNT
    (picture,) = dataset.read(tmp_path / "all.json", folder).pictures
    assert np.isfinite(picture.people[0].landmarks[index("mouth_left"), 0])


def person(visibility: float, presence: float, x: float = 50.0, score: float = 0.9) -> poseable.Person:
    places = np.full((COUNT, 3), x)
    return poseable.Person(1, score, places, places, np.full(COUNT, visibility), np.full(COUNT, presence))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (person(0.9, 0.9), (50, 50, 2)),
        (person(0.3, 0.9), (50, 50, 1)),
        (person(0.3, 0.4), (0, 0, 0)),
        (person(0.9, 0.9, x=90), (0, 0, 0)),  # below the picture's edge
    ],
)
def test_v_says_seen_hidden_or_unsure(one: poseable.Person, expected: tuple[float, float, int]) -> None:
    assert tuple(coco.annotation(one, (100, 80), ["nose"])["keypoints"]) == expected


def test_the_least_sure_come_first() -> None:
    order = [[], [person(0.5, 0.9)], [person(0.99, 0.9), person(0.7, 0.9)], [person(0.01, 0.9)], [person(0.99, 0.9)]]
    sure = [coco.sureness(people) for people in order]
    assert sure == sorted(sure)
    assert sure[0] == 0
    assert sure[3] == sure[4]  # to be sure that it is hidden is to be sure, too


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", r"mine\.json:1:2: no JSON"),
        ("[]", "expected COCO's object with a list of objects called 'images'"),
        ('{"images": [{"id": "a"}]}', "images: expected whole numbers as ids to go on counting from, got 'a'"),
        ('{"images": [{"id": 1}], "annotations": [], "categories": []}', "image 1: file_name: expected a path"),
        ('{"images": [], "annotations": [], "categories": [{"id": 1}]}', "expected a category with key points"),
    ],
)
def test_adds_to_no_file_that_it_does_not_understand(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(DataError, match=expected):
        coco.reopen(path)
    assert path.read_text() == content


def test_says_what_it_needs(tmp_path: Path, photos: Path) -> None:
    out = tmp_path / "mine.json"
    assert "expected photos" in run(tmp_path, "--out", out).output
    assert "expected one of them" in run(photos, "--out", out, "--again", "--force").output
    assert "--sheet: expected a picture" in run(photos, "--out", out, "--sheet", "sheet.pdf").output
    assert not out.exists()
