"""Labels that cannot be meant as they are: told when it is one, refused when it is most of a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pose.landmarks import COCO17
from training.dataset import read
from training.errors import DataError
from training.plausible import MOST_TOLD, told

Json = dict[str, Any]
NAMES = list(COCO17)
# Somebody from in front, px: x for the person's left; the right side mirrors at x = 100.
FRONT = {
    "nose": (100, 52), "eye": (106, 45), "ear": (112, 48), "shoulder": (125, 80), "elbow": (135, 115),
    "wrist": (138, 150), "hip": (115, 150), "knee": (116, 200), "ankle": (117, 250),
}  # fmt: skip


def points() -> dict[str, list[float]]:
    """COCO's key points of somebody seen from in front."""
    found = {}
    for name in NAMES:
        x, y = FRONT[name.removeprefix("left_").removeprefix("right_")]
        found[name] = [200 - x if name.startswith("right_") else x, y, 2]
    return found


def opened(tmp_path: Path, people: list[dict[str, list[float]]], **said: Any) -> tuple[str, ...]:
    """The doubts about a file with one picture for each of these people."""
    annotations, images = [], []
    for number, person in enumerate(people, 1):
        Image.new("RGB", (200, 300)).save(tmp_path / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 200, "height": 300})
        flat = [value for name in NAMES for value in person[name]]
        one = {"id": 10 + number, "image_id": number, "category_id": 1, "bbox": [55, 30, 90, 235], "keypoints": flat}
        annotations.append(one | said)
    category = {"id": 1, "name": "person", "keypoints": NAMES}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [category]}))
    return read(path, tmp_path).doubts


def all_swapped(person: dict[str, list[float]]) -> dict[str, list[float]]:
    other = {"left": "right", "right": "left"}
    return {
        name: person["_".join([other[name.split("_")[0]], name.split("_")[1]])] if "_" in name else person[name]
        for name in NAMES
    }


def body_swapped(person: dict[str, list[float]]) -> dict[str, list[float]]:
    swapped = all_swapped(person)
    return {name: person[name] if name in NAMES[:5] else swapped[name] for name in NAMES}


def another_order(person: dict[str, list[float]]) -> dict[str, list[float]]:
    """As a tool gives them that begins at the feet."""
    return dict(zip(NAMES, [person[name] for name in reversed(NAMES)], strict=True))


def heaped(person: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: [100 + place % 2, 90, 2] for place, name in enumerate(person)}


def resized(person: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: [x / 4, y / 4, v] for name, (x, y, v) in person.items()}


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (all_swapped, "left and right look swapped: 'left' is the person's own left"),
        (body_swapped, "shoulders look swapped"),
        (another_order, "the head looks too long for the body"),
        (heaped, "all key points lie within 4 px"),
        (resized, "most key points lie outside of bbox"),
    ],
)
def test_doubts_are_told_and_a_file_full_of_them_is_refused(
    tmp_path: Path, spoil: Callable[[dict[str, list[float]]], dict[str, list[float]]], expected: str
) -> None:
    good = [points() for _ in range(4)]
    doubts = opened(tmp_path, [*good, spoil(points())])
    assert any(doubt.startswith(f"{tmp_path / 'mine.json'}: annotation 15: {expected}") for doubt in doubts)
    assert all("annotation 15" in doubt for doubt in doubts)
    with pytest.raises(DataError, match=rf"mine\.json: 5 of [5-8] people look wrong, first annotation 12: {expected}"):
        opened(tmp_path, [points(), *(spoil(points()) for _ in range(5))])


def test_people_in_order_raise_no_doubt(tmp_path: Path) -> None:
    turned = {name: [50 + 0.5 * x, y, v] for name, (x, y, v) in points().items()}
    rolled = {name: [y * 0.6, 200 - x, v] for name, (x, y, v) in points().items()}  # lying on the side
    behind = {name: [200 - x, y, 0 if name in NAMES[:3] else v] for name, (x, y, v) in points().items()}
    assert opened(tmp_path, [points(), turned, behind]) == ()
    assert opened(tmp_path, [rolled], bbox=[20, 40, 150, 110]) == ()


def test_a_person_labelled_twice_is_named(tmp_path: Path) -> None:
    opened(tmp_path, [points()])
    said = json.loads((tmp_path / "mine.json").read_text())
    said["annotations"].append({**said["annotations"][0], "id": 99})
    (tmp_path / "mine.json").write_text(json.dumps(said))
    assert read(tmp_path / "mine.json", tmp_path).doubts == (
        f"{tmp_path / 'mine.json'}: annotation 99: is annotation 11 again",
    )


def test_many_doubts_are_cut_short() -> None:
    assert told(["a"] * MOST_TOLD) == ["a"] * MOST_TOLD
    assert told(["a"] * (MOST_TOLD + 3))[-1].startswith("and 3 more doubts")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<?xml version='1.0'?><annotations/>", r":1:1: no JSON: .*; this looks like XML: export as COCO"),
        ('[{"id": 1, "data": {}, "annotations": []}]', "this looks like Label Studio's own JSON"),
        ('{"version": "5.0", "shapes": []}', "this looks like LabelMe's JSON"),
        ('{"format": "poseable.poses"}', "this is a file of `poseable predict`"),
        ('[{"image_id": 1, "keypoints": []}]', "this looks like a list of COCO results"),
        ("", r":1:1: no JSON"),
        ("[]", "expected COCO's object with a list of objects called 'categories'"),
        ('{"images": [], "annotations": [{', r":1:33: no JSON"),
    ],
)
def test_files_of_another_kind_are_called_so(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "mine.json").write_text(content)
    with pytest.raises(DataError, match=rf"mine\.json.*{expected}"):
        read(tmp_path / "mine.json", tmp_path)


def test_boxes_beside_key_points_are_no_people_without_points(tmp_path: Path) -> None:
    opened(tmp_path, [points()])
    said = json.loads((tmp_path / "mine.json").read_text())
    said["categories"] = [{"id": 0, "name": "person"}, {"id": 1, "name": "default", "keypoints": NAMES}]
    said["annotations"].append({"id": 99, "image_id": 1, "category_id": 0, "bbox": [0, 0, 9, 9]})
    (tmp_path / "mine.json").write_text("\ufeff" + json.dumps(said), "utf-8")  # with the mark of Windows' editors
    (picture,) = read(tmp_path / "mine.json", tmp_path).pictures
    assert [person.id for person in picture.people] == [11]
    assert np.isfinite(picture.people[0].landmarks[0, 0])
    said["images"].append({**said["images"][0], "id": 2})
    (tmp_path / "mine.json").write_text(json.dumps(said))
    with pytest.raises(DataError, match=r"image 2: file_name: 1\.png is image 1, too"):
        read(tmp_path / "mine.json", tmp_path)
