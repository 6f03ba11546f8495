"""A model that somebody teaches while the page is open: offered, used, kept, and given up when it breaks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import actions
from tests.e2e.conftest import ROOT, Server
from tests.e2e.test_offline import KEPT_MS, revision_of, wait_until_kept
from training.pipeline.networks import default

MODELS = ROOT / "static" / "models"
NAME = "test-own"
KEPT = """async (name) => {
  const cache = await caches.open('poseable-own-models');
  return (await cache.keys()).filter(({ url }) => url.includes(`/models/own/${name}/`)).length;
}"""


def teach(own: Path) -> None:
    """Write what teaching writes: files first, then the manifest."""
    entry = json.loads((MODELS / "manifest.json").read_text())["models"]["blazepose-lite"]
    shutil.copytree(MODELS / "blazepose-lite", own / NAME)
    files = [{**file, "path": file["path"].replace("blazepose-lite", NAME)} for file in entry["files"]]
    figures = {"groups": {"all": {"pck@0.2": [0.856, 0.931]}}, "inclusion_gap": [21.04, 5.0]}
    more = {"path": f"{NAME}/model.json", "files": files, "taught": {}, "evaluation": {"validation": figures}}
    models = {NAME: {**entry, **more, "source": {"model": "blazepose-lite"}}}
    (own / "manifest.json").write_text(json.dumps({"version": 1, "models": models}))


def test_own_model_is_offered_without_a_restart_tracks_and_works_offline(
    page: Page, start_server: Callable[[], Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    monkeypatch.setenv("POSEABLE_OWN_MODELS", str(own))
    server = start_server()
    actions.open_page(page, server.url)
    menu, option = page.get_by_label("Model"), page.locator(f"#model option[value='own/{NAME}']")
    expect(option).to_have_count(0)
    teach(own)
    menu.focus()
    expect(option).to_have_text(f"{NAME} (your own), 2.8 MB")
    menu.select_option(f"own/{NAME}")
    expect(page.locator("#model-hint")).to_have_text(
        "Taught from BlazePose lite: PCK@0.2 0.86 → 0.93, inclusion gap 21.0 → 5.0 points, on the validation pictures."
    )
    actions.open_picture(page)
    wait_until_kept(page, revision_of(page))
    for _ in range(KEPT_MS // 250):
        if page.evaluate(KEPT, NAME) == 2:
            break
        page.wait_for_timeout(250)
    assert page.evaluate(KEPT, NAME) == 2, "model.json and its weights are kept"
    server.kill()
    page.reload()
    expect(page.locator("#connection")).to_have_text("No server")
    expect(menu).to_have_value(f"own/{NAME}")
    actions.open_picture(page)
    server.start()

    # Taught again, and only half of it copied: what was kept of the first teaching does not hide that.
    manifest = json.loads((own / "manifest.json").read_text())
    manifest["models"][NAME]["files"][1]["sha256"] = "0" * 64
    (own / "manifest.json").write_text(json.dumps(manifest))
    menu.blur()
    menu.focus()
    actions.notice(page, f"{NAME} .your own. was taught again").get_by_role("button", name="Use it").click()
    damaged = f"“{NAME}” cannot be used: models/own/{NAME}/weights-1-of-1.bin is damaged"
    expect(actions.notice(page, "Tracking goes on as before")).to_contain_text(damaged)
    page.reload()
    actions.open_picture(page)
    message = actions.notice(page, "A model cannot be used")
    expect(message).to_contain_text(damaged)
    expect(message).to_contain_text("Tracking goes on with BlazePose full")
    expect(menu).to_have_value(default("landmarks"))
