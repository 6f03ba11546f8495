"""Slow, independent versions of limbs and metrics, and the golden files made from them.

Limbs are cut from the skeleton's graph, not read from their table. Run as a program, it writes
``tests/golden/limbs.json``.
"""

from __future__ import annotations

import json
from typing import Any

from pose.landmarks import EDGES, NAMES
from tests.reference import GOLDEN

# Limb -> the joint where the body ends, and whether that joint itself is missing.
CUTS = {
    "hand": ("wrist", False),
    "forearm": ("wrist", True),
    "arm": ("elbow", True),
    "foot": ("ankle", False),
    "lower_leg": ("ankle", True),
    "leg": ("knee", True),
}


def reachable(start: str, without: str) -> set[str]:
    """Names that lines of the skeleton join to `start` when a joint is taken out."""
    found, open_ends = set(), [start]
    while open_ends:
        name = open_ends.pop()
        if name in found or name == without:
            continue
        found.add(name)
        open_ends += [NAMES[a + b - NAMES.index(name)] for a, b in EDGES if NAMES.index(name) in (a, b)]
    return found


def gone_without(limb: str) -> set[str]:
    """Names of the landmarks beyond the cut."""
    side, part = limb.split("_", 1)
    joint, itself = CUTS[part]
    cut = f"{side}_{joint}"
    gone = reachable(cut, "") - reachable("left_hip", cut)
    return gone if itself else gone - {cut}


def golden_limbs() -> dict[str, Any]:
    """Return every limb alone and some together: the landmarks that go, and the limbs that are within them."""
    limbs = [f"{side}_{part}" for side in ("left", "right") for part in CUTS]
    choices = [[limb] for limb in limbs]
    choices += [[], ["left_hand", "left_arm"], ["right_foot", "left_leg", "right_forearm"], limbs]
    cases = []
    for chosen in choices:
        gone = set().union(*(gone_without(limb) for limb in chosen))
        within = [limb for limb in limbs if gone_without(limb) <= gone]
        cases.append({"limbs": chosen, "landmarks": [name for name in NAMES if name in gone], "within": within})
    return {"limbs": limbs, "cases": cases}


FILES = {"limbs": golden_limbs}


def main() -> None:
    """Write the golden files."""
    for name, make in FILES.items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(make(), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
