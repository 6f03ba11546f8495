"""COCO key-point files, checked at the door.

Read are files with COCO's 17 key points (from any tool), and those of ``poseable render`` with all 33 landmarks. What
is wrong is refused with the file, the annotation, what was expected and what came; what only looks wrong is kept and
told (`Dataset.doubts`, see `plausible`). People without a labelled point and crowds are left out, as COCO's own
evaluation does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import COCO17, COUNT, NAMES, index
from pose.limbs import LIMBS, landmarks_of

from . import plausible
from .errors import DataError

Doubles = npt.NDArray[np.float64]
Json = dict[str, Any]

GROUPS = (
    "standing",
    "wheelchair_front",
    "wheelchair_side",
    "wheelchair_back",
    "pushed",
    "walker",
    "crutches",
    "cane",
    "prosthesis",
)
"""Mobility groups, over which the inclusion gap is taken."""
KEYPOINT_MARGIN = 0.1
"""A key point may lie outside of its picture by this share of the picture's longer side: annotators drag a little."""
UNSAID = ("", "-")
"""What a form gives where nothing was chosen."""
_SEEN = 2


@dataclass(frozen=True)
class Person:
    """What is true of one person.

    ``landmarks`` (33, 3) px, ``world_landmarks`` (33, 3) m, ``visibility`` (33,) 1 seen or 0, ``presence`` (33,) 1 in
    the picture or 0; NaN where nothing is known, or nothing there. z of ``landmarks`` is NaN in files with two
    dimensions. ``box`` x, y, width, height in px; ``area`` as COCO's, px², or the box's. ``track`` tells who it is
    among the people of a sequence.
    """

    id: int | str
    track: int | str | None
    group: str | None
    box: tuple[float, float, float, float]
    area: float
    landmarks: Doubles
    world_landmarks: Doubles
    visibility: Doubles
    presence: Doubles


@dataclass(frozen=True)
class Picture:
    """One picture: ``size`` width, height in px; ``sequence`` names the film it is of, ``time`` (s) when within it."""

    id: int | str
    path: Path
    size: tuple[int, int]
    people: tuple[Person, ...]
    sequence: int | str | None
    time: float


@dataclass(frozen=True)
class Dataset:
    """All pictures of a file, in its order; those of a sequence by time. ``doubts``: what looks wrong, in words."""

    path: Path
    pictures: tuple[Picture, ...]
    doubts: tuple[str, ...] = ()

    @property
    def sequences(self) -> list[list[Picture]]:
        """The films."""
        films: dict[int | str, list[Picture]] = {}
        for picture in self.pictures:
            if picture.sequence is not None:
                films.setdefault(picture.sequence, []).append(picture)
        return [sorted(film, key=lambda picture: picture.time) for film in films.values()]


