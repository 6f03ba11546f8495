"""What is committed is what the released and the taught files become, and the manifest says so truly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter import manifest, network, sources, tfjs, tflite
from converter.errors import ChecksumError, ConversionError, UnknownModelError

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "static/models"
COMMITTED = [name for name, entry in manifest.read(MODELS).items() if entry["committed"]]


def source_of(name: str) -> sources.Source:
    """Return the released network that a model is, or was taught from."""
    return sources.SOURCES[manifest.read(MODELS)[name]["source"].get("model", name)]


def build(name: str) -> Any:
    """Return the Keras network of a model's .tflite file."""
    return network.build(tflite.read(manifest.find(name)), source_of(name).positions, name)


def graph(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "model.json").read_text())
    return content


def test_the_manifest_lists_every_released_model() -> None:
    entries = manifest.read(MODELS)
    assert {name for name, entry in entries.items() if "taught" not in entry} == sources.SOURCES.keys()
    assert {name for name, source in sources.SOURCES.items() if source.committed} <= set(COMMITTED)
    for name, source in sources.SOURCES.items():
        entry = entries[name]
        assert entry["source"] == {"package": sources.PACKAGE, "file": source.file, "sha256": source.sha256}
        assert entry["licence"] == "Apache-2.0"
        assert entry["committed"] == source.committed
        assert [output["name"] for output in entry["outputs"]] == list(source.positions)
        assert entry["parity"]["crops"] >= 100
        measured = [row["largest"] for row in entry["parity"]["differences"].values()]
        assert all(row.keys() == {"tflite / keras", "tflite / tfjs", "keras / tfjs"} for row in measured)


@pytest.mark.parametrize("name", COMMITTED)
def test_committed_files_are_the_ones_described(name: str) -> None:
    manifest.verify(MODELS, name)
    entry = manifest.read(MODELS)[name]
    described = {file["path"] for file in manifest.described(entry)}
    assert described == {path.relative_to(MODELS).as_posix() for path in (MODELS / name).iterdir()}
    for row in entry["parity"]["differences"].values():
        shares = row.get("share_within", {}).values()
        assert max(row["largest"].values()) <= row["tolerance"] or "taught" in entry
        assert min(shares, default=1) >= sources.TAUGHT_SHARE_WITHIN


@pytest.mark.parametrize("name", COMMITTED)
def test_converting_again_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    files = tfjs.export(build(name), tmp_path / name)
    assert [manifest.describe(path, tmp_path) for path in files] == manifest.read(MODELS)[name]["files"]


@pytest.mark.parametrize("name", COMMITTED)
def test_graphs_are_what_the_tracker_expects(name: str) -> None:
    content = graph(MODELS / name)
    entry = manifest.read(MODELS)[name]
    signature = content["signature"]
    assert {key: value["name"] for key, value in signature["inputs"].items()} == {"image": "image:0"}
    nodes = {node["name"] for node in content["modelTopology"]["node"]}
    assert {output["name"] for output in entry["outputs"]} <= nodes
    stated = {output["name"]: output["shape"] for output in entry["outputs"]}
    if entry["role"] == "detector":
        stated = {"detections": [1, 2254, 13]}  # what predict() gives, see converter/aliases.py
    assert {
        name: [int(size["size"]) for size in described["tensorShape"]["dim"]]
        for name, described in signature["outputs"].items()
    } == stated
    assert all(described["name"] == f"{name}:0" for name, described in signature["outputs"].items())
    weights = {weight["name"]: weight for group in content["weightsManifest"] for weight in group["weights"]}
    assert {w.get("quantization", w)["dtype"] for w in weights.values()} == {"float16", "int32"}
    # tfjs-wasm refuses a bias of any other rank
    nodes = content["modelTopology"]["node"]
    biases = [node["input"][2] for node in nodes if node["op"] in tfjs.FUSED and len(node["input"]) > 2]
    biases += [node["input"][1] for node in nodes if node["op"] == "BiasAdd"]
    assert len(biases) > 30
    assert all(len(weights[bias]["shape"]) == 1 for bias in biases)


@pytest.mark.parametrize("name", COMMITTED)
def test_graphs_hold_the_original_weights(name: str) -> None:
    content = graph(MODELS / name)
    data = b"".join((MODELS / name / path).read_bytes() for path in content["weightsManifest"][0]["paths"])
    stored: list[bytes] = []
    start = 0
    for weight in content["weightsManifest"][0]["weights"]:
        kind = np.dtype(weight.get("quantization", weight)["dtype"])
        size = int(np.prod(weight["shape"], dtype=int)) * kind.itemsize
        if kind == np.float16:
            stored.append(np.frombuffer(data[start : start + size], kind).astype(np.float32).tobytes())
        start += size
    assert start == len(data)
    original = [variable.value.numpy() for variable in build(name).variables]
    # a bias of zeros is no longer there
    assert sorted(stored) == sorted(values.tobytes() for values in original if np.any(values))


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "person-detector"
    folder.mkdir()
    manifest.update(tmp_path, {"person-detector": manifest.read(MODELS)["person-detector"]})
    for path in (MODELS / "person-detector").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    manifest.verify(tmp_path, "person-detector")
    shard = folder / "weights-2-of-2.bin"
    shard.write_bytes(shard.read_bytes()[:-1] + b"\xff")
    with pytest.raises(ChecksumError, match=r"weights-2-of-2\.bin: expected"):
        manifest.verify(tmp_path, "person-detector")
    shard.unlink()
    with pytest.raises(ChecksumError, match=r"weights-2-of-2\.bin is missing"):
        manifest.verify(tmp_path, "person-detector")


def test_another_version_of_the_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"version": 2}')
    with pytest.raises(ConversionError, match="expected version 1, found 2"):
        manifest.read(tmp_path)


def test_defaults_are_kept_and_must_name_a_network_of_their_role(tmp_path: Path) -> None:
    models = manifest.read(MODELS)
    assert manifest.read_defaults(tmp_path) == {}
    manifest.update(tmp_path, models)
    assert manifest.read_defaults(tmp_path) == {}
    manifest.update(tmp_path, {}, {"landmarks": "blazepose-lite"})
    manifest.update(tmp_path, {}, {"detector": "person-detector"})
    manifest.update(tmp_path, {"blazepose-full": models["blazepose-full"]})
    assert manifest.read_defaults(tmp_path) == {"landmarks": "blazepose-lite", "detector": "person-detector"}
    assert manifest.read(tmp_path) == models
    for role, name in (("landmarks", "person-detector"), ("landmarks", "nothing")):
        with pytest.raises(ConversionError, match=f"expected a landmarks network as its default, '{name}' came"):
            manifest.update(tmp_path, {}, {role: name})
    assert manifest.read_defaults(tmp_path)["landmarks"] == "blazepose-lite"


def test_a_released_file_that_was_changed_is_not_used(tmp_path: Path) -> None:
    source = sources.SOURCES["blazepose-lite"]
    with pytest.raises(UnknownModelError, match="npm ci"):
        sources.find("blazepose-lite", tmp_path)
    (tmp_path / source.path).parent.mkdir(parents=True)
    (tmp_path / source.path).write_bytes(b"TFL3, but another")
    with pytest.raises(ChecksumError, match=f"expected sha256 {source.sha256}"):
        sources.find("blazepose-lite", tmp_path)
    with pytest.raises(UnknownModelError, match="there are person-detector, "):
        sources.find("blazepose-huge")
