"""``poseable convert`` as it is called."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from converter import manifest, parity, sources
from converter.commands import convert
from tests.converter.files import convolution

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(convert, [str(argument) for argument in arguments])


@pytest.fixture
def unknown(tmp_path: Path) -> Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(convolution().build())
    return path


def test_converts_a_file_that_it_does_not_know(unknown: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = call(unknown, "--out", out, "--crops", "3", "--keras")
    assert result.exit_code == 0, result.output
    assert "small: 1 operators, 9 trainable weights" in result.output
    assert result.output.count("unknown") == 3  # one row for each two ways
    entry = manifest.read(out)["small"]
    assert (entry["role"], entry["licence"], entry["source"]["package"]) == ("other", None, None)
    assert (entry["input"]["shape"], entry["input"]["range"]) == ([1, 4, 4, 2], None)
    assert entry["parity"]["differences"]["output_0"]["largest"]["tflite / keras"] < 1e-5
    manifest.verify(out, "small")
    assert (out / "small.keras").is_file()


def test_knows_a_released_file_by_its_content(tmp_path: Path) -> None:
    copy = tmp_path / "renamed.tflite"
    copy.write_bytes(sources.find("blazepose-lite").read_bytes())
    result = call(copy, "--out", tmp_path, "--crops", "1")
    assert result.exit_code == 0, result.output
    assert "world                 mm          tflite / tfjs" in result.output
    assert manifest.read(tmp_path)["blazepose-lite"]["role"] == "landmarks"


def test_too_large_a_difference_is_an_error_and_replaces_nothing(
    unknown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert call(unknown, "--out", out, "--crops", "1").exit_code == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    strict = parity.quantities

    def impossible(source: sources.Source) -> tuple[parity.Quantity, ...]:
        return tuple(replace(quantity, tolerance=-1.0) for quantity in strict(source))

    monkeypatch.setattr(parity, "quantities", impossible)
    result = call(unknown, "--out", out, "--crops", "1")
    assert result.exit_code == 1
    assert (
        "Error: small differs from its original by more than the tolerance: output_0 (tflite / keras)" in result.output
    )
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    path = tmp_path / "page.tflite"
    path.write_text("<!doctype html>")
    result = call(path, "--out", tmp_path)
    assert result.exit_code == 1
    assert (
        result.output
        == "Error: page.tflite: bytes 4 to 8: expected the identifier 'TFL3', found 74 79 70 65\n".replace(
            "74 79 70 65", b"<!doctype html>"[4:8].hex(" ")
        )
    )


def test_says_that_a_name_is_unknown(tmp_path: Path) -> None:
    result = call("blazepose-huge", "--out", tmp_path)
    assert result.exit_code == 1
    assert "'blazepose-huge' is neither a file nor one of person-detector, blazepose-lite" in result.output


def test_wants_something_to_convert(tmp_path: Path) -> None:
    result = call("--out", tmp_path)
    assert result.exit_code == 2
    assert "name a .tflite file or a model, or use --all" in result.output
    result = call("blazepose-lite")
    assert result.exit_code == 2
    assert "say where to: --out DIR, --task FILE, or both" in result.output


def test_bundles_two_networks(tmp_path: Path) -> None:
    out = tmp_path / "pose.task"
    result = call("blazepose-lite", "--task", out)
    assert result.exit_code == 0, result.output
    assert result.output == f"{out}: blazepose-lite and person-detector, {out.stat().st_size / 1e6:.2f} MB\n"
    result = call("blazepose-lite", "blazepose-full", "--task", out)
    assert result.exit_code == 2
    assert "--task takes one landmark network, not 2" in result.output
    result = call("blazepose-lite", "--task", out, "--detector", "nobody")
    assert result.exit_code == 1
    assert "'nobody' is neither a file nor one of person-detector, blazepose-lite" in result.output


def test_says_which_extra_is_missing(unknown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.delitem(sys.modules, "converter.network", raising=False)
    monkeypatch.delattr("converter.network", raising=False)
    result = call(unknown, "--out", tmp_path)
    assert result.exit_code == 1
    assert "install the extra: pip install 'poseable[converter]'" in result.output


def test_without_a_browser_two_ways_are_compared(
    unknown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    result = call(unknown, "--out", tmp_path, "--crops", "1")
    assert result.exit_code == 0, result.output
    assert "TF.js is not compared: no browser found: /no/such/browser" in result.output
    largest = json.loads((tmp_path / "manifest.json").read_text())["models"]["small"]["parity"]["differences"][
        "output_0"
    ]
    assert largest["largest"].keys() == {"tflite / keras"}
