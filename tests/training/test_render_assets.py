"""Folders of characters and environments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from training.commands import render
from training.errors import RecipeError
from training.render import command, studio
from training.render.assets import Assets

PICTURE = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n" + bytes([128, 64, 0, 129, 64, 64, 64, 129])


def folder(path: Path, **files: bytes) -> Path:
    """Write files; ``__`` in a name is a folder's end, ``_`` its dot."""
    for name, content in files.items():
        file = path / name.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path


def test_characters_are_anywhere_and_environments_in_hdri(tmp_path: Path) -> None:
    first = folder(tmp_path / "a", hdri__meadow_hdr=PICTURE, deep__down__ada_glb=b"", note_txt=b"")
    second = folder(tmp_path / "b", ben_vrm=b"", elsewhere__hall_hdr=PICTURE)
    third = folder(tmp_path / "c", hdri__hall_HDR=PICTURE)
    found = Assets.of([first, second, third])
    assert sorted(found.characters) == ["ada", "ben"]
    assert found.environments == {"meadow": first / "hdri/meadow.hdr", "hall": third / "hdri/hall.HDR"}
    assert Assets.of([]) == Assets({}, {})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xff\xd8\xff", r"meadow\.hdr: expected a Radiance picture"),
        (PICTURE.replace(b"+X 2", b"+X 3"), r"twice as wide as high.*got 3x1"),
        (PICTURE.replace(b"+X 2", b"+X 9999998").replace(b"-Y 1", b"-Y 4999999"), "at most 4096 px wide"),
        (PICTURE.replace(b"-Y 1 +X 2", b"+X 2 -Y 1"), "got no line -Y HEIGHT"),
    ],
)
def test_refuses_what_is_no_picture_all_around(tmp_path: Path, content: bytes, expected: str) -> None:
    with pytest.raises(RecipeError, match=expected):
        Assets.of([folder(tmp_path, hdri__meadow_hdr=content)])


def test_refuses_a_folder_with_nothing_and_names_twice(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"empty: expected characters \(.glb, .vrm\) or environments"):
        Assets.of([folder(tmp_path / "empty", note_txt=b"")])
    twice = [folder(tmp_path / name, hdri__meadow_hdr=PICTURE) for name in "ab"]
    with pytest.raises(RecipeError, match="have one name"):
        Assets.of(twice)


def test_the_studio_hands_out_environments_and_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Assets.of([folder(tmp_path, **{"hdri__my meadow_hdr": PICTURE, "hdri__secret_txt": b"no"})])
    monkeypatch.setattr(studio, "find_chromium", lambda: tmp_path)
    working = studio.Studio({}, environments=found.environments)
    assert json.loads(working.content("environments/manifest.json") or b"") == {"environments": ["my meadow"]}
    assert working.content("environments/my%20meadow.hdr") == PICTURE
    assert working.content("environments/secret.txt") is None
    assert working.content("environments/..%2Fsecret.txt") is None


@pytest.mark.parametrize(("share", "told"), [(0.4, ["meadow"]), (0, None)])
def test_environments_belong_to_a_rendering_that_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, told: list[str] | None
) -> None:
    """Otherwise a folder of assets would make the benchmark another rendering."""
    recipe = tmp_path / "mine.json"
    recipe.write_text(json.dumps({"parts": [{"stills": 1, "stage": {"environments": share}}]}))
    assets = folder(tmp_path / "assets", hdri__meadow_hdr=PICTURE)
    monkeypatch.setattr(command, "missing", lambda *_: [])
    out = tmp_path / "out"
    result = CliRunner().invoke(
        render, ["--recipe", str(recipe), "--count", "1", "--assets", str(assets), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    asked = json.loads((out / "render.json").read_text())
    assert (list(asked["environments"]) if "environments" in asked else None) == told
