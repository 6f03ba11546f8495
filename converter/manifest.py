"""``static/models/manifest.json``: what each network's files are, where they come from and how exact they are.

The tracker reads it to find and list the networks, the tests to check that the files are the ones described.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from .errors import ChecksumError, ConversionError
from .sources import Source

VERSION = 1
FILE = "manifest.json"

Entry = dict[str, Any]


def describe(path: Path, folder: Path) -> Entry:
    """Return path relative to `folder`, size and sha256 of one file."""
    data = path.read_bytes()
    return {"path": path.relative_to(folder).as_posix(), "bytes": len(data), "sha256": sha256(data).hexdigest()}


def entry(source: Source, model: Any, files: list[Path], folder: Path, parity: Mapping[str, Any]) -> Entry:
    """Return the entry of a released network: `model` is its Keras form, `files` its TF.js files, model.json first."""
    known = source.role != "other"
    return {
        "role": source.role,
        "path": files[0].relative_to(folder).as_posix(),
        "files": [describe(path, folder) for path in files],
        "source": {"package": source.package, "file": source.file, "sha256": source.sha256},
        "licence": source.licence,
        "committed": source.committed,
        "command": _command(source),
        "input": {
            "name": "image",
            "shape": [1, *model.input_shape[1:]],
            "range": list(source.value_range) if known else None,
            "meaning": "RGB, row by row from the top left; floats" if known else None,
        },
        "outputs": [
            {
                "name": output.name,
                "shape": [1, *model.output[output.name].shape[1:]],
                "meaning": output.meaning,
                "unit": output.unit,
            }
            for output in source.outputs
        ],
        "parity": dict(parity),
    }


def _command(source: Source) -> str:
    """Return what makes the files again."""
    if source.role == "other":
        return f"poseable convert {source.file} --out ."
    return "make models" if source.committed else "make heavy"


def read(folder: Path) -> dict[str, Entry]:
    """Return name -> entry of the manifest in `folder`; empty if there is none."""
    path = folder / FILE
    if not path.exists():
        return {}
    content = json.loads(path.read_text())
    if content.get("version") != VERSION:
        raise ConversionError(f"{path}: expected version {VERSION}, found {content.get('version')}")
    models: dict[str, Entry] = content["models"]
    return models


def update(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Add or replace entries, sorted by name; a reader sees the old manifest or the new one, never half of it."""
    models = read(folder) | dict(entries)
    content = {"version": VERSION, "models": {name: models[name] for name in sorted(models)}}
    scratch = folder / f"{FILE}.new"
    scratch.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    scratch.replace(folder / FILE)


def verify(folder: Path, name: str) -> None:
    """Raise `ChecksumError` unless every file of an entry is there with the size and sha256 on record."""
    for recorded in read(folder)[name]["files"]:
        path = folder / recorded["path"]
        if not path.is_file():
            raise ChecksumError(f"{path} is missing")
        found = describe(path, folder)
        if found != recorded:
            raise ChecksumError(f"{path}: expected {recorded}, found {found}")
