"""The losses against a slow version of their definitions, and on another back end of Keras."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pose.landmarks import COUNT, RAW_COUNT

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
ROOT = Path(__file__).resolve().parents[2]
SAME = 1e-4
"""Relative: sums of 160,000 cells of the heat map in float32, in another order."""
Arrays = dict[str, Any]


def outputs(seed: int, batch: int = 2) -> Arrays:
    rng = np.random.default_rng(seed)
    raw = np.concatenate(
        [rng.uniform(20, 230, (batch, RAW_COUNT, 2)), rng.normal(0, 40, (batch, RAW_COUNT, 1)),
         rng.normal(0, 3, (batch, RAW_COUNT, 2))], axis=-1,
    )  # fmt: skip
    found = {
        "landmarks": raw.reshape(batch, -1),
        "world": rng.normal(0, 0.4, (batch, 3 * RAW_COUNT)),
        "flag": rng.uniform(0.2, 0.95, (batch, 1)),
        "heatmap": rng.normal(-3, 2, (batch, 64, 64, RAW_COUNT)),
    }
    return {name: values.astype(np.float32) for name, values in found.items()}


def targets(seed: int, batch: int = 2) -> Arrays:
    rng = np.random.default_rng(seed)
    some = (batch, COUNT)
    found = {
        "landmarks": np.concatenate([rng.uniform(20, 230, (*some, 2)), rng.normal(0, 40, (*some, 1))], axis=-1),
        "world": rng.normal(0, 0.4, (*some, 3)),
        "visibility": (rng.random(some) < 0.6) * 1.0,
        "presence": (rng.random(some) < 0.9) * 1.0,
        "alignment": rng.uniform(50, 200, (batch, 2, 2)),
        "flag": np.ones((batch, 1)),
        "alignment_weight": np.ones((batch, 2)),
        "flag_weight": np.ones((batch, 1)),
    }
    for name in ("landmarks", "z", "world", "visibility", "presence"):
        found[f"{name}_weight"] = rng.choice([0.0, 0.7, 1.0], some)
    return {name: values.astype(np.float32) for name, values in found.items()}


def slow(said: Arrays, wanted: Arrays) -> dict[str, float]:
    """The definitions, number by number."""
    sums = {name: [0.0, 0.0] for name in ("xy", "z", "world", "visibility", "presence", "alignment", "flag", "heatmap")}

    def add(name: str, value: float, weight: float) -> None:
        sums[name][0] += float(weight) * value
        sums[name][1] += float(weight)

    def huber(e: float) -> float:
        return 8.0 * (math.sqrt(1 + (e / 8.0) ** 2) - 1)

    def entropy(p: float, q: float) -> float:
        return -(p * math.log(q) + (1 - p) * math.log(1 - q))

    def sigmoid(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    for b in range(len(said["flag"])):
        raw = said["landmarks"][b].astype(float).reshape(RAW_COUNT, 5)
        world = said["world"][b].astype(float).reshape(RAW_COUNT, 3)
        for k in range(COUNT):
            place = wanted["landmarks"][b, k].astype(float)
            weight = wanted["landmarks_weight"][b, k]
            add("xy", huber(math.dist(raw[k, :2], place[:2])), weight)
            add("z", huber(raw[k, 2] - place[2]), wanted["z_weight"][b, k])
            apart = (world[k] - wanted["world"][b, k]) * 130
            add("world", sum(map(huber, apart)) / 3, wanted["world_weight"][b, k])
            for column, name in ((3, "visibility"), (4, "presence")):
                add(name, entropy(wanted[name][b, k], sigmoid(raw[k, column])), wanted[f"{name}_weight"][b, k])
            rows, columns = np.indices((64, 64))
            squared = (columns - place[0] / 4) ** 2 + (rows - place[1] / 4) ** 2
            peak = np.exp(-squared / (2 * 1.5**2))
            seen = 1 / (1 + np.exp(-said["heatmap"][b, :, :, k].astype(float)))
            add("heatmap", float(-(peak * np.log(seen) + (1 - peak) * np.log(1 - seen)).mean()), weight)
        for k in range(2):
            off = raw[COUNT + k, :2] - wanted["alignment"][b, k]
            add("alignment", sum(map(huber, off)) / 2, 1)
        add("flag", entropy(float(wanted["flag"][b, 0]), float(said["flag"][b, 0])), 1)
    return {name: total / weight for name, (total, weight) in sums.items()}


def computed(said: Arrays, wanted: Arrays) -> dict[str, float]:
    from training import losses

    found = losses.terms(said, wanted)
    return {name: float(value) for name, value in found.items()} | {"total": float(losses.total(found))}


def test_terms_are_as_defined() -> None:
    from training.losses import WEIGHTS

    expected = slow(outputs(1), targets(2))
    found = computed(outputs(1), targets(2))
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=SAME)
    assert found["total"] == pytest.approx(sum(WEIGHTS[name] * expected[name] for name in expected), rel=SAME)


def test_without_a_heat_map_there_is_no_such_term() -> None:
    said = outputs(1)
    del said["heatmap"]
    assert "heatmap" not in computed(said, targets(2))


def test_what_has_no_weight_has_no_say_and_no_gradient() -> None:
    import tensorflow as tf

    from training import losses

    wanted = targets(2)
    for name in ("landmarks", "z", "world", "visibility", "presence"):
        wanted[f"{name}_weight"][:, 15] = 0
    variables = {name: tf.Variable(values) for name, values in outputs(1).items()}
    with tf.GradientTape() as tape:
        value = losses.total(losses.terms({name: v * 1.0 for name, v in variables.items()}, wanted))
    gradients = dict(zip(variables, tape.gradient(value, list(variables.values())), strict=True))
    for name, gradient in gradients.items():
        assert np.isfinite(gradient).all(), name
        assert np.abs(gradient).max() > 0, name
    assert not gradients["landmarks"].numpy().reshape(2, RAW_COUNT, 5)[:, 15].any()
    assert not gradients["world"].numpy().reshape(2, RAW_COUNT, 3)[:, 15].any()
    assert not gradients["heatmap"].numpy()[..., 15].any()


def test_a_batch_without_labels_is_nought_and_not_nan() -> None:
    wanted = {name: values * (0 if name.endswith("_weight") else 1) for name, values in targets(2).items()}
    assert computed(outputs(1), wanted)["total"] == 0


def test_a_network_agrees_with_itself() -> None:
    from training import losses
    from training.teaching.sources import teach

    said = outputs(1)
    each = [teach({name: values[place] for name, values in said.items()}) for place in range(len(said["flag"]))]
    taught = {name: np.stack([one[name] for one in each]) for name in each[0]}
    found = {name: float(value) for name, value in losses.terms(said, taught).items()}
    for name in ("xy", "z", "world", "alignment"):
        assert found[name] == pytest.approx(0, abs=1e-5), name
    other = outputs(3)
    assert float(losses.terms(other, taught)["visibility"]) > found["visibility"]
    assert np.array(taught["landmarks_weight"]).max() <= said["flag"].max()


def test_another_back_end_computes_the_same() -> None:
    pytest.importorskip("jax")
    code = (
        "import json\nfrom tests.training.test_losses import computed, outputs, targets\n"
        "print(json.dumps(computed(outputs(1), targets(2))))"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    other = json.loads(done.stdout.splitlines()[-1])
    assert other == pytest.approx(computed(outputs(1), targets(2)), rel=SAME)
