"""From the stage's truth to COCO: images, people with 17 key points and all 33 landmarks, aids.

Boxes are x, y, width, height in px; image frame: x right, y down, 0, 0 the corner of the left upper pixel. Fields and
units are in docs/data.md.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import COUNT, index

Json = dict[str, Any]

_SPEC = json.loads((Path(__file__).resolve().parents[2] / "static/spec/landmarks.json").read_text("utf-8"))
KEYPOINTS: tuple[str, ...] = tuple(_SPEC["coco17"])
"""COCO's key points in COCO's order."""
PLACES = [index(_SPEC["coco17"][name]) for name in KEYPOINTS]
"""The landmark that each key point is."""
CATEGORIES = ("person", "wheelchair", "walker", "crutch", "cane")
"""Category ids are places in this list, from 1."""
FRAMES_PER_SHOT = 1000
"""Image ids: shot * 1000 + frame + 1; annotation ids: image id * 100 + number in the picture."""
ANNOTATIONS_PER_IMAGE = 100
# COCO's v: not labelled, labelled but not seen, seen.
_UNLABELLED, _HIDDEN, _SEEN = 0, 1, 2


@cache
def categories() -> list[Json]:
    """Return COCO's list of categories; lines of the skeleton are pairs of key points from 1."""
    edges = [(a, b) for a, b in _SPEC["edges"] if a in KEYPOINTS and b in KEYPOINTS]
    skeleton = [[KEYPOINTS.index(a) + 1, KEYPOINTS.index(b) + 1] for a, b in edges]
    listed: list[Json] = [{"id": k + 1, "name": name} for k, name in enumerate(CATEGORIES)]
    listed[0] |= {"supercategory": "person", "keypoints": list(KEYPOINTS), "skeleton": skeleton}
    for category in listed[1:]:
        category["supercategory"] = "mobility equipment"
    return listed


def image_entry(facts: Json, file_name: str, sequence: int | None) -> Json:
    """Return COCO's entry of one picture; ``facts`` as studio.js sends them."""
    camera, shot = facts["truth"]["camera"], facts["shot"]
    told = {key: shot[key] for key in ("seed", "motion", "light", "room", "character", "attendant")}
    if shot.get("environment"):
        told["environment"] = shot["environment"]["name"]
    return {
        "id": facts["number"] * FRAMES_PER_SHOT + facts["frame"] + 1,
        "file_name": file_name,
        "width": camera["width"],
        "height": camera["height"],
        "sequence": sequence,
        "frame": facts["frame"],
        "time_s": facts["time_s"],
        "camera": {key: camera[key] for key in ("fx", "fy", "cx", "cy", "world_to_camera")},
        "shot": told,
    }


def label(facts: Json, image_id: int, mask: npt.NDArray[np.uint8] | None = None) -> list[Json]:
    """Return the annotations of one picture: people that are seen at least in part, then aids.

    ``mask`` (height, width) holds ids, people from 1 and aids from 101; with it, outlines are given too.
    """
    truth = facts["truth"]
    found: list[Json] = []
    ids: list[int | None] = []
    for place, person in enumerate(truth["people"]):
        entry = _person(person, facts, place) if person["box"] else None
        ids.append(_number(found, image_id, entry, mask, 1 + place))
    for place, aid in enumerate(truth["equipment"]):
        user = None if aid["user"] is None else ids[aid["user"]]
        entry = _aid(aid, user) if aid["box"] else None
        _number(found, image_id, entry, mask, 101 + place)
    return found


def _number(
    found: list[Json], image_id: int, entry: Json | None, mask: npt.NDArray[np.uint8] | None, pixel: int
) -> int | None:
    if entry is None:
        return None
    entry = {"id": image_id * ANNOTATIONS_PER_IMAGE + len(found) + 1, "image_id": image_id, **entry, "iscrowd": 0}
    if mask is not None:
        seen = mask == pixel
        entry["segmentation"] = run_lengths(seen)
    found.append(entry)
    return int(entry["id"])


def _box(box: Json) -> list[float]:
    return [round(box[key], 2) for key in ("x", "y", "width", "height")]


def _person(person: Json, facts: Json, place: int) -> Json:
    shot = facts["shot"]
    name = person["character"]
    landmarks = [_triple(person["landmarks"], k, 2) for k in range(COUNT)]
    keypoints = [_keypoint(landmarks[k], person["hidden_by"][k]) for k in PLACES]
    box = _box(person["box"])
    entry: Json = {
        "category_id": 1,
        "bbox": box,
        "area": person["pixels"],
        "keypoints": [value for point in keypoints for value in point],
        "num_keypoints": sum(v > 0 for _, _, v in keypoints),
        "landmarks": landmarks,
        "world_landmarks": [_triple(person["world_landmarks"], k, 4) for k in range(COUNT)],
        "visibility": person["visibility"],
        "presence": person["presence"],
        "hidden_by": person["hidden_by"],
        "not_applicable": person["not_applicable"],
        "hip_centre": person["hip_centre"],
        "role": person["role"],
        "person": place,
        "character": name,
        "estimated": facts["estimated"].get(name, []),
    }
    # The group is about the subject; who pushes a wheelchair, or stands by, belongs to none.
    return entry | {"group": shot["group"]} if place == 0 else entry


def _aid(aid: Json, user: int | None) -> Json:
    box = _box(aid["box"])
    return {
        "category_id": CATEGORIES.index(aid["class"]) + 1,
        "bbox": box,
        "area": aid["visible_pixels"],
        "kind": aid["kind"],
        "visible_box": _box(aid["visible_box"]) if aid["visible_box"] else None,
        "visible_pixels": aid["visible_pixels"],
        "user": user,
        "contacts": aid["contacts"],
    }


def _triple(values: list[float | None], place: int, digits: int) -> list[float] | None:
    """Return x, y, z of a landmark; ``None`` where it is absent."""
    x, y, z = values[3 * place : 3 * place + 3]
    return None if x is None or y is None or z is None else [round(x, digits), round(y, digits), round(z, digits)]


def _keypoint(landmark: list[float] | None, hidden_by: str | None) -> tuple[float, float, int]:
    """Return COCO's x, y, v: what is outside the picture or not there counts as not labelled."""
    if landmark is None or hidden_by in ("frame", "not_applicable"):
        return 0.0, 0.0, _UNLABELLED
    return landmark[0], landmark[1], _SEEN if hidden_by is None else _HIDDEN


def run_lengths(mask: npt.NDArray[np.bool_]) -> Json:
    """Return COCO's uncompressed run-length code of a mask (height, width): columns first, beginning with zeros."""
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    edges = np.concatenate([[0], changes, [flat.size]])
    counts = np.diff(edges).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if flat[0] else counts}
