import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.app import create_app

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app({"INSTANCE": tmp_path}).test_client()


@pytest.mark.parametrize(("path", "title"), [("/", "Poseable"), ("/sessions", "Sessions – Poseable")])  # noqa: RUF001
def test_a_page_names_its_revision_and_is_asked_for_anew(client: FlaskClient, path: str, title: str) -> None:
    response = client.get(path)
    text = response.get_data(as_text=True)
    assert response.mimetype == "text/html"
    assert f"<title>{title}</title>" in text
    revision = response.headers["Poseable-Revision"]
    assert f'data-revision="{revision}"' in text
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/", "/sessions"])
def test_everything_that_a_page_asks_for_is_served_from_its_revision(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    asked = re.findall(r'(?:src|href)="(/[^"#]*)"', response.get_data(as_text=True))
    assert len(asked) > 5
    for url in asked:
        assert url in ("/", "/sessions") or url.startswith(f"/assets/{response.headers['Poseable-Revision']}/")
        with client.get(url) as answer:
            assert answer.status_code == 200, url


@pytest.mark.parametrize("path", ["/", "/sessions"])
def test_pages_hold_no_script_and_no_style_of_their_own(client: FlaskClient, path: str) -> None:
    """The content security policy forbids them, so they would be dead."""
    text = client.get(path).get_data(as_text=True)
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", text) == []


def test_the_service_worker_covers_all_pages_and_is_asked_for_anew(client: FlaskClient) -> None:
    with client.get("/sw.js") as response:
        assert response.mimetype == "text/javascript"
        assert response.data == (ROOT / "static" / "sw.js").read_bytes()
        assert "no-cache" in response.headers["Cache-Control"]
