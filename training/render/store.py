"""The folder of a rendering: pictures and their records, written whole or not at all, so that a run can be taken up.

``images/NAME.jpg`` and then ``records/NAME.json`` (what is true of it): a record means that its picture is there.
``render.json`` says what was asked for; another wish is refused in the same folder. ``annotations.json`` is made of the
records, with the landmarks in the convention of the day, so it can be made again without drawing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pose.landmarks import SCHEMA

from .. import convention
from ..errors import RecipeError
from . import coco
from .recipe import Job
from .studio import Drawn

Json = dict[str, Any]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


class Store:
    """One output folder."""

    def __init__(self, folder: Path, wish: Mapping[str, Any]) -> None:
        """Open or make the folder; raises `RecipeError` if it holds something else than ``wish`` asks for."""
        self.folder = folder
        self.images, self.records = folder / "images", folder / "records"
        asked = json.loads(json.dumps(wish))
        path = folder / "render.json"
        if path.is_file():
            there = json.loads(path.read_text("utf-8"))
            other = [key for key in asked if there.get(key) != asked[key]]
            if other:
                said = "; ".join(f"{key} is {there.get(key)!r} there, {asked[key]!r} is asked for" for key in other)
                raise RecipeError(f"{folder} holds another rendering: {said}. Take another --out")
        for made in (self.images, self.records):
            made.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asked, indent=1).encode() + b"\n")
        self.wish: Json = asked

    def is_done(self, job: Job) -> bool:
        """Tell whether all pictures of a shot are there."""
        return all((self.records / f"{name}.json").is_file() for name in job.names)

    def add(self, drawn: Drawn) -> None:
        """Keep one picture."""
        name = drawn.job.names[drawn.frame]
        sequence = drawn.job.shot if drawn.job.sequence else None
        image = coco.image_entry(drawn.facts, f"images/{name}.jpg", sequence)
        mask = None
        if drawn.mask is not None:
            mask = np.frombuffer(drawn.mask, np.uint8).reshape(image["height"], image["width"])
        record = {"image": image, "annotations": coco.label(drawn.facts, image["id"], mask)}
        write_whole(self.images / f"{name}.jpg", drawn.image)
        write_whole(self.records / f"{name}.json", json.dumps(record, separators=(",", ":")).encode())

    def annotate(self, about: Mapping[str, Any]) -> tuple[int, int]:
        """Write ``annotations.json`` of all pictures there are; returns how many pictures and people."""
        images: list[Json] = []
        found: list[Json] = []
        habit = convention.load()
        for path in sorted(self.records.glob("[0-9]*.json")):
            record = json.loads(path.read_text("utf-8"))
            images.append(record["image"])
            for entry in record["annotations"]:
                if habit is not None and entry["category_id"] == 1:
                    entry = convention.applied(entry, record["image"]["camera"], habit)
                found.append(entry)
        info = {
            "description": "rendered by poseable render",
            "landmarks": SCHEMA,
            "convention": habit.digest if habit else convention.ANATOMICAL,
            **about,
            **self.wish,
        }
        content = {"info": info, "images": images, "annotations": found, "categories": coco.categories()}
        write_whole(self.folder / "annotations.json", json.dumps(content, separators=(",", ":")).encode() + b"\n")
        return len(images), sum(entry["category_id"] == 1 for entry in found)


def missing(store: Store, jobs: Iterable[Job]) -> list[Job]:
    """Return the shots of a plan that are still to be drawn."""
    return [job for job in jobs if not store.is_done(job)]
