"""Which joint hangs on which, and which bones meet in a joint."""

from __future__ import annotations

from pose.landmarks import BONES, COUNT, index

# From the trunk outwards: moving the first moves the others too. Left and right alike.
_CHAINS = {
    "shoulder": ("elbow", "wrist", "pinky", "index", "thumb"),
    "elbow": ("wrist", "pinky", "index", "thumb"),
    "wrist": ("pinky", "index", "thumb"),
    "hip": ("knee", "ankle", "heel", "foot_index"),
    "knee": ("ankle", "heel", "foot_index"),
    "ankle": ("heel", "foot_index"),
    "heel": ("foot_index",),
    "foot_index": (),
}

BONE_FOLLOWERS: dict[int, list[int]] = {
    index(f"{side}_{name}"): [index(f"{side}_{other}") for other in (name, *others)]
    for side in ("left", "right")
    for name, others in _CHAINS.items()
}
"""Joint -> itself and all that moves along with it."""

JOINT_BONES: tuple[list[int], ...] = tuple(
    [place for place, ends in enumerate(BONES) if joint in ends] for joint in range(COUNT)
)
"""Joint -> places in BONES of the bones that meet in it."""
