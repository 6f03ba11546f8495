"""Agreement with a reference on pictures without labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from tests import pictures
from training.commands import evaluate
from training.evaluation.agreement import quantile

COUNT = 6


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    (folder / "deeper").mkdir()
    for number in range(COUNT):
        Image.fromarray(pictures.scene(1, number).image).save(folder / "deeper" / f"{number}.png")
    Image.new("RGB", (64, 48)).save(folder / "nobody.jpg")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def agreed(folder: Path, out: Path, *more: str) -> tuple[Result, Any]:
    options = ["--photos", folder, "--reference", "blazepose-lite", "--json", out / "out.json", *more]
    result = CliRunner().invoke(evaluate, ["agreement", *map(str, options)])
    return result, json.loads((out / "out.json").read_text()) if (out / "out.json").is_file() else None


@pytest.mark.parametrize("roi", ["detector", "reference"])
def test_a_model_agrees_with_itself_exactly(photos: Path, tmp_path: Path, roi: str) -> None:
    result, found = agreed(photos, tmp_path, "--model", "blazepose-lite", "--roi", roi, "--report", str(tmp_path / "p"))
    assert result.exit_code == 0, result.output
    entry = found["groups"]["all"]
    assert found["images"] == COUNT + 1
    assert entry["n"] >= COUNT - 1  # the reference need not be sure of all
    assert entry["detected"] == entry["pck@0.1"] == entry["oks"] == 1
    assert (found["distance"]["median"], found["distance"]["p95"]) == (0, 0)
    assert found["distance"]["ci95"]["p95"] == [0, 0]
    assert entry["mpjpe_mm"] == 0
    page = (tmp_path / "p/index.html").read_text()
    assert "agreement with blazepose-lite" in page
    assert "Green: blazepose-lite" in page


def test_another_model_agrees_nearly_and_is_compared(photos: Path, tmp_path: Path) -> None:
    rows = str(tmp_path / "rows.npz")
    assert agreed(photos, tmp_path, "--model", "blazepose-lite", "--rows", rows)[0].exit_code == 0
    result, found = agreed(photos, tmp_path, "--model", "blazepose-full", "--against", rows)
    assert result.exit_code == 0, result.output
    assert found["groups"]["all"]["pck@0.2"] > 0.9
    assert 0 < found["distance"]["median"] < found["distance"]["p95"] < 0.5
    assert found["against"]["groups"]["all"]["oks"]["difference"] < 0


def test_without_pictures_or_people_it_says_so(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result, _ = agreed(tmp_path / "empty", tmp_path, "--model", "blazepose-lite")
    assert result.exit_code == 1
    assert "expected pictures (.jpg" in result.output
    (tmp_path / "empty/nobody.jpg").write_bytes((photos / "nobody.jpg").read_bytes())
    result, _ = agreed(tmp_path / "empty", tmp_path, "--model", "blazepose-lite")
    assert "the reference is sure of nobody in 1 pictures" in result.output


def test_quantiles_count_weights_as_copies() -> None:
    rng = np.random.default_rng(0)
    values, copies = rng.random(50), rng.integers(0, 4, (3, 50))
    for share in (0.5, 0.95):
        expected = [np.quantile(np.repeat(values, row), share, method="inverted_cdf") for row in copies]
        assert quantile(values, copies.astype(float), share) == pytest.approx(expected)
    assert np.isnan(quantile(np.empty(0), np.ones((2, 0)), 0.5)).all()
