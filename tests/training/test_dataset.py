"""COCO key-point files, and what is refused at the door."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pose.landmarks import COCO17, COUNT, NAMES, index
from tests.training.facts import person, scene
from training.dataset import Dataset, read
from training.errors import DataError
from training.render import coco

Json = dict[str, Any]


def content() -> Json:
    """A file of the renderer: two pictures, the second one's person without a left hand."""
    entries = []
    images = []
    for number, gone in ((0, ()), (1, ("left_pinky", "left_index", "left_thumb"))):
        facts = scene(person({"left_knee": "aid", "right_ankle": "frame"}, gone), number=number)
        image = coco.image_entry(facts, f"{number}.png", None)
        images.append(image)
        entries += coco.label(facts, image["id"])
    return {"images": images, "annotations": entries, "categories": coco.categories()}


def plain(points: list[float] | None = None) -> Json:
    """A file of any tool: one person, 17 key points, no more."""
    keypoints = points or [value for k in range(17) for value in (10 + k, 20 + k, 2)]
    annotation = {"id": 7, "image_id": 1, "category_id": 1, "bbox": [8, 18, 30, 30], "keypoints": keypoints}
    return {
        "images": [{"id": 1, "file_name": "0.png", "width": 64, "height": 96}],
        "annotations": [annotation],
        "categories": [{"id": 1, "name": "person"}],
    }


def opened(tmp_path: Path, said: Json) -> Dataset:
    for number in range(2):
        Image.new("RGB", (64, 96)).save(tmp_path / f"{number}.png")
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(said))
    return read(path, tmp_path)


def test_reads_all_that_the_renderer_tells(tmp_path: Path) -> None:
    first, second = opened(tmp_path, content()).pictures
    (whole,), (other,) = first.people, second.people
    assert (whole.group, whole.box) == ("pushed", (8, 18, 40, 70))
    assert whole.landmarks[0].tolist() == [10, 20, 0]
    knee, ankle, thumb = (index(name) for name in ("left_knee", "right_ankle", "left_thumb"))
    assert (whole.visibility[knee], np.isfinite(whole.landmarks[knee]).all()) == (0, True)
    # Outside the picture: known in space only, and not visible.
    assert np.isnan(whole.landmarks[ankle]).all()
    assert np.isfinite(whole.world_landmarks[ankle]).all()
    assert whole.visibility[ankle] == 0
    assert np.isfinite(whole.landmarks[thumb]).all()
    for values in (other.landmarks[thumb], other.world_landmarks[thumb], other.visibility[thumb]):
        assert np.isnan(values).all()


def test_reads_seventeen_key_points_alone(tmp_path: Path) -> None:
    points = [value for k in range(17) for value in (10 + k, 20 + k, (2, 1, 0)[k % 3])]
    (picture,) = opened(tmp_path, plain(points)).pictures
    (found,) = picture.people
    names = list(COCO17)
    assert found.group is None
    assert found.visibility[index(COCO17[names[0]])] == 1
    assert found.visibility[index(COCO17[names[1]])] == 0
    assert np.isnan(found.visibility[index(COCO17[names[2]])])
    known = np.isfinite(found.landmarks[:, 0])
    assert known.sum() == 12
    assert np.isnan(found.landmarks[:, 2]).all()
    assert np.isnan(found.world_landmarks).all()


def test_key_points_may_have_blazeposes_names_in_any_order(tmp_path: Path) -> None:
    said = plain([value for k in range(COUNT) for value in (10 + k, 20 + k, 2)])
    said["categories"][0]["keypoints"] = list(reversed(NAMES))
    (picture,) = opened(tmp_path, said).pictures
    assert picture.people[0].landmarks[0, :2].tolist() == [42, 52]


def test_without_a_box_it_is_around_the_points(tmp_path: Path) -> None:
    said = plain()
    said["annotations"][0].update(bbox=None, area=300)
    (one,) = opened(tmp_path, said).pictures[0].people
    assert (one.box, one.area) == ((10, 20, 16, 16), 300)
    del said["annotations"][0]["area"]
    assert opened(tmp_path, said).pictures[0].people[0].area == 256


def test_limbs_may_be_named_as_a_whole(tmp_path: Path) -> None:
    said = plain()
    said["annotations"][0]["not_applicable"] = ["left_forearm"]
    (picture,) = opened(tmp_path, said).pictures
    assert np.isnan(picture.people[0].landmarks[index("left_wrist")]).all()
    assert np.isfinite(picture.people[0].landmarks[index("left_elbow"), 0])


