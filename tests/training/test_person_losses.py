"""The person detector's loss against a slow version of its definition, and on another back end of Keras."""

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

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
ROOT = Path(__file__).resolve().parents[2]
SAME = 1e-4
"""Relative: sums of thousands of anchors in float32, in another order."""
Arrays = dict[str, Any]


def outputs(seed: int, batch: int = 2) -> Arrays:
    rng = np.random.default_rng(seed)
    found = {"boxes": rng.normal(0, 20, (batch, 2254, 12)), "scores": rng.normal(-6, 4, (batch, 2254, 1))}
    return {name: values.astype(np.float32) for name, values in found.items()}


def targets(seed: int, batch: int = 2) -> Arrays:
    from training.persons.targets import TARGETS

    rng = np.random.default_rng(seed)
    found = {name: rng.normal(0, 30, (batch, *shape)) for name, shape in TARGETS.items()}
    found["scores"] = np.where(rng.random((batch, 980)) < 0.03, rng.uniform(0.1, 0.98, (batch, 980)), 0)
    found["scores_weight"] = (rng.random((batch, 980)) < 0.9) * 1.0
    found["boxes_weight"] = found["scores"] * (rng.random((batch, 980)) < 0.8)
    return {name: values.astype(np.float32) for name, values in found.items()}


def slow(said: Arrays, wanted: Arrays) -> dict[str, float]:
    """The definitions, anchor by anchor."""
    from training.persons.targets import LIVE

    def huber(error: float) -> float:
        return 0.05 * (math.sqrt(1 + (error / 0.05) ** 2) - 1)

    found = dict.fromkeys(("scores", "places", "sizes", "unused"), 0.0)
    positives = sure = 0.0
    for b in range(len(said["scores"])):
        for k, anchor in enumerate(LIVE):
            target, weight = float(wanted["scores"][b, k]), float(wanted["scores_weight"][b, k])
            probability = 1 / (1 + math.exp(-float(said["scores"][b, anchor, 0])))
            entropy = -(target * math.log(probability) + (1 - target) * math.log(1 - probability))
            found["scores"] += weight * (probability - target) ** 2 * entropy
            positives += weight * target
            weight = float(wanted["boxes_weight"][b, k])
            raw, right = said["boxes"][b, anchor].astype(float), wanted["boxes"][b, k].astype(float)
            radius = max(math.dist(right[4:6], right[6:8]), 8.0)
            places = 0.0
            for column, importance in ((0, 1), (4, 2), (6, 2), (8, 1), (10, 0.5)):
                places += importance * sum(huber((raw[column + a] - right[column + a]) / radius) for a in (0, 1))
            found["places"] += weight * places / 6.5 / 0.05
            found["sizes"] += weight * sum(huber((raw[a] - right[a]) / 44.8) for a in (2, 3)) / 0.05
            sure += weight
    unused = [float(v) for b in said["scores"] for anchor, v in enumerate(b[:, 0]) if anchor not in set(LIVE.tolist())]
    found["unused"] = sum(max(v + 8.0, 0) for v in unused) / len(unused)
    return found | {
        "scores": found["scores"] / positives,
        "places": found["places"] / sure,
        "sizes": found["sizes"] / sure,
    }


def computed(said: Arrays, wanted: Arrays) -> dict[str, float]:
    from training.persons import losses

    found = losses.terms(said, wanted)
    return {name: float(value) for name, value in found.items()} | {"total": float(losses.total(found))}


def test_terms_are_as_defined() -> None:
    from training.persons.losses import WEIGHTS

    expected = slow(outputs(1), targets(2))
    found = computed(outputs(1), targets(2))
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=SAME)
    assert found["total"] == pytest.approx(sum(WEIGHTS[name] * expected[name] for name in expected), rel=SAME)


def test_what_is_right_costs_nothing_and_pulls_nowhere() -> None:
    import tensorflow as tf

    from training.persons import losses
    from training.persons.targets import COUNT, LIVE

    wanted = targets(2)
    said = {"boxes": np.zeros((2, COUNT, 12), np.float32), "scores": np.full((2, COUNT, 1), -20, np.float32)}
    said["boxes"][:, LIVE] = wanted["boxes"]
    sure = np.clip(wanted["scores"].astype(float), 1e-9, 1 - 1e-9)
    said["scores"][:, LIVE, 0] = np.log(sure / (1 - sure))
    variables = {name: tf.Variable(values) for name, values in said.items()}
    with tf.GradientTape() as tape:
        value = losses.total(losses.terms({name: v * 1.0 for name, v in variables.items()}, wanted))
    assert float(value) == pytest.approx(0, abs=1e-5)
    for gradient in tape.gradient(value, list(variables.values())):
        assert float(tf.reduce_max(tf.abs(gradient))) < 1e-5


def test_what_has_no_weight_has_no_gradient_and_nobody_is_no_fault() -> None:
    import tensorflow as tf

    from training.persons import losses
    from training.persons.targets import LIVE

    wanted = {name: values * 0 for name, values in targets(2).items()}
    wanted["scores_weight"] += 1
    wanted["scores_weight"][:, 7] = 0
    variables = {name: tf.Variable(values) for name, values in outputs(3).items()}
    with tf.GradientTape() as tape:
        value = losses.total(losses.terms({name: v * 1.0 for name, v in variables.items()}, wanted))
    boxes, scores = tape.gradient(value, [variables["boxes"], variables["scores"]])
    assert np.isfinite(float(value))
    assert not np.asarray(boxes).any()
    gradient = np.asarray(scores)[:, LIVE, 0]
    assert not gradient[:, 7].any()
    assert (gradient.sum(0)[8:] > 0).all()


def test_another_back_end_computes_the_same() -> None:
    pytest.importorskip("jax")
    code = (
        "import json\nfrom tests.training.test_person_losses import computed, outputs, targets\n"
        "print(json.dumps(computed(outputs(1), targets(2))))"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    other = json.loads(done.stdout.splitlines()[-1])
    assert other == pytest.approx(computed(outputs(1), targets(2)), rel=SAME)
