"""A Keras network as a TF.js graph model: float16 weights, readable names, the same bytes on every run.

TensorFlow.js's own converter does the work. Its result is then tidied, because as it comes

* convolutions with one output channel carry a bias of shape [1, 1, 1, 1], which the WASM back end refuses (it wants
  rank 1);
* names of nodes hold counters that depend on what ran before in the same process, and outputs are called
  ``Identity_2``;
* attributes say on which device constants were folded;
* the bias of each convolution is fused into it, and the WASM back end starts its sum there. In the last layers, where
  biases of 30 and sums of -31 make up features of 1, this alone costs 0.04 mm in blazepose-full's world landmarks, four
  times all other rounding. There, on maps of at most 2 x 2, the bias becomes a node of its own, at no measurable cost.

After tidying, the input node is called ``image`` and each output node bears the output's name, so that
``model.execute({image}, ["landmarks", "flag"])`` works. `aliases` adds the names that other people's pages ask for.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tempfile
import warnings
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from . import aliases
from .errors import ConversionError

SHARD_BYTES = 4 << 20  # TF.js's own choice: small enough for browser caches, large enough for few requests
SMALL_MAP = 2  # pixels in height and width
BIAS_ADD = ["Qmlhc0FkZA=="]  # base64, as strings are in model.json
FUSED = ("_FusedConv2D", "FusedDepthwiseConv2dNative")
ITEM_BYTES = {"float32": 4, "float16": 2, "int32": 4}

Node = dict[str, Any]
Weight = dict[str, Any]


@dataclass(frozen=True)
class _Converted:
    """What TF.js's converter wrote: its model.json, and each weight's entry and bytes by name."""

    model: dict[str, Any]
    weights: dict[str, tuple[Weight, bytes]]


def export(model: Any, folder: Path) -> list[Path]:
    """Write a Keras model with one input ``image`` and named outputs to ``folder/model.json`` and ``weights-*.bin``.

    The batch is fixed to 1. Returns the files written, model.json first; other files of these names are removed.
    """
    with tempfile.TemporaryDirectory(prefix="poseable-") as scratch:
        converted = _convert(model, Path(scratch))
    graph, weights = _tidy(converted, model)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("weights-*.bin"):
        old.unlink()
    shards = _shards(b"".join(weights[entry["name"]] for entry in graph["weightsManifest"][0]["weights"]))
    graph["weightsManifest"][0]["paths"] = list(shards)
    written = [folder / "model.json"]
    written[0].write_text(json.dumps(graph, sort_keys=True, separators=(",", ":")) + "\n")
    for name, content in shards.items():
        written.append(folder / name)
        written[-1].write_bytes(content)
    return written


def _convert(model: Any, scratch: Path) -> _Converted:
    """Run TensorFlow's and TF.js's converters; both talk a lot, on stdout and in warnings of what they import."""
    # without this, tensorflow_decision_forests, which TF.js imports, wants IPython whenever stdout is no terminal
    os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        import tensorflow as tf
        from tensorflowjs.converters import convert_tf_saved_model

        image = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="image")

        class Serving(tf.Module):  # type: ignore[misc]  # tensorflow ships no types
            def __init__(self) -> None:
                super().__init__()
                self.network = model

            @tf.function(input_signature=[image])  # type: ignore[untyped-decorator]
            def serve(self, image: Any) -> Any:
                return self.network(image, training=False)

        serving = Serving()
        tf.saved_model.save(serving, str(scratch / "saved"), signatures={"serving_default": serving.serve})
        convert_tf_saved_model(str(scratch / "saved"), str(scratch / "js"), quantization_dtype_map={"float16": "*"})
    (file,) = (scratch / "js").glob("*.json")
    graph = json.loads(file.read_text())
    weights: dict[str, tuple[Weight, bytes]] = {}
    for group in graph["weightsManifest"]:
        data = b"".join((file.parent / path).read_bytes() for path in group["paths"])
        start = 0
        for entry in group["weights"]:
            size = prod(entry["shape"]) * ITEM_BYTES[entry.get("quantization", entry)["dtype"]]
            weights[entry["name"]] = (entry, data[start : start + size])
            start += size
        if start != len(data):
            raise ConversionError(f"TF.js wrote {len(data)} bytes of weights where its manifest lists {start}")
    return _Converted(graph, weights)


def _tidy(converted: _Converted, network: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the model.json to write, but for the shards' paths, and the bytes of each weight by its new name."""
    model = converted.model
    sizes = {layer.name: tuple(getattr(layer.output, "shape", ()))[1:-1] for layer in network.layers}
    nodes = {node["name"]: node for node in _bias_last(model["modelTopology"]["node"], sizes)}
    outputs = {details["name"].partition(":")[0]: name for name, details in model["signature"]["outputs"].items()}
    ordered = list(_running_order(nodes, sorted(outputs, key=outputs.__getitem__)))
    names = _new_names(ordered, outputs, sizes)
    biases = {node["input"][2] for node in ordered if node["op"] in FUSED and len(node["input"]) > 2}
    biases |= {node["input"][1] for node in ordered if node["op"] == "BiasAdd"}

    entries: list[Weight] = []
    content: dict[str, bytes] = {}
    for node in ordered:
        if node["op"] == "Const":
            entry, data = converted.weights[node["name"]]
            shape = [prod(entry["shape"])] if node["name"] in biases else entry["shape"]
            entries.append({**entry, "name": names[node["name"]], "shape": shape})
            content[names[node["name"]]] = data
            _set_shape(node, shape)
    for details in (*model["signature"]["outputs"].values(), *model["signature"]["inputs"].values()):
        node_name, _, slot = details["name"].partition(":")
        details["name"] = f"{names[node_name]}:{slot or 0}"
    tidied = {
        "format": model["format"],
        "generatedBy": model["generatedBy"],
        "convertedBy": model["convertedBy"],
        "signature": model["signature"],
        "modelTopology": {
            "node": [_tidy_node(node, names) for node in ordered],
            "library": {},
            "versions": model["modelTopology"]["versions"],
        },
        "weightsManifest": [{"weights": entries}],
    }
    aliases.add(tidied["modelTopology"]["node"], tidied["signature"])
    return tidied, content


