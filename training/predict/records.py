"""The JSON of ``poseable predict``, written as it comes, so that an hour of video fits into memory: docs/predict.md."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from pose.landmarks import NAMES, SCHEMA

from ..pipeline import networks
from .api import Person

Json = dict[str, Any]

FORMAT = "poseable.poses"
VERSION = 1
PX_DIGITS, M_DIGITS, SHARE_DIGITS, S_DIGITS, FPS_DIGITS = 2, 4, 4, 4, 4


def head(model: str, detector: str) -> Json:
    """Return what stands before the pictures: format, program, networks, names, units."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "poseable": program(),
        "model": network(model, "blazepose"),
        "detector": network(detector, "detector"),
        "schema": SCHEMA,
        "names": list(NAMES),
        "units": {
            "landmarks": "px of the picture: x right, y down; z in the same unit, smaller is nearer, 0 at the hips",
            "world_landmarks": "m from the hip centre: x right, y down, z away from the camera",
            "visibility": "probability of being in the picture and not hidden",
            "presence": "probability of being in the picture",
        },
    }


def program() -> str:
    """Return this program's version."""
    try:
        return version("poseable")
    except PackageNotFoundError:
        return "unknown"


def network(name: str, released: str) -> Json:
    """Return which network a name stands for: name, file, sha256."""
    path = networks.find(name, released)
    return {"name": name, "file": path.name, "sha256": sha256(path.read_bytes()).hexdigest()}


def person(found: Person) -> Json:
    """Return one person."""
    return {
        "id": found.id,
        "score": round(found.score, SHARE_DIGITS),
        "landmarks": np.round(found.landmarks, PX_DIGITS).tolist(),
        "world_landmarks": np.round(found.world_landmarks, M_DIGITS).tolist(),
        "visibility": np.round(found.visibility, SHARE_DIGITS).tolist(),
        "presence": np.round(found.presence, SHARE_DIGITS).tolist(),
    }


class Writer:
    """Writes one line per picture beside the file that is asked for, and moves it there when all is done.

    Who interrupts it keeps the file of the last run.
    """

    def __init__(self, path: Path, about: Json) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._part = path, path.with_name(f"{path.name}.part")
        self._file = self._part.open("w", encoding="utf-8")
        begun = json.dumps(about, indent=1, allow_nan=False)
        self._file.write(f'{begun.removesuffix("}").rstrip()},\n "pictures": [')
        self._count = 0

    def add(self, entry: Json) -> None:
        """Append one picture."""
        self._file.write(",\n" if self._count else "\n")
        self._file.write("  " + json.dumps(entry, allow_nan=False))
        self._count += 1

    def finish(self, files: list[Json]) -> None:
        """Append what became of each file, and put the whole in its place."""
        lines = ",\n".join("  " + json.dumps(entry, allow_nan=False) for entry in files)
        self._file.write(f'\n ],\n "files": [\n{lines}\n ]\n}}\n')
        self._file.close()
        self._part.replace(self._path)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)
