"""Models that users taught themselves: ``/models/own/manifest.json`` and the files that it names.

They are no part of the assets: they come, change and go while the server runs. A model's files are asked for with
``?sha256=<revision>``, which names what all of them hold. The server answers only while the manifest says the same, and
with bytes whose own sha256 is the one on record, so that a browser may keep them for ever and shards of two teachings
are never mixed.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from server.assets import unchanging

MANIFEST = "manifest.json"
EMPTY = b'{"version": 1, "models": {}}\n'
NAME = re.compile(r"[a-z0-9-]{1,40}")


class OwnModelError(LookupError):
    """Something cannot be served; the message is for people, and names files as the address does."""


def init_app(app: Flask) -> None:
    """Register ``/models/own/…``, which serves ``app.config["OWN_MODELS"]``; that folder need not be there."""
    folder = Path(app.config["OWN_MODELS"])

    @app.get("/models/own/manifest.json")
    def own_manifest() -> Response:
        try:
            response = Response(read_manifest(folder), mimetype="application/json")
        except OwnModelError as error:
            return _refusal(error)
        response.cache_control.no_cache = True
        return response

    @app.get("/models/own/<name>/<file>")
    def own_model(name: str, file: str) -> Response:
        asked = request.args.get("sha256")
        try:
            data = read_file(folder, name, file, asked)
        except OwnModelError as error:
            return _refusal(error)
        kind = "application/json" if file.endswith(".json") else "application/octet-stream"
        response = Response(data, mimetype=kind)
        if asked is None:
            response.cache_control.no_cache = True
            return response
        unchanging(response)
        response.cache_control.public = False  # taught on somebody's own pictures: no proxy is to keep it
        response.cache_control.private = True
        return response


def _refusal(error: OwnModelError) -> Response:
    response = Response(f"{error}\n", 404, mimetype="text/plain")
    response.cache_control.no_store = True
    return response


def revision(files: list[dict[str, Any]]) -> str:
    """Return 12 hex digits for what a manifest's entry says its ``files`` hold; ``catalogue.js`` computes the same."""
    text = "".join(f"{file['sha256']}  {file['path']}\n" for file in files)
    return sha256(text.encode()).hexdigest()[:12]


def read_manifest(folder: Path) -> bytes:
    """Return the manifest as it is, or one of no models where there is none."""
    if not (folder / MANIFEST).exists() and not (folder / MANIFEST).is_symlink():
        return EMPTY
    return _bytes(folder, MANIFEST)


def read_file(folder: Path, name: str, file: str, asked: str | None) -> bytes:
    """Return a file of a model, if the manifest lists it and it holds what the manifest says.

    ``asked`` is the model's revision that is wanted, None for any. Raises `OwnModelError` for all that is not so.
    """
    files = _files(folder, name)
    if asked is not None and asked != (now := revision(files)):
        raise OwnModelError(f"models/own/{name} was taught again (it is {now}, {asked} was asked for): choose it anew")
    path = f"{name}/{file}"
    recorded = next((each for each in files if each["path"] == path), None)
    if recorded is None:
        raise OwnModelError(f"models/own/{path} is not in models/own/{MANIFEST}")
    data = _bytes(folder, path)
    if (found := sha256(data).hexdigest()) != recorded["sha256"]:
        expected = f"sha256 {recorded['sha256'][:12]}… was expected, {found[:12]}… found"
        raise OwnModelError(f"models/own/{path} is damaged: {expected}")
    return data


def _files(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the files of a model as the manifest lists them: each has a path and a sha256."""
    if not NAME.fullmatch(name):
        raise OwnModelError(f"'{name}': a model's name has lower-case letters, digits and hyphens, at most 40")
    try:
        files = json.loads(read_manifest(folder))["models"][name]["files"]
        usable = isinstance(files, list) and all(
            isinstance(each[key], str) for each in files for key in ("path", "sha256")
        )
    except (ValueError, RecursionError) as error:
        raise OwnModelError(f"models/own/{MANIFEST} cannot be read: {error}") from error
    except (KeyError, TypeError, IndexError):
        usable = False
    if not usable:
        raise OwnModelError(f"models/own/{MANIFEST} lists no files for '{name}'")
    return files  # type: ignore[no-any-return]


def _bytes(folder: Path, path: str) -> bytes:
    """Read a regular file that lies in the folder itself: no links, nothing above."""
    root = folder.resolve()
    try:
        if (root / path).resolve(strict=True) != root / path or not (root / path).is_file():
            raise OwnModelError(f"models/own/{path} is not a file of this folder: links are not followed")
        return (root / path).read_bytes()
    except FileNotFoundError:
        raise OwnModelError(f"models/own/{path} is missing") from None
    except (OSError, RuntimeError, ValueError) as error:  # no permission; a loop of links; a NUL in the name
        raise OwnModelError(f"models/own/{path} cannot be read: {error}") from error
