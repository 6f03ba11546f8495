"""Every exported output of every committed model, three ways, on 100 crops; and that the comparison can fail."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter import browser, network, parity, sources, tflite
from converter.errors import ConversionError
from tests.pictures import crops

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "static/models"
CROPS = 100
# Lite and full see the same crops; drawing them takes longer than running some networks.
drawn = cache(crops)
COMMITTED = [name for name, source in sources.SOURCES.items() if source.committed]

# blazepose-heavy is left out: it is not committed, so there is nothing in the tree to test, and it takes minutes.
# `make heavy` compares it on 100 crops and fails if it is too far off; the manifest holds what came out.


@pytest.fixture(autouse=True)
def _unpacked_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    # warm-up of a browser on a loaded machine
    monkeypatch.setattr(browser, "PATIENCE", 300)


@pytest.mark.parametrize("name", COMMITTED)
def test_three_ways_through_each_model_agree(name: str) -> None:
    source, path = sources.SOURCES[name], sources.find(name)
    model = network.build(tflite.read(path), source.positions, name)
    inputs = parity.scaled(source, drawn(CROPS, model.input_shape[1], 0))
    ways = {
        "tflite": parity.through_tflite(path, source.positions, inputs),
        "keras": parity.through_keras(model, inputs),
        "tfjs": parity.through_tfjs(MODELS / name, model, inputs),
    }
    differences = parity.compare(parity.quantities(source), ways)
    assert {d.quantity.output for d in differences} == set(source.positions)
    assert {d.ways for d in differences} == {"tflite / keras", "tflite / tfjs", "keras / tfjs"}
    for difference in differences:
        assert difference.quantity.tolerance is not None
        assert len(difference.by_crop) == CROPS
        # nothing agrees by chance or by being compared with itself
        assert 0 < difference.largest <= difference.quantity.tolerance, f"{difference.quantity.name}, {difference.ways}"


def test_the_tolerances_are_those_that_were_asked_for() -> None:
    table = {q.name: (q.tolerance, q.unit) for q in parity.LANDMARK_QUANTITIES + parity.DETECTOR_QUANTITIES}
    assert table == {
        "position": (0.01, "px"),
        "visibility, presence": (0.005, "logit"),
        "flag": (1e-4, "probability"),
        "heat map": (0.005, "logit"),
        "world": (0.05, "mm"),
        "boxes": (0.01, "px"),
        "scores": (1e-3, "logit"),
    }


def test_a_weight_changed_by_a_hundredth_is_noticed() -> None:
    source, path = sources.SOURCES["blazepose-lite"], sources.find("blazepose-lite")
    model = network.build(tflite.read(path), source.positions)
    kernel, bias = (layer := model.get_layer("conv_2d_311")).get_weights()
    layer.set_weights([kernel, bias * 1.01])
    inputs = parity.scaled(source, drawn(CROPS, 256, 0)[:2])
    ways = {
        "tflite": parity.through_tflite(path, source.positions, inputs),
        "keras": parity.through_keras(model, inputs),
    }
    within = {d.quantity.name: d.share_within for d in parity.compare(parity.LANDMARK_QUANTITIES, ways)}
    assert within == {"position": 1, "visibility, presence": 1, "flag": 1, "heat map": 1, "world": 0}


def outputs(*values: float) -> list[dict[str, Any]]:
    return [{"flag": np.array([[value]], np.float32)} for value in values]


FLAG = [q for q in parity.LANDMARK_QUANTITIES if q.name == "flag"]


def test_differences_are_per_crop_and_nan_is_infinite() -> None:
    (found,) = parity.compare(FLAG, {"a": outputs(0.5, 0.25, np.nan), "b": outputs(0.5, 0.5, 0.5)})
    assert found.by_crop == (0, 0.25, np.inf)
    assert (found.ways, found.largest, found.share_within) == ("a / b", np.inf, 1 / 3)


def test_a_way_that_stops_early_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        parity.compare(FLAG, {"a": outputs(1, 2), "b": outputs(1)})
    with pytest.raises(ConversionError, match="no crops"):
        parity.compare(FLAG, {"a": [], "b": []})


def test_a_model_that_fails_in_the_browser_is_reported(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    run = browser.run(tmp_path, [np.zeros((1, 8, 8, 3), np.float32)], {"flag": (1, 1)})
    with pytest.raises(browser.BrowserError, match=r"input 0 failed in the browser: .*Error"):
        next(run)


def test_a_browser_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    with pytest.raises(ConversionError, match="no browser found: /no/such/browser"):
        browser.find_browser()


def test_pictures_are_cut_square_and_scaled(tmp_path: Path) -> None:
    import PIL.Image

    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 20:60] = (255, 0, 51)
    PIL.Image.fromarray(picture).save(tmp_path / "wide.png")
    (loaded,) = parity.load_pictures(tmp_path, 5, (16, 16, 3))
    np.testing.assert_allclose(loaded, np.broadcast_to(np.array([1, 0, 0.2], np.float32), (16, 16, 3)), atol=1e-6)
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(ConversionError, match=r"a\.jpg is no picture"):
        parity.load_pictures(tmp_path, 5, (16, 16, 3))
    with pytest.raises(ConversionError, match=r"network's is \(4, 4, 2\)"):
        parity.load_pictures(tmp_path, 5, (4, 4, 2))
