from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server import assets
from server.app import create_app


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    (root / "js").mkdir(parents=True)
    (root / "js" / "main.js").write_text("export {};")
    (root / "page.css").write_text("a {}")
    (root / ".built").write_text("")
    return root


@pytest.fixture
def client(root: Path, tmp_path: Path) -> FlaskClient:
    return create_app({"STATIC": root, "INSTANCE": tmp_path / "instance"}).test_client()


def test_names_are_relative_and_sorted_without_dot_files(root: Path) -> None:
    assert assets.names(root) == ["js/main.js", "page.css"]


def test_revision_changes_with_any_name_and_any_content(root: Path) -> None:
    seen = {assets.revision(root)}
    (root / "page.css").write_text("b {}")
    seen.add(assets.revision(root))
    (root / "page.css").rename(root / "other.css")
    seen.add(assets.revision(root))
    assert len(seen) == 3
    (root / ".built").write_text("not served, so not counted")
    assert assets.revision(root) in seen


def test_an_asset_may_be_kept_for_ever(client: FlaskClient, root: Path) -> None:
    response = client.get(f"/assets/{assets.revision(root)}/js/main.js")
    assert response.data == b"export {};"
    assert response.mimetype == "text/javascript"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    response.close()


def test_the_index_lists_what_the_service_worker_keeps(client: FlaskClient, root: Path) -> None:
    response = client.get(f"/assets/{assets.revision(root)}/index.json")
    assert response.json == ["js/main.js", "page.css"]
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["js/main.js", "index.json"])
def test_another_revision_is_refused_in_words(client: FlaskClient, name: str) -> None:
    response = client.get(f"/assets/0123456789ab/{name}")
    assert response.status_code == 404
    assert "reload the page" in response.get_data(as_text=True)
    assert "immutable" not in response.headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["nothing.js", "../instance/token", "%2e%2e/instance/token"])
def test_nothing_outside_the_tree_is_served(client: FlaskClient, root: Path, name: str) -> None:
    assert client.get(f"/assets/{assets.revision(root)}/{name}").status_code == 404