def read(path: Path, images: Path) -> Dataset:
    """Read a COCO file whose pictures lie below ``images``.

    Raises `DataError` naming the file and the place in it.
    """
    try:
        text = path.read_text("utf-8-sig")
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}{_of_whom(text)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    try:
        pictures = _pictures(content, images)
        labelled = _labelled(pictures)
        refusal = plausible.refusal(labelled)
        if refusal:
            raise DataError(refusal)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    return Dataset(path, pictures, tuple(f"{path}: {doubt}" for doubt in plausible.doubts(labelled)))


def _labelled(pictures: tuple[Picture, ...]) -> plausible.Labelled:
    people = [(place, person) for place, picture in enumerate(pictures) for person in picture.people]
    return plausible.Labelled(
        [f"annotation {person.id}" for _, person in people],
        np.stack([person.landmarks[:, :2] for _, person in people]),
        np.stack([(person.visibility == 1) & np.isfinite(person.landmarks[:, 0]) for _, person in people]),
        np.array([person.box for _, person in people]),
        np.array([place for place, _ in people]),
    )


def _of_whom(said: Any) -> str:
    """Return whose file it seems to be, if it is one of another kind, and what to ask that tool for."""
    first = said[0] if isinstance(said, list) and said else said
    if isinstance(said, str) and said.lstrip().startswith("<"):
        return "; this looks like XML: export as COCO (CVAT: 'COCO Keypoints 1.0')"
    if not isinstance(first, dict):
        return ""
    if {"data", "annotations"} <= set(first) or {"data", "predictions"} <= set(first):
        return "; this looks like Label Studio's own JSON: see `poseable label import`"
    if "shapes" in first:
        return "; this looks like LabelMe's JSON: export as COCO key points"
    if first.get("format") == "poseable.poses":
        return "; this is a file of `poseable predict`: `poseable label pose` writes labels"
    if "keypoints" in first and "image_id" in first:
        return "; this looks like a list of COCO results: expected the file of annotations"
    return ""


def _pictures(content: Any, images: Path) -> tuple[Picture, ...]:
    order = _keypoint_order(_list(content, "categories"))
    entries = {}
    names: dict[Any, Any] = {}
    for where, entry in _numbered(_list(content, "images"), "image"):
        entries[entry["id"]] = entry
        _size(entry, where)
        if names.setdefault(entry.get("file_name"), entry["id"]) != entry["id"]:
            raise DataError(f"{where}: file_name: {entry['file_name']} is image {names[entry['file_name']]}, too")
    people: dict[Any, list[Person]] = {key: [] for key in entries}
    said = [one for one in _list(content, "annotations") if one.get("category_id") in order and one.get("iscrowd") != 1]
    for where, one in _numbered(said, "annotation"):
        image = entries.get(one.get("image_id"))
        if image is None:
            raise DataError(f"{where}: expected the id of an image as image_id, got {one.get('image_id')!r}")
        person = _person(one, where, order[one["category_id"]], (image["width"], image["height"]))
        if person is not None:
            people[image["id"]].append(person)
    if not any(people.values()):
        raise DataError(f"expected people with key points, found none in {len(entries)} images")
    return tuple(_picture(entry, tuple(people[key]), images) for key, entry in entries.items())


def _list(content: Any, key: str) -> list[Json]:
    found = content.get(key) if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise DataError(f"expected COCO's object with a list of objects called '{key}'{_of_whom(content)}")
    return found


def _numbered(entries: list[Json], kind: str) -> Iterator[tuple[str, Json]]:
    """Yield each entry with the words that name it, after checking that its id is there and its own."""
    known: set[Any] = set()
    for place, entry in enumerate(entries):
        number = _one(entry, "id", f"{kind} number {place}", (int, str), "a whole number or text")
        if number in known:
            raise DataError(f"{kind} {number}: its id is that of another {kind}, too")
        known.add(number)
        yield f"{kind} {number}", entry


def _one(entry: Json, key: str, where: str, kinds: tuple[type, ...], expected: str) -> Any:
    value = entry.get(key)
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise DataError(f"{where}: {key}: expected {expected}, got {value!r}")
    return value


def _keypoint_order(categories: list[Json]) -> dict[Any, list[int]]:
    """Return, for each category of people, the landmark that each of its key points is."""
    found = {}
    named = [category for category in categories if category.get("keypoints")]
    # Files of boxes and points have a second category for the boxes.
    for category in named or [category for category in categories if category.get("name") == "person"]:
        names = category.get("keypoints") or list(COCO17)
        unknown = [name for name in names if name not in COCO17 and name not in NAMES]
        if unknown:
            raise DataError(
                f"category {category.get('id')}: unknown key points {', '.join(map(str, unknown))}; expected COCO's "
                f"({', '.join(COCO17)}) or BlazePose's names"
            )
        found[category.get("id")] = [index(COCO17.get(name, name)) for name in names]
    if not found:
        raise DataError("expected a category called 'person', found none")
    return found


def _size(image: Json, where: str) -> tuple[int, int]:
    width, height = (_one(image, key, where, (int,), "whole pixels") for key in ("width", "height"))
    if width <= 0 or height <= 0:
        raise DataError(f"{where}: expected a size above 0, got {width} x {height}")
    return width, height


def _picture(entry: Json, people: tuple[Person, ...], images: Path) -> Picture:
    where = f"image {entry['id']}"
    name = _one(entry, "file_name", where, (str,), "a path")
    path = images / name
    if not path.is_file():
        raise DataError(f"{where}: there is no file {path}; file_name is read from the photos' folder, {images}")
    time = entry.get("time_s")
    if entry.get("sequence") is not None and not isinstance(time, int | float):
        raise DataError(f"{where}: time_s: expected seconds, as it is part of a sequence, got {time!r}")
    return Picture(entry["id"], path, _size(entry, where), people, entry.get("sequence"), float(time or 0.0))


def _person(said: Json, where: str, order: list[int], size: tuple[int, int]) -> Person | None:
    landmarks, visibility = _keypoints(said, where, order, size)
    if said.get("landmarks") is not None:
        landmarks = _triples(said["landmarks"], f"{where}: landmarks")
        visibility = np.where(np.isfinite(landmarks[:, 0]), visibility, np.nan)
    if said.get("visibility") is not None:
        visibility = _numbers(said["visibility"], (COUNT,), f"{where}: visibility", lambda v: 0 <= v <= 1, "0..1")
    presence = np.where(np.isfinite(landmarks[:, 0]), 1.0, np.nan)
    if said.get("presence") is not None:
        presence = _numbers(said["presence"], (COUNT,), f"{where}: presence", lambda v: 0 <= v <= 1, "0..1")
        # Where nothing of the picture is, nobody could say where the point is: it counts in space alone.
        landmarks = np.where(presence[:, None] < 1, np.nan, landmarks)
    world = np.full((COUNT, 3), np.nan)
    if said.get("world_landmarks") is not None:
        world = _triples(said["world_landmarks"], f"{where}: world_landmarks")
    gone = _absent(_said(said, "not_applicable") or [], where)
    for values in (landmarks, world, visibility, presence):
        values[gone] = np.nan
    if not np.isfinite(landmarks[:, 0]).any():
        return None
    group = _said(said, "group")
    if group is not None and (not isinstance(group, str) or not group):
        raise DataError(f"{where}: group: expected a name such as {', '.join(GROUPS)}, got {group!r}")
    place = _box(said, where, landmarks)
    area = said.get("area")
    size_px = float(area) if isinstance(area, int | float) and area > 0 else place[2] * place[3]
    return Person(said["id"], said.get("person", group), group, place, size_px, landmarks, world, visibility, presence)


def _said(said: Json, key: str) -> Any:
    """Return a field of ours; tools that do not know it keep it among an annotation's ``attributes``, as text."""
    attributes = said.get("attributes")
    value = said.get(key, attributes.get(key) if isinstance(attributes, dict) else None)
    return None if value in UNSAID else value


def _box(said: Json, where: str, landmarks: Doubles) -> tuple[float, float, float, float]:
    """Return the box of an annotation, or one around its points if it tells none."""
    if said.get("bbox") is None:
        low, high = np.nanmin(landmarks[:, :2], 0), np.nanmax(landmarks[:, :2], 0)
        left, top, width, height = np.concatenate([low, np.maximum(high - low, 1)]).tolist()
    else:
        left, top, width, height = _numbers(said["bbox"], (4,), f"{where}: bbox").tolist()
    if not (width > 0 and height > 0):
        raise DataError(f"{where}: bbox: expected width and height above 0, got {width:g} x {height:g}")
    return left, top, width, height


def _keypoints(said: Json, where: str, order: list[int], size: tuple[int, int]) -> tuple[Doubles, Doubles]:
    landmarks, visibility = np.full((COUNT, 3), np.nan), np.full(COUNT, np.nan)
    if said.get("keypoints") is None:
        if said.get("landmarks") is None:
            raise DataError(
                f"{where}: expected keypoints, found none; export as COCO key points, not as boxes or masks"
            )
        return landmarks, visibility
    points = _numbers(said["keypoints"], (3 * len(order),), f"{where}: keypoints").reshape(-1, 3)
    if not np.isin(points[:, 2], (0, 1, 2)).all():
        wrong = next(v for v in points[:, 2].tolist() if v not in (0, 1, 2))
        raise DataError(f"{where}: keypoints: expected 0, 1 or 2 as every third value, got {wrong:g}")
    labelled = points[:, 2] > 0
    margin = KEYPOINT_MARGIN * max(size)
    outside = labelled & ((points[:, :2] < -margin) | (points[:, :2] > np.array(size) + margin)).any(1)
    if outside.any():
        x, y = points[outside][0, :2]
        raise DataError(f"{where}: keypoints: expected px within {size[0]} x {size[1]}, got {x:g}, {y:g}")
    if labelled.sum() > 1 and (points[labelled, :2] <= 1).all():
        raise DataError(f"{where}: keypoints: expected px, got shares of the picture: all within 0..1")
    for (x, y, v), place in zip(points.tolist(), order, strict=True):
        if v > 0:
            landmarks[place] = x, y, np.nan
            visibility[place] = float(v == _SEEN)
    return landmarks, visibility


def _absent(names: Any, where: str) -> npt.NDArray[np.intp]:
    """Return the places of landmarks that are not there, from names of landmarks or limbs."""
    if isinstance(names, str) and names:
        names = names.replace(",", " ").split()
    if not isinstance(names, list):
        raise DataError(f"{where}: not_applicable: expected a list of names, got {names!r}")
    found: set[str] = set()
    for name in names:
        if name not in NAMES and name not in LIMBS:
            raise DataError(f"{where}: not_applicable: expected landmarks or limbs ({', '.join(LIMBS)}), got {name!r}")
        found |= {name} if name in NAMES else landmarks_of([name])
    return np.array([index(name) for name in found], np.intp)


def _numbers(
    said: Any,
    shape: tuple[int, ...],
    where: str,
    valid: Callable[[float], bool] = lambda _: True,
    expected: str = "numbers",
) -> Doubles:
    count = math.prod(shape)
    if not isinstance(said, list) or len(said) != count:
        got = f"{len(said)} values" if isinstance(said, list) else repr(said)
        raise DataError(f"{where}: expected {count} numbers, got {got}")
    for place, value in enumerate(said):
        usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not usable or not valid(value):
            raise DataError(f"{where}: expected {expected}, got {value!r} at place {place}")
    return np.array(said, np.float64).reshape(shape)


def _triples(said: Any, where: str) -> Doubles:
    """Return (33, 3) from a list of 33 triples, null where absent, or from 99 numbers."""
    if isinstance(said, list) and len(said) == 3 * COUNT and not isinstance(said[0], list):
        return _numbers(said, (COUNT, 3), where)
    if not isinstance(said, list) or len(said) != COUNT:
        got = f"{len(said)} values" if isinstance(said, list) else repr(said)
        raise DataError(f"{where}: expected {COUNT} triples x, y, z, got {got}")
    absent = np.full(3, np.nan)
    return np.array([absent if p is None else _numbers(p, (3,), f"{where}[{k}]") for k, p in enumerate(said)])
