"""One step of teaching is the same on TensorFlow, JAX and PyTorch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BACK_ENDS = ("tensorflow", "jax", "torch")
SAME_LOSS = 1e-4
"""Relative: float32 sums over 160,000 cells of heat maps in another order."""
SAME_STEP = 0.02
"""Of the step's own size: the first step of Adam is the gradient's sign, and signs of gradients near 0 may differ."""

STEP = """
import json
import numpy as np
from training import losses
from training.data import TARGETS
from training.teaching import network
from training.teaching.loop import Plan, compiled

model = network.open_released("blazepose-lite")
_, late = network.split(model, "add_225")
random = np.random.default_rng(4)
inputs = tuple(random.normal(0, 1, (2, *tensor.shape[1:])).astype(np.float32) for tensor in late.inputs)
targets = {name: random.random((2, *shape)).astype(np.float32) for name, shape in TARGETS.items()}
targets["landmarks"] *= 255
def loss(outputs, wanted):
    return losses.total(losses.terms(outputs, wanted))
student = compiled(late, loss, Plan(rounds=1, steps=1, rate=1e-3, warm_up=1, average=0.0))
before = np.concatenate([w.ravel() for w in late.get_weights()])
first = student.train_on_batch(inputs, targets)
after = np.concatenate([w.ravel() for w in late.get_weights()])
moved = after - before
found = {"loss": float(first), "size": float(np.abs(moved).sum()), "places": moved[:: len(moved) // 2000].tolist()}
print(json.dumps(found))
"""


def _step(back_end: str) -> dict[str, float | list[float]]:
    environment = {**os.environ, "KERAS_BACKEND": back_end, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-W", "ignore", "-c", STEP]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, float | list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def reference() -> dict[str, float | list[float]]:
    return _step(BACK_ENDS[0])


@pytest.mark.parametrize("back_end", BACK_ENDS[1:])
def test_a_step_is_the_same_on_every_back_end(back_end: str, reference: dict[str, float | list[float]]) -> None:
    other = _step(back_end)
    assert other["loss"] == pytest.approx(reference["loss"], rel=SAME_LOSS)
    assert other["size"] == pytest.approx(reference["size"], rel=SAME_STEP)
    apart = sum(abs(a - b) for a, b in zip(other["places"], reference["places"], strict=True))  # type: ignore[arg-type]
    assert apart <= SAME_STEP * sum(map(abs, reference["places"]))  # type: ignore[arg-type]