def test_tools_keep_fields_of_ours_among_attributes(tmp_path: Path) -> None:
    said = plain()
    said["annotations"][0]["attributes"] = {"group": "walker", "not_applicable": "left_forearm, right_hand"}
    (one,) = opened(tmp_path, said).pictures[0].people
    assert one.group == "walker"
    assert np.isnan(one.landmarks[index("left_wrist")]).all()
    said["annotations"][0]["attributes"] = {"group": "-", "not_applicable": ""}
    (one,) = opened(tmp_path, said).pictures[0].people
    assert one.group is None
    assert np.isfinite(one.landmarks[index("left_wrist"), 0])


def test_people_without_points_and_crowds_are_left_out(tmp_path: Path) -> None:
    said = plain()
    said["annotations"] += [
        {**said["annotations"][0], "id": 8, "keypoints": [0] * 51},
        {**said["annotations"][0], "id": 9, "iscrowd": 1, "keypoints": None},
        {"id": 10, "image_id": 1, "category_id": 99, "bbox": [0, 0, 1, 1]},
    ]
    (picture,) = opened(tmp_path, said).pictures
    assert [person.id for person in picture.people] == [7]


def change(key: str, value: Any) -> Callable[[Json], None]:
    return lambda said: said["annotations"][0].update({key: value})


POINTS = [value for k in range(17) for value in (10 + k, 20 + k, 2)]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (change("keypoints", POINTS[:-1]), r"annotation 7: keypoints: expected 51 numbers, got 50 values"),
        (change("keypoints", [*POINTS[:-1], 3]), r"annotation 7: keypoints: expected 0, 1 or 2 .* got 3"),
        (change("keypoints", [*POINTS[:-1], "2"]), r"annotation 7: keypoints: expected numbers, got '2' at place 50"),
        (change("keypoints", [999, *POINTS[1:]]), r"annotation 7: keypoints: expected px within 64 x 96, got 999, 20"),
        (change("keypoints", [0.5, 0.5, 2] * 17), r"annotation 7: keypoints: expected px, got shares of the picture"),
        (change("keypoints", None), r"annotation 7: expected keypoints, found none"),
        (change("bbox", [0, 0, 5, 0]), r"annotation 7: bbox: expected width and height above 0"),
        (change("bbox", [1, 2, 3]), r"annotation 7: bbox: expected 4 numbers, got 3 values"),
        (change("image_id", 5), r"annotation 7: expected the id of an image as image_id, got 5"),
        (change("group", 5), r"annotation 7: group: expected a name such as standing, .* got 5"),
        (change("landmarks", [[1, 2, 3]]), r"annotation 7: landmarks: expected 33 triples x, y, z, got 1 values"),
        (change("world_landmarks", [[1, 2]] * 33), r"annotation 7: world_landmarks\[0\]: expected 3 numbers, got 2"),
        (change("visibility", [2] * 33), r"annotation 7: visibility: expected 0..1, got 2 at place 0"),
        (change("not_applicable", ["tail"]), r"annotation 7: not_applicable: expected landmarks or limbs .*'tail'"),
        (change("not_applicable", 3), r"annotation 7: not_applicable: expected a list"),
        (change("id", None), r"annotation number 0: id: expected a whole number or text, got None"),
        (lambda said: said["annotations"].append(said["annotations"][0]), r"annotation 7: its id is that of another"),
        (lambda said: said["images"].append(said["images"][0]), r"image 1: its id is that of another image"),
        (lambda said: said["images"][0].update(width="64"), r"image 1: width: expected whole pixels, got '64'"),
        (lambda said: said["images"][0].update(file_name="no.png"), r"image 1: there is no file .*no\.png"),
        (lambda said: said["images"][0].update(sequence=1), r"image 1: time_s: expected seconds, .* got None"),
        (lambda said: said.pop("images"), r"a list of objects called 'images'"),
        (lambda said: said["annotations"].clear(), r"expected people with key points, found none"),
        (lambda said: said["categories"].clear(), r"expected a category called 'person'"),
        (lambda said: said["categories"][0].update(keypoints=["tail"]), r"category 1: unknown key points tail"),
    ],
)
def test_refuses_what_is_broken_and_says_where(tmp_path: Path, spoil: Callable[[Json], object], expected: str) -> None:
    said = plain()
    spoil(said)
    with pytest.raises(DataError, match=expected) as caught:
        opened(tmp_path, said)
    assert str(caught.value).startswith(str(tmp_path / "coco.json"))


def test_names_the_line_that_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    path.write_text('{"images": [],\n "annotations": [,]}')
    with pytest.raises(DataError, match=r"coco\.json:2:18: no JSON"):
        read(path, tmp_path)
