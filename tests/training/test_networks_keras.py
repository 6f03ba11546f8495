"""A network as Keras has it, in the pipeline: what is taught is measured before it is exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from converter import network, sources, tflite
from tests import pictures
from training.pipeline import networks

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
PX = 0.05
"""XNNPACK's sums differ from Keras's by up to a hundredth of a pixel (converter/parity.py)."""
WORLD_M = 0.0005


def test_a_saved_network_says_what_its_tflite_file_says(tmp_path: Path) -> None:
    source = sources.SOURCES["blazepose-lite"]
    path = sources.find(source.name)
    network.build(tflite.read(path), source.positions, source.name).save(tmp_path / "taught.keras")
    levels = np.asarray(pictures.scene(1, 4, 256, 256).image, np.float32)
    expected = networks.open_landmarks("blazepose-lite")(levels)
    found = networks.open_landmarks(str(tmp_path))(levels)  # the only network in the folder
    assert set(found) == set(expected)
    points = [values["landmarks"].reshape(39, 5) for values in (found, expected)]
    assert np.abs(points[0][:, :3] - points[1][:, :3]).max() < PX
    assert np.abs(found["world"] - expected["world"]).max() < WORLD_M
    assert found["flag"].ravel()[0] == pytest.approx(expected["flag"].ravel()[0], abs=1e-3)