def _bias_last(nodes: list[Node], sizes: Mapping[str, tuple[int, ...]]) -> Iterator[Node]:
    """Yield the nodes, convolution and bias apart in layers of at most `SMALL_MAP`; `sizes` are (height, width)."""
    for node in nodes:
        layer, _ = _scope(node["name"], sizes) or ("", "")
        size = sizes.get(layer, ())
        fused = node.get("attr", {}).get("fused_ops", {}).get("list", {}).get("s")
        if node["op"] != "_FusedConv2D" or fused != BIAS_ADD or len(size) != 2 or max(size) > SMALL_MAP:
            yield node
            continue
        image, kernel, bias = node["input"]
        sums = node["name"] + "/sums"
        kept = ("T", "data_format", "dilations", "explicit_paddings", "padding", "strides", "use_cudnn_on_gpu")
        attributes = {key: value for key, value in node["attr"].items() if key in kept}
        yield {"name": sums, "op": "Conv2D", "input": [image, kernel], "attr": attributes}
        attributes = {key: node["attr"][key] for key in ("T", "data_format")}
        yield {"name": node["name"], "op": "BiasAdd", "input": [sums, bias], "attr": attributes}


def _running_order(nodes: dict[str, Node], outputs: list[str]) -> Iterator[Node]:
    """Yield the nodes that the outputs need, each after its inputs; depends on the graph's structure alone."""
    done: set[str] = set()
    stack = [(name, False) for name in reversed(outputs)]
    while stack:
        name, ready = stack.pop()
        if name in done:
            continue
        if ready:
            done.add(name)
            yield nodes[name]
            continue
        stack.append((name, True))
        stack.extend((_source(operand), False) for operand in reversed(nodes[name].get("input", [])))


def _source(operand: str) -> str:
    """Return the node's name in an operand such as ``^node`` or ``node:1``."""
    return operand.removeprefix("^").partition(":")[0]


def _scope(node: str, layers: Container[str]) -> tuple[str, str] | None:
    """Return the layer that a node's name tells of, and what follows; None if none. Names are paths of scopes."""
    parts = node.split("/")
    for number, part in enumerate(parts, 1):
        # Keras appends a counter to the layer's name in some scopes
        for name in (part, re.sub(r"_\d+$", "", part)):
            if name in layers:
                return name, "/".join(parts[number:])
    return None


def _new_names(ordered: list[Node], outputs: Mapping[str, str], layers: Container[str]) -> dict[str, str]:
    """Return old name -> new name: outputs' own names, else ``<layer>/<TensorFlow's name within the layer>``."""
    names: dict[str, str] = {}
    for node in ordered:
        old: str = node["name"]
        scope = _scope(old, layers)
        new = outputs.get(old) or (old if scope is None else "/".join(filter(None, scope)))
        if new in names.values():
            raise ConversionError(f"two nodes of the TF.js graph would be called '{new}'")
        names[old] = new
    return names


def _tidy_node(node: Node, names: dict[str, str]) -> Node:
    tidied = {"name": names[node["name"]], "op": node["op"]}
    if node.get("input"):
        tidied["input"] = [operand.replace(_source(operand), names[_source(operand)], 1) for operand in node["input"]]
    # attributes with a leading underscore are notes of TensorFlow's optimiser to itself
    tidied["attr"] = {key: value for key, value in node.get("attr", {}).items() if not key.startswith("_")}
    return tidied


def _set_shape(node: Node, shape: list[int]) -> None:
    node["attr"]["value"]["tensor"]["tensorShape"] = {"dim": [{"size": str(size)} for size in shape]}


def _shards(data: bytes) -> dict[str, bytes]:
    """Return file name -> content, each of at most `SHARD_BYTES`."""
    pieces = [data[start : start + SHARD_BYTES] for start in range(0, len(data), SHARD_BYTES)]
    return {f"weights-{number}-of-{len(pieces)}.bin": piece for number, piece in enumerate(pieces, 1)}
