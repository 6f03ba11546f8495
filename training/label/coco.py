"""COCO key-point files that annotation tools open: made from what the model found, and added to.

CVAT ("COCO Keypoints 1.0") wants of each category ``keypoints`` and ``skeleton``, of each annotation ``iscrowd`` and
``segmentation``, and whole numbers from 1 as ids.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pose.landmarks import CERTAIN_VISIBILITY, COCO17, EDGES, NAMES, index

from ..errors import DataError
from ..predict.api import Person

Json = dict[str, Any]
Keypoint = tuple[float, float, int]

CERTAIN_PRESENCE = 0.5
"""Below it a point is more likely outside the picture than in it, and is left to whoever reviews."""
BOX_MARGIN = 0.06
"""Of the longer side of a box around the landmarks: they end at the eyes, the fingers' roots and the toes."""
UNLABELLED, HIDDEN, SEEN = 0, 1, 2
"""COCO's v."""


@dataclass
class Labels:
    """A file in the making: COCO's lists, and whatever else the file holds."""

    names: tuple[str, ...]
    images: list[Json] = field(default_factory=list)
    annotations: list[Json] = field(default_factory=list)
    categories: list[Json] = field(default_factory=list)
    category: int = 1
    rest: Json = field(default_factory=dict)

    @property
    def files(self) -> set[str]:
        """The pictures that are in it."""
        return {image["file_name"] for image in self.images}

    def add(self, file_name: str, size: tuple[int, int], people: Sequence[Person]) -> None:
        """Append a picture of ``size`` (width, height) and the people that a model found."""
        image = self.image(file_name, size)
        for person in people:
            points = [_keypoint(person, index(COCO17.get(name, name)), size) for name in self.names]
            if any(v != UNLABELLED for _, _, v in points):
                self.annotate(image, points, _box(person, size), score=round(person.score, 4))

    def image(self, file_name: str, size: tuple[int, int]) -> int:
        """Append a picture of ``size`` (width, height) and return its id."""
        number = 1 + max((image["id"] for image in self.images), default=0)
        self.images.append({"id": number, "file_name": file_name, "width": size[0], "height": size[1]})
        return int(number)

    def annotate(self, image: int, points: Sequence[Keypoint], box: list[float], **more: Any) -> None:
        """Append a person: x, y, v of each key point, and a box; px."""
        number = 1 + max((entry["id"] for entry in self.annotations), default=0)
        said = {
            "keypoints": [value for point in points for value in point],
            "num_keypoints": sum(v != UNLABELLED for _, _, v in points),
            "bbox": box,
            "area": round(box[2] * box[3], 1),
            "iscrowd": 0,
            "segmentation": [],
        }
        ids = {"id": number, "image_id": image, "category_id": self.category}
        self.annotations.append({**ids, **said, **more})


def begin(every_landmark: bool, about: Json) -> Labels:
    """Return an empty file with COCO's 17 key points, or all 33 landmarks by their names."""
    names = NAMES if every_landmark else tuple(COCO17)
    places = [index(COCO17.get(name, name)) for name in names]
    lines = [[places.index(a) + 1, places.index(b) + 1] for a, b in EDGES if a in places and b in places]
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(names), "skeleton": lines}
    return Labels(names, categories=[category], rest={"info": about, "licenses": []})


def content(path: Path) -> Any:
    """Return what a JSON file holds; raises `DataError` naming the line if it is none."""
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: {error}") from error


def reopen(path: Path) -> Labels:
    """Return a file to add pictures to, whoever wrote it; raises `DataError` if that cannot be done."""
    said = content(path)
    lists = {key: _entries(said, key, path) for key in ("images", "annotations", "categories")}
    nameless = [image["id"] for image in lists["images"] if not isinstance(image.get("file_name"), str)]
    if nameless:
        raise DataError(f"{path}: image {nameless[0]}: file_name: expected a path")
    posed = [one for one in lists["categories"] if one.get("keypoints")]
    if not posed or not set(map(str, posed[0]["keypoints"])) <= {*COCO17, *NAMES}:
        raise DataError(f"{path}: expected a category with key points by COCO's or BlazePose's names")
    rest = {key: value for key, value in said.items() if key not in lists}
    return Labels(tuple(posed[0]["keypoints"]), **lists, category=posed[0]["id"], rest=rest)


def _entries(said: Any, key: str, path: Path) -> list[Json]:
    entries = said.get(key) if isinstance(said, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DataError(f"{path}: expected COCO's object with a list of objects called '{key}'")
    wrong = [entry.get("id") for entry in entries if type(entry.get("id")) is not int]
    if wrong:
        raise DataError(f"{path}: {key}: expected whole numbers as ids to go on counting from, got {wrong[0]!r}")
    return entries


def sureness(people: Sequence[Person]) -> float:
    """Return how sure the model is of the least sure person of a picture, 0..1; 0 if it found nobody.

    The pose flag times the mean, over COCO's landmarks in the picture, of how far each visibility is from a guess.
    """
    places = [index(name) for name in COCO17.values()]
    found = []
    for person in people:
        inside = person.presence[places] >= CERTAIN_PRESENCE
        seen = np.abs(2 * person.visibility[places] - 1)
        found.append(person.score * float(seen[inside].mean()) if inside.any() else 0.0)
    return min(found, default=0.0)


def write(labels: Labels, path: Path) -> None:
    """Write a file, one entry a line, whole or not at all."""
    parts = [f' "{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in labels.rest.items()]
    for key in ("categories", "images", "annotations"):
        lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in getattr(labels, key))
        parts.append(f' "{key}": [\n{lines}\n ]' if lines else f' "{key}": []')
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
    part.replace(path)


def _keypoint(person: Person, place: int, size: tuple[int, int]) -> Keypoint:
    """Return x, y (px) and v: 2 seen, 1 hidden, 0 (and x = y = 0) for what is outside the picture, or may be."""
    x, y = (round(value, 2) for value in person.landmarks[place, :2].tolist())
    inside = 0 <= x <= size[0] and 0 <= y <= size[1]
    if not inside or person.presence[place] < CERTAIN_PRESENCE:
        return 0, 0, UNLABELLED
    return x, y, SEEN if person.visibility[place] >= CERTAIN_VISIBILITY else HIDDEN


def _box(person: Person, size: tuple[int, int]) -> list[float]:
    """Return a box around the landmarks that are in the picture, and a little more."""
    inside = person.presence >= CERTAIN_PRESENCE
    points = person.landmarks[inside if inside.any() else slice(None), :2]
    low, high = points.min(0), points.max(0)
    margin = BOX_MARGIN * float((high - low).max())
    low, high = (np.clip(corner, 0, size) for corner in (low - margin, high + margin))
    return [round(value, 2) for value in (*low.tolist(), *np.maximum(high - low, 1).tolist())]
