"""What CVAT must know before it can take labels: the skeleton, for the tab *Raw* of a task's label constructor.

CVAT draws a skeleton from an SVG of 100 x 100 with an element per point and edge; format as its constructor writes it.
"""

from __future__ import annotations

from typing import Any

from ..dataset import GROUPS, UNSAID
from .coco import Labels

Json = dict[str, Any]

# Where points lie in the template, from in front: x to the person's left from the middle, y down; of 100.
_TEMPLATE = {
    "nose": (0, 12), "eye_inner": (1, 9), "eye": (2.5, 9), "eye_outer": (4, 9), "ear": (6, 10), "mouth": (2, 15),
    "shoulder": (13, 24), "elbow": (19, 38), "wrist": (22, 51), "pinky": (25, 56), "index": (23, 57), "thumb": (20, 55),
    "hip": (8, 52), "knee": (9, 72), "ankle": (9, 90), "heel": (8, 94), "foot_index": (12, 96),
}  # fmt: skip
# What COCO does not know: the group that the report has a line for, and limbs that somebody does not have.
_ATTRIBUTES: list[Json] = [
    {
        "name": "group",
        "input_type": "select",
        "mutable": False,
        "default_value": UNSAID[-1],
        "values": [UNSAID[-1], *GROUPS],
    },
    {"name": "not_applicable", "input_type": "text", "mutable": False, "default_value": "", "values": [""]},
]
_COLOURS = {"left": "#f0a830", "right": "#6cc1f2", "centre": "#c8d4d1"}


def labels(said: Labels) -> list[Json]:
    """Return CVAT's label of a person for a file's key points."""
    (category,) = [one for one in said.categories if one["id"] == said.category]
    places = {number: _place(name) for number, name in enumerate(said.names, 1)}
    edges = "".join(
        f'<line x1="{places[a][0]}" y1="{places[a][1]}" x2="{places[b][0]}" y2="{places[b][1]}" stroke="black" '
        f'stroke-width="0.5" data-type="edge" data-node-from="{a}" data-node-to="{b}"></line>'
        for a, b in category.get("skeleton", [])
    )
    nodes = "".join(
        f'<circle r="1.5" cx="{x}" cy="{y}" stroke="black" stroke-width="0.1" fill="#b3b3b3" data-type="element node" '
        f'data-element-id="{number}" data-node-id="{number}" data-label-name="{said.names[number - 1]}"></circle>'
        for number, (x, y) in places.items()
    )
    points = [{"name": name, "color": _COLOURS[_side(name)], "type": "points", "attributes": []} for name in said.names]
    person = {"name": category["name"], "color": "#35d07f", "type": "skeleton", "attributes": _ATTRIBUTES}
    return [person | {"svg": edges + nodes, "sublabels": points}]


def _side(name: str) -> str:
    return next((side for side in ("left", "right") if side in name.split("_")), "centre")


def _place(name: str) -> tuple[float, float]:
    side = _side(name)
    x, y = _TEMPLATE["_".join(part for part in name.split("_") if part != side)]
    return 50 + (x if side == "left" else -x), y
