"""Models that users taught, as the server hands them out: only what the manifest names, only what it says they hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from server import assets, own_models
from server.app import create_app

CONTENT = {"model.json": b'{"modelTopology": {}}', "weights-1-of-2.bin": b"first", "weights-2-of-2.bin": b"second"}


def write(own: Path, name: str = "mine", **changed: bytes) -> str:
    """Write a model and enter it in the manifest, as teaching does; returns its revision."""
    content = CONTENT | {key.replace("_", "-") + ".bin": value for key, value in changed.items()}
    (own / name).mkdir(parents=True, exist_ok=True)
    for file, data in content.items():
        (own / name / file).write_bytes(data)
    files = [{"path": f"{name}/{file}", "sha256": hashlib.sha256(data).hexdigest()} for file, data in content.items()]
    enter(own, {name: {"role": "landmarks", "path": f"{name}/model.json", "files": files}})
    return own_models.revision(files)


def enter(own: Path, models: Any) -> None:
    (own / "manifest.json").write_text(json.dumps({"version": 1, "models": models}))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "static" / "models" / "own"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """A server that starts without any own model."""
    return create_app({"STATIC": tmp_path / "static", "INSTANCE": tmp_path / "instance"}).test_client()


def refusal(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 404
    assert response.mimetype == "text/plain"
    assert response.headers["Cache-Control"] == "no-store"
    return response.get_data(as_text=True)


def test_without_own_models_the_manifest_is_empty(client: FlaskClient) -> None:
    assert client.get("/models/own/manifest.json").json == {"version": 1, "models": {}}


def test_a_model_is_there_as_soon_as_it_is_written(client: FlaskClient, own: Path) -> None:
    revision = write(own)
    response = client.get("/models/own/manifest.json")
    assert list(response.get_json()["models"]) == ["mine"]
    assert response.headers["Cache-Control"] == "no-cache"
    for file, data in CONTENT.items():
        response = client.get(f"/models/own/mine/{file}?sha256={revision}")
        assert response.data == data
        assert response.headers["Cache-Control"] == "max-age=31536000, immutable, private"
    assert client.get("/models/own/mine/model.json").headers["Cache-Control"] == "no-cache"


def test_the_revision_is_the_one_that_pages_compute() -> None:
    files = [{"path": "mine/model.json", "sha256": "ab" * 32}, {"path": "mine/weights-1-of-1.bin", "sha256": "cd" * 32}]
    assert own_models.revision(files) == "af5ac73d831a"  # the same in tests/js/tracker/catalogue.test.js


def test_shards_of_two_teachings_are_never_mixed(client: FlaskClient, own: Path) -> None:
    before = write(own)
    after = write(own, weights_2_of_2=b"taught again")
    assert before != after
    assert "was taught again" in refusal(client, f"/models/own/mine/weights-1-of-2.bin?sha256={before}")
    assert client.get(f"/models/own/mine/weights-2-of-2.bin?sha256={after}").data == b"taught again"
    # While it is taught a third time its files come first, the manifest last.
    (own / "mine" / "weights-1-of-2.bin").write_bytes(b"newer")
    assert "weights-1-of-2.bin is damaged" in refusal(client, f"/models/own/mine/weights-1-of-2.bin?sha256={after}")


def test_missing_and_unlisted_files_are_named(client: FlaskClient, own: Path) -> None:
    revision = write(own)
    (own / "mine" / "weights-1-of-2.bin").unlink()
    assert "models/own/mine/weights-1-of-2.bin is missing" in refusal(
        client, f"/models/own/mine/weights-1-of-2.bin?sha256={revision}"
    )
    (own / "mine" / "photo.jpg").write_bytes(b"private")
    assert "photo.jpg is not in models/own/manifest.json" in refusal(client, "/models/own/mine/photo.jpg")
    assert "lists no files for 'other'" in refusal(client, "/models/own/other/model.json")


@pytest.mark.parametrize("name", ["Mine", "m" * 41, "a.b", "a_b", "%C3%A4"])
def test_names_are_checked(client: FlaskClient, own: Path, name: str) -> None:
    own.mkdir(parents=True)
    enter(own, {name: {"files": [{"path": f"{name}/model.json", "sha256": ""}]}})
    assert "lower-case letters, digits and hyphens" in refusal(client, f"/models/own/{name}/model.json")


@pytest.mark.parametrize(
    "way", ["../secret", "%2e%2e/secret", "mine/../../secret", "mine/%2e%2e", "mine/..%2f..%2fsecret"]
)
def test_nothing_above_the_folder_is_served(client: FlaskClient, own: Path, way: str) -> None:
    write(own)
    (own.parent / "secret").write_bytes(b"secret")
    assert client.get(f"/models/own/{way}").status_code == 404


def test_links_are_not_followed(client: FlaskClient, own: Path, tmp_path: Path) -> None:
    revision = write(own)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "weights-1-of-2.bin").write_bytes(CONTENT["weights-1-of-2.bin"])
    linked = own / "mine" / "weights-1-of-2.bin"
    linked.unlink()
    linked.symlink_to(secret / "weights-1-of-2.bin")
    assert "links are not followed" in refusal(client, f"/models/own/mine/weights-1-of-2.bin?sha256={revision}")
    (own / "mine").rename(own / "moved")
    (own / "mine").symlink_to(own / "moved")
    assert "links are not followed" in refusal(client, f"/models/own/mine/model.json?sha256={revision}")
    (own / "manifest.json").rename(secret / "manifest.json")
    (own / "manifest.json").symlink_to(secret / "manifest.json")
    assert "links are not followed" in refusal(client, "/models/own/manifest.json")
    (own / "manifest.json").unlink()
    (own / "manifest.json").symlink_to(own / "manifest.json")
    assert "manifest.json" in refusal(client, "/models/own/manifest.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"version": 1, "mod',
        "[]",
        "null",
        "[" * 100_000,
        '{"models": {"mine": 3}}',
        '{"models": {"mine": {"files": [1]}}}',
    ],
)
def test_a_broken_manifest_breaks_nothing_else(client: FlaskClient, own: Path, text: str) -> None:
    write(own)
    (own / "manifest.json").write_text(text)
    assert client.get("/models/own/manifest.json").get_data(as_text=True) == text, "the page says what is wrong with it"
    assert "models/own/manifest.json" in refusal(client, "/models/own/mine/model.json")
    assert client.get("/").status_code == 200


def test_own_models_are_no_part_of_the_assets(own: Path) -> None:
    static = own.parent.parent
    static.mkdir()
    (static / "page.css").write_text("")
    before = assets.revision(static)
    write(own)
    assert assets.revision(static) == before
    assert assets.names(static) == ["page.css"]
    client = create_app({"STATIC": static, "INSTANCE": static.parent / "instance"}).test_client()
    for way in ("models/own/manifest.json", "models//own/manifest.json", "css/../models/own/mine/model.json"):
        assert client.get(f"/assets/{before}/{way}").status_code == 404


def test_another_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "elsewhere")
    monkeypatch.setenv("POSEABLE_OWN_MODELS", str(tmp_path / "elsewhere"))
    (tmp_path / "static").mkdir()
    client = create_app({"STATIC": tmp_path / "static", "INSTANCE": tmp_path / "instance"}).test_client()
    assert client.get("/models/own/mine/model.json").data == CONTENT["model.json"]


def test_own_models_are_for_those_who_are_let_in(tmp_path: Path, own: Path) -> None:
    write(own)
    config = {"STATIC": tmp_path / "static", "INSTANCE": tmp_path / "instance", "HOST": "192.0.2.1"}
    client = create_app(config).test_client()
    host = {"Host": "192.0.2.1"}
    assert client.get("/models/own/mine/model.json", headers=host).status_code == 403
    assert client.get("/models/own/manifest.json", headers=host).status_code == 403
