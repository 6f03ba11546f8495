"""A taught network written out: the same file with other weights, and nothing that could go wrong unnoticed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from converter import manifest, network, parity, patch, sources, taught, tfjs, tflite
from converter.errors import ConversionError, ParityError, UnknownModelError, WeightsError
from tests import oracle, pictures
from training.pipeline import networks
from training.pipeline.estimator import Estimator

# Keras 3 turns TensorFlow 2.19's variables into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

LANDMARKS, DETECTOR = "blazepose-lite", "person-detector"
EVALUATION = {"groups": {"all": {"pck@0.2": 0.9}}, "worst": None}
SAME_SHARE = 0.0005
"""Of the torso, for the median landmark: the order of sums, as in tests/training/test_pipeline.py."""
OTHER_SHARE = 0.002
"""Four times that, or the pictures would not tell the networks apart."""
NOISE = 0.01
"""Share by which the artificial teaching changes each weight: enough to see, too little to break the network."""


def build(name: str) -> Any:
    """Return a network of its own, to be changed."""
    return network.build(tflite.read(sources.find(name)), sources.SOURCES[name].positions, name)


def teach(model: Any) -> Any:
    """Change all weights a little, those that several layers share in different ways."""
    rng = np.random.default_rng(0)
    for layer in model.layers:
        weights = layer.get_weights()
        layer.set_weights([w * (1 + NOISE * rng.normal(size=w.shape)) + 1e-3 * rng.normal() for w in weights])
    return model


def write(model: Any, source: str, folder: Path, **options: Any) -> Path:
    side = model.input_shape[1]
    options = {"crops": pictures.crops(2, side, seed=3), "taught": {"recipe": "noise"}} | options
    return taught.write_taught(model, source, f"{source}-inclusive", folder, EVALUATION, **options)


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    """Taught networks, with weights that float16 does not hold exactly."""
    return {name: teach(build(name)) for name in (LANDMARKS, DETECTOR)}


@pytest.fixture(scope="module")
def folder(models: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of taught models; of the detector only its .tflite, to save time."""
    folder = tmp_path_factory.mktemp("models")
    released, detector = sources.find(DETECTOR), tflite_of(folder, DETECTOR)
    detector.parent.mkdir()
    constants = network.constants(tflite.read(released), models[DETECTOR])
    detector.write_bytes(patch.replace(released.read_bytes(), DETECTOR, constants))
    write(models[LANDMARKS], LANDMARKS, folder, detector=detector)
    return folder


def tflite_of(folder: Path, source: str) -> Path:
    return folder / f"{source}-inclusive/{source}-inclusive.tflite"


@pytest.mark.parametrize("name", [LANDMARKS, "blazepose-full"])
def test_weights_that_nobody_changed_give_the_released_file(name: str) -> None:
    data = sources.find(name).read_bytes()
    constants = network.constants(tflite.parse(data, name), build(name))
    assert patch.replace(data, name, constants) == data


def test_the_detector_becomes_dense_and_gives_the_same(tmp_path: Path) -> None:
    path = sources.find(DETECTOR)
    graph = tflite.read(path)
    dense = tmp_path / "dense.tflite"
    dense.write_bytes(patch.replace(path.read_bytes(), path.name, network.constants(graph, build(DETECTOR))))
    again = tflite.read(dense)
    assert again.operators == tuple(replace(o, index=n) for o, n in zip(graph.operators, numbers(again), strict=True))
    positions = sources.SOURCES[DETECTOR].positions
    inputs = parity.scaled(sources.SOURCES[DETECTOR], pictures.crops(1, 224, seed=3))
    (before,), (after,) = (list(parity.through_tflite(file, positions, inputs)) for file in (path, dense))
    for output in positions:
        np.testing.assert_array_equal(before[output], after[output])


def numbers(graph: tflite.Graph) -> list[int]:
    return [operator.index for operator in graph.operators]


