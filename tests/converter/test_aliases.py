"""The names for other people's pages hold exactly what the package behind them expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from converter import aliases, browser
from tests import pictures

MODELS = Path(__file__).resolve().parents[2] / "static/models"
# float32 of the sigmoid, in the browser and in numpy
SIGMOID = 1e-6


def run(name: str, side: int, low: float, shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    crop = pictures.crops(1, side, seed=3)[0]
    (outputs,) = browser.run(MODELS / name, [(crop * (1 - low) + low)[None]], shapes)
    return outputs


def test_landmarks() -> None:
    ours = {"landmarks": (1, 195), "flag": (1, 1), "heatmap": (1, 64, 64, 39), "world": (1, 117)}
    theirs = {name: ours[source] for name, (_, source) in aliases.LANDMARKS.items()}
    found = run("blazepose-lite", 256, 0.0, ours | theirs)
    for name, source in (("ld_3d", "landmarks"), ("output_poseflag", "flag"), ("world_3d", "world")):
        np.testing.assert_array_equal(found[name], found[source])
    np.testing.assert_allclose(found["activation_heatmap"], 1 / (1 + np.exp(-found["heatmap"])), atol=SIGMOID)


def test_detections() -> None:
    shapes = {"boxes": (1, 2254, 12), "scores": (1, 2254, 1), "detections": (1, 2254, 13)}
    found = run("person-detector", 224, -1.0, shapes)
    np.testing.assert_array_equal(found["detections"], np.concatenate([found["scores"], found["boxes"]], axis=2))
    signature = json.loads((MODELS / "person-detector/model.json").read_text())["signature"]
    assert list(signature["outputs"]) == ["detections"], "predict() must give one tensor"


def test_other_networks_get_none() -> None:
    nodes: list[aliases.Node] = []
    signature = {"outputs": {"output_0": {"name": "output_0:0"}}}
    aliases.add(nodes, signature)
    assert not nodes
    assert signature == {"outputs": {"output_0": {"name": "output_0:0"}}}
