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
from .sources import SOURCES, Source
from .sources import find as find_released

VERSION = 1
FILE = "manifest.json"
MODELS = Path(__file__).resolve().parents[1] / "static/models"
"""The networks that are part of the product, and in `OWN` those that its users taught."""
OWN = "own"
OTHERS = {"tflite": "{name}.tflite", "report": "report.json", "task": "{name}.task"}
"""What a taught model has for other programs and for people: key in its entry, and file."""

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
    if source.package is None:
        return f"poseable convert {source.file} --out ."
    return "make models" if source.committed else "make heavy"


def taught_entry(entry: Entry, name: str, source: Source, folder: Path) -> Entry:
    """Return the entry of a taught network: as `entry` describes its files, but taught from `source`.

    Beside ``files``, which a page fetches, it has those of `OTHERS` that are there, which a page does not fetch.
    """
    origin = {"model": source.name, **entry["source"]}
    paths = {key: folder / name / file.format(name=name) for key, file in OTHERS.items()}
    others = {key: describe(path, folder) for key, path in paths.items() if path.exists()}
    return {key: value for key, value in entry.items() if key != "command"} | {"source": origin} | others


def read(folder: Path) -> dict[str, Entry]:
    """Return name -> entry of the manifest in `folder`; empty if there is none."""
    path = folder / FILE
    if not path.exists():
        return {}
    models: dict[str, Entry] = _content(path)["models"]
    return models


def read_defaults(folder: Path) -> dict[str, str]:
    """Return role -> name of what is used unless something else is asked for; empty where nothing is said."""
    path = folder / FILE
    defaults: dict[str, str] = _content(path).get("defaults", {}) if path.exists() else {}
    return defaults


def find(model: str, folder: Path = MODELS) -> Path:
    """Return the .tflite file that `model` means: a file's path, a released or taught network's name, or "own/NAME".

    Taught networks are looked up in the manifest of `folder`, those of "own/" in the one of its folder ``own``. Raises
    `ConversionError` when there is none, and as `verify` and `sources.find`.
    """
    if model in SOURCES:
        return find_released(model)
    if Path(model).is_file():
        return Path(model)
    own, _, name = model.rpartition("/")
    place = folder / OWN if own == OWN else folder
    if own in ("", OWN) and "tflite" in (entry := read(place).get(name, {})):
        verify(place, name)
        return place / str(entry["tflite"]["path"])
    taught = [name for name, entry in read(folder).items() if "tflite" in entry]
    taught += [f"{OWN}/{name}" for name, entry in read(folder / OWN).items() if "tflite" in entry]
    raise ConversionError(f"'{model}' is neither a file nor one of {', '.join([*SOURCES, *taught])}")


def _content(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    if content.get("version") != VERSION:
        raise ConversionError(f"{path}: expected version {VERSION}, found {content.get('version')}")
    return content


def update(folder: Path, entries: Mapping[str, Entry], defaults: Mapping[str, str] | None = None) -> None:
    """Add or replace entries, sorted by name; a reader sees the old manifest or the new one, never half of it.

    ``defaults`` (role -> name) changes what is used unless something else is asked for: the page's and Python's
    landmark network and person detector. Raises `ConversionError` for a name that is no entry of that role.
    """
    models = read(folder) | dict(entries)
    chosen = read_defaults(folder) | dict(defaults or {})
    for role, name in chosen.items():
        if name not in models or models[name]["role"] != role:
            raise ConversionError(f"{folder / FILE}: expected a {role} network as its default, '{name}' came")
    content: dict[str, Any] = {"version": VERSION, "defaults": chosen} if chosen else {"version": VERSION}
    content["models"] = {name: models[name] for name in sorted(models)}
    scratch = folder / f"{FILE}.new"
    scratch.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    scratch.replace(folder / FILE)


def described(entry: Entry) -> list[Entry]:
    """Return path, size and sha256 of all files of an entry: those for pages first, then those for other programs."""
    return [*entry["files"], *(entry[key] for key in OTHERS if key in entry)]


def verify(folder: Path, name: str) -> None:
    """Raise `ChecksumError` unless every file of an entry is there with the size and sha256 on record."""
    for recorded in described(read(folder)[name]):
        path = folder / recorded["path"]
        if not path.is_file():
            raise ChecksumError(f"{path} is missing")
        found = describe(path, folder)
        if found != recorded:
            raise ChecksumError(f"{path}: expected {recorded}, found {found}")