@pytest.mark.parametrize("source", [LANDMARKS, DETECTOR])
def test_holds_the_taught_weights(models: dict[str, Any], folder: Path, source: str) -> None:
    graph = tflite.read(tflite_of(folder, source))
    again = network.build(graph, sources.SOURCES[source].positions)
    for layer in models[source].layers:
        for given, written in zip(layer.get_weights(), again.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(written, given.astype(np.float16).astype(np.float32))


def test_the_rest_of_the_landmark_file_stays(models: dict[str, Any], folder: Path) -> None:
    """Above all the segmentation branch, of which Keras knows nothing."""
    released, written = tflite.read(sources.find(LANDMARKS)), tflite.read(tflite_of(folder, LANDMARKS))
    assert written.operators == released.operators
    assert (written.inputs, written.outputs) == (released.inputs, released.outputs)
    taken = {operator.layer for operator in released.operators}
    known = {layer.name for layer in models[LANDMARKS].layers}
    for operator in released.operators:
        for index in operator.inputs[1:]:
            same = np.array_equal(written.tensors[index].value, released.tensors[index].value)
            assert same or operator.layer in known
    assert taken - known, "nothing but the taught part is left of the file"


def test_the_manifest_tells_what_it_is(folder: Path) -> None:
    name = f"{LANDMARKS}-inclusive"
    manifest.verify(folder, name)
    entry = manifest.read(folder)[name]
    released = sources.SOURCES[LANDMARKS]
    assert entry["source"] == {
        "model": LANDMARKS,
        "package": sources.PACKAGE,
        "file": released.file,
        "sha256": released.sha256,
    }
    assert (entry["role"], entry["licence"], entry["committed"]) == ("landmarks", "Apache-2.0", False)
    assert (entry["taught"], entry["evaluation"]) == ({"recipe": "noise"}, EVALUATION)
    assert [output["name"] for output in entry["outputs"]] == list(released.positions)
    assert json.loads((folder / entry["report"]["path"]).read_text()) == EVALUATION
    for row in entry["parity"]["differences"].values():
        assert row["largest"].keys() == {"tflite / keras", "tflite / tfjs", "keras / tfjs"}
        assert max(row["largest"].values()) <= row["tolerance"]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_is_found_by_its_name(folder: Path, tmp_path: Path) -> None:
    name = f"{LANDMARKS}-inclusive"
    assert manifest.find(name, folder) == tflite_of(folder, LANDMARKS)
    (tmp_path / "own").symlink_to(folder)
    assert manifest.find(f"own/{name}", tmp_path) == tmp_path / "own" / name / f"{name}.tflite"
    assert manifest.find("blazepose-lite", folder) == sources.find("blazepose-lite")
    with pytest.raises(ConversionError, match=f"'mine' is neither a file nor one of .*blazepose-heavy, own/{name}$"):
        manifest.find("mine", tmp_path)


def test_its_file_counts_as_a_pose_network(folder: Path) -> None:
    for source in (LANDMARKS, DETECTOR):
        path = tflite_of(folder, source)
        found, released = sources.identify(path, tflite.read(path)), sources.SOURCES[source]
        assert (found.name, found.package) == (f"{source}-inclusive", None)
        assert (found.role, found.outputs, found.value_range) == (
            released.role,
            released.outputs,
            released.value_range,
        )


def test_mediapipe_sees_with_the_taught_networks(folder: Path) -> None:
    """Our own pipeline on the same files agrees; with either network as it was released, it does not."""
    images = [*pictures.bodies(2, seed=7), pictures.scene(1, 1).image]
    expected = oracle.on_pictures(folder / f"{LANDMARKS}-inclusive/{LANDMARKS}-inclusive.task", images)
    assert [len(people) for people in expected] == [1] * len(images)
    files = {source: (str(tflite_of(folder, source)), source) for source in (LANDMARKS, DETECTOR)}

    def shares(landmarks: str, detector: str) -> list[float]:
        """Return the median landmark's distance from MediaPipe's over the torso, by picture."""
        ours = networks.Networks(networks.open_landmarks(landmarks), networks.open_detector(detector))
        found = []
        for image, (estimate,) in zip(images, expected, strict=True):
            (person,) = Estimator(ours, max_people=1).estimate(image, 0.0)
            distances = np.linalg.norm(person.pose.landmarks[:, :2] - estimate.landmarks[:, :2], axis=1)
            found.append(float(np.median(distances) / estimate.torso))
        return found

    assert max(shares(files[LANDMARKS][0], files[DETECTOR][0])) < SAME_SHARE
    assert min(shares(files[LANDMARKS][1], files[DETECTOR][0])) > OTHER_SHARE
    assert min(shares(files[LANDMARKS][0], files[DETECTOR][1])) > OTHER_SHARE


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_other_numbers_are_an_error_and_replace_nothing(
    models: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(folder)
    right = network.constants

    def upside_down(graph: tflite.Graph, model: Any) -> dict[patch.Operand, tflite.Array]:
        return {operand: values[::-1] for operand, values in right(graph, model).items()}

    def nothing(_: Any, folder: Path) -> list[Path]:
        folder.mkdir()
        return []

    monkeypatch.setattr(network, "constants", upside_down)
    monkeypatch.setattr(tfjs, "export", nothing)  # it takes long, and is not what is wrong here
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    with pytest.raises(ParityError, match=r"blazepose-lite-inclusive differs .*: position \(tflite / keras\)"):
        write(models[LANDMARKS], LANDMARKS, folder)
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("value", "fault"), [(np.nan, "not finite: teaching has diverged"), (1e5, "a weight of 100000, float16 ends")]
)
def test_weights_beyond_float16_are_refused_by_layer(
    models: dict[str, Any], tmp_path: Path, value: float, fault: str
) -> None:
    layer = models[LANDMARKS].get_layer("conv_2d_188")
    kernel, bias = layer.get_weights()
    try:
        layer.set_weights([kernel, np.full_like(bias, value)])
        with pytest.raises(WeightsError, match=f"layer conv_2d_188: .*{fault}"):
            write(models[LANDMARKS], LANDMARKS, tmp_path)
    finally:
        layer.set_weights([kernel, bias])
    assert not list(tmp_path.iterdir())


def test_another_networks_layers_are_refused(models: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"more lacking, .* not of the released model"):
        write(models[DETECTOR], LANDMARKS, tmp_path)


def test_a_report_must_be_json(models: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        taught.write_taught(models[LANDMARKS], LANDMARKS, "mine", tmp_path, {"pck@0.2": float("nan")})


@pytest.mark.parametrize("name", ["", "Mine", "../mine", "a" * 41, "blazepose-full"])
def test_names_that_cannot_be_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConversionError, match="1 to 40 of a to z, 0 to 9 and hyphen"):
        taught.write_taught(None, LANDMARKS, name, tmp_path, {})


def test_the_released_model_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="no released model is called 'blazepose-huge'"):
        taught.write_taught(None, "blazepose-huge", "mine", tmp_path, {})


def test_only_keras_on_tensorflow_can_be_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ConversionError, match=r"needs Keras on TensorFlow .* not on jax"):
        taught.write_taught(None, LANDMARKS, "mine", tmp_path, {})


def test_operands_that_are_not_there_are_refused() -> None:
    path = sources.find(LANDMARKS)
    data, graph = path.read_bytes(), tflite.read(path)
    (pad, convolution, *_) = graph.operators
    bias = graph.tensors[convolution.inputs[2]].shape
    for operand, fault in (
        (patch.Operand(graph.inputs[0], 1), "nothing takes an operand 1"),
        (patch.Operand(pad.outputs[0], 0), "operand 0 is no constant"),
        (patch.Operand(convolution.outputs[0], 1), r"operand 1: expected values of shape .*, found \(3,\)"),
        (patch.Operand(convolution.outputs[0], 2), f"layer {convolution.layer}: a weight of 1e\\+06, float16 ends"),
    ):
        with pytest.raises(ConversionError, match=fault):
            patch.replace(data, path.name, {operand: np.full(bias if operand.position == 2 else 3, 1e6)})
