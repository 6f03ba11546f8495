"""Own photos, labelled beforehand: what annotation tools open, and what of it is kept."""

from __future__ import annotations

import json
import re
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
from training.label import coco, cvat, sheet, studio
from training.label.command import label

Json = dict[str, Any]
Labelled = tuple[Result, Path, Path]


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
def labelled(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Labelled:
    """What the command says, its file and its contact sheet."""
    out = tmp_path_factory.mktemp("out")
    page = out / "sheet.png"
    released = ("--model", "blazepose-full")  # whose word on this photograph the tests know
    result = run(photos, "--out", out / "mine.json", "--sheet", page, "--tools", out / "tools", *released)
    return result, out / "mine.json", page


def test_labels_photos_and_names_what_it_cannot(labelled: Labelled) -> None:
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


def test_the_points_are_where_the_model_sees_them(labelled: Labelled, photos: Path) -> None:
    (person,) = poseable.predict(photos / "one.jpg", "blazepose-full")
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


def test_tools_find_what_they_ask_for(labelled: Labelled) -> None:
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


def test_what_was_labelled_can_be_taught(labelled: Labelled, photos: Path) -> None:
    data = dataset.read(labelled[1], photos)
    assert [len(picture.people) for picture in data.pictures] == [2, 0, 1]


def test_hand_made_labels_are_kept(labelled: Labelled, photos: Path, tmp_path: Path) -> None:
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
    labels = coco.begin(every_landmark=False, about={})
    labels.add("a.jpg", (100, 80), [one])
    assert [tuple(said["keypoints"][:3]) for said in labels.annotations] == ([expected] if expected[2] else [])


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


def export(tasks: list[Json]) -> list[Json]:
    """Tasks as Label Studio exports them when somebody has submitted the predictions as they are."""
    return [
        {"id": 40 + k, "data": task["data"], "annotations": [{"was_cancelled": False, **task["predictions"][0]}]}
        for k, task in enumerate(tasks)
    ]


def imported(tmp_path: Path, tasks: Any, photos: Path) -> Result:
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    arguments = ["import", tmp_path / "export.json", "--images", photos, "--out", tmp_path / "back.json", "--force"]
    return CliRunner().invoke(label, [str(argument) for argument in arguments])


def test_label_studio_gives_back_what_it_was_given(labelled: Labelled, photos: Path, tmp_path: Path) -> None:
    tools = labelled[1].parent / "tools"
    assert (tools / "label-studio.xml").read_text().count("<Label value=") == 18
    tasks = json.loads((tools / "label-studio.json").read_text())
    assert tasks[2]["data"]["image"] == f"/data/local-files/?d={photos.name}/one.jpg"
    result = imported(tmp_path, export(tasks), photos)
    assert (result.exit_code, "3 photos, 3 people" in result.output) == (0, True)
    before, after = (json.loads(path.read_text()) for path in (labelled[1], tmp_path / "back.json"))
    assert after["images"] == before["images"]
    for one, other in zip(before["annotations"], after["annotations"], strict=True):
        assert other["keypoints"] == pytest.approx(one["keypoints"], abs=0.02)
        assert other["keypoints"][2::3] == one["keypoints"][2::3]
        assert other["bbox"] == pytest.approx(one["bbox"], abs=0.02)


def test_label_studios_points_find_their_person(labelled: Labelled, photos: Path, tmp_path: Path) -> None:
    tasks = export(json.loads((labelled[1].parent / "tools/label-studio.json").read_text()))
    for task in tasks:
        task["data"] = {"image": "/data/upload/3/0a1b2c3d-" + task["data"]["file_name"].rsplit("/", 1)[-1]}
    single = [tasks[2]]
    for region in single[0]["annotations"][0]["result"]:
        region.pop("parentID", None)  # drawn by hand, not sorted
    assert imported(tmp_path, single, photos).exit_code == 0
    nose = next(r for r in single[0]["annotations"][0]["result"] if r["id"].endswith("nose"))
    single[0]["annotations"][0]["result"].append({**nose, "id": "another"})
    assert "task 42: nose: one person has it twice" in imported(tmp_path, single, photos).output
    nose["value"]["keypointlabels"] = ["tail"]
    assert "task 42: expected key points by the file's names, got 'tail'" in imported(tmp_path, single, photos).output
    del nose["value"]
    assert "task 42: expected regions as Label Studio exports them" in imported(tmp_path, single, photos).output
    single[0]["data"] = {"image": "elsewhere.jpg"}
    assert "task 42: there is no file for 'elsewhere.jpg'" in imported(tmp_path, single, photos).output
    single[0]["annotations"][0]["was_cancelled"] = True
    assert "0 photos, 0 people" in imported(tmp_path, single, photos).output
    assert "expected Label Studio's export 'JSON'" in imported(tmp_path, {}, photos).output


def test_points_between_two_people_are_asked_about() -> None:
    boxes = {"a": {"x": 0, "y": 0, "width": 60, "height": 90}, "b": {"x": 40, "y": 0, "width": 60, "height": 90}}
    assert studio._person({"value": {"x": 10, "y": 10}}, boxes, "") == "a"
    with pytest.raises(DataError, match="task 1: nose: expected a point below a person's rectangle"):
        studio._person({"value": {"x": 50, "y": 10}}, boxes, "task 1: nose")


@pytest.mark.parametrize("every", [False, True])
def test_cvats_template_has_all_points_and_lines(every: bool) -> None:
    labels = coco.begin(every, {})
    (person,) = cvat.labels(labels)
    assert (person["name"], person["type"]) == ("person", "skeleton")
    assert [one["name"] for one in person["sublabels"]] == list(labels.names)
    nodes = re.findall(r'cx="([\d.]+)" cy="([\d.]+)".*?data-node-id="(\d+)" data-label-name="(\w+)"', person["svg"])
    assert [(int(number), name) for _, _, number, name in nodes] == list(enumerate(labels.names, 1))
    assert all(0 < float(x) < 100 and 0 < float(y) < 100 for x, y, _, _ in nodes)
    lines = re.findall(r'data-node-from="(\d+)" data-node-to="(\d+)"', person["svg"])
    assert [[int(a), int(b)] for a, b in lines] == labels.categories[0]["skeleton"]


def test_check_reads_as_teaching_does(labelled: Labelled, photos: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(label, ["check", str(labelled[1]), "--images", str(photos)])
    assert result.exit_code == 0
    assert "3 pictures, 1 of them without people; 3 people" in result.output
    assert "nose 3" in result.output
    assert "nothing looks wrong" in result.output
    said = json.loads(labelled[1].read_text())
    said["images"][2]["width"] = 600
    (tmp_path / "mine.json").write_text(json.dumps(said))
    result = CliRunner().invoke(label, ["check", str(tmp_path / "mine.json"), "--images", str(photos)])
    assert result.exit_code == 1
    assert "one.jpg: image 3: expected 600 x 512 px as annotated, the file has 512 x 512" in result.output
