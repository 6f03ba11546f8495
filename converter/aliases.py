"""Names under which other people's pages look for a network's outputs, beside ours.

``@tensorflow-models/pose-detection`` 2.1.3 (BlazePose, runtime ``tfjs``) takes any graph model through
``landmarkModelUrl`` and ``detectorModelUrl``, if its nodes are called and behave like those of the models that it was
written for (src/blazepose_tfjs/detector.ts, src/shared/calculators/split_detection_result.ts):

* of the landmark network it executes `LANDMARKS`, where the heat map is wanted after the sigmoid;
* of the detector it calls ``predict``, which returns what the signature lists, and wants one tensor: each anchor's
  score followed by its box. So this becomes the signature's only output; ours can still be executed by name.

A node that nobody asks for is not computed, and none of these adds a weight.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]

LANDMARKS = {
    "ld_3d": ("Identity", "landmarks"),
    "output_poseflag": ("Identity", "flag"),
    "activation_heatmap": ("Sigmoid", "heatmap"),
    "world_3d": ("Identity", "world"),
}
DETECTIONS = "detections"
FLOAT = {"T": {"type": "DT_FLOAT"}}


def add(nodes: list[Node], signature: dict[str, Any]) -> None:
    """Append the aliases to a graph's nodes, in place, if it has the outputs of one of the two kinds of networks."""
    outputs = signature["outputs"]
    if outputs.keys() == {source for _, source in LANDMARKS.values()}:
        nodes += [
            {"name": name, "op": op, "input": [source], "attr": FLOAT} for name, (op, source) in LANDMARKS.items()
        ]
    elif outputs.keys() == {"boxes", "scores"}:
        nodes += _detections(nodes)
        anchors, sizes = outputs["boxes"]["tensorShape"]["dim"][1:]
        shape = {"dim": [{"size": "1"}, anchors, {"size": str(int(sizes["size"]) + 1)}]}
        signature["outputs"] = {DETECTIONS: {"dtype": "DT_FLOAT", "name": f"{DETECTIONS}:0", "tensorShape": shape}}


def _detections(nodes: Iterable[Node]) -> list[Node]:
    """Return nodes that join scores (1, n, 1) and boxes (1, n, 12) to (1, n, 13).

    Along the axis 2 for which the graph has no constant; along its axis 1 while the batch is put aside.
    """
    by_name = {node["name"]: node for node in nodes}
    (joined,) = by_name["scores"]["input"]
    axis = by_name[joined]["input"][-1]
    squeezed = FLOAT | {"squeeze_dims": {"list": {"i": ["0"]}}}
    rows = [f"{DETECTIONS}/{name}" for name in ("scores", "boxes")]
    return [
        *({"name": row, "op": "Squeeze", "input": [row.partition("/")[2]], "attr": squeezed} for row in rows),
        {
            "name": f"{DETECTIONS}/concat",
            "op": "ConcatV2",
            "input": [*rows, axis],
            "attr": FLOAT | {"N": {"i": "2"}, "Tidx": {"type": "DT_INT32"}},
        },
        {
            "name": DETECTIONS,
            "op": "Pack",
            "input": [f"{DETECTIONS}/concat"],
            "attr": FLOAT | {"N": {"i": "1"}, "axis": {"i": "0"}},
        },
    ]
