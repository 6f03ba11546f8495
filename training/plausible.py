"""Do labels look like a person? What people who label get wrong most: sides swapped, points in another order.

All of it is doubt, not proof: somebody may look back over a shoulder. So single doubts are told and labels are used as
they are; when most of a file is in doubt, it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pose.landmarks import index

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ENOUGH = 5
"""People that can be judged, of whom most must be in doubt before a file is refused."""
MOST_TOLD = 10
TURNED = 0.5
"""Sine of the angle between the line of the eyes and that from eyes to nose below which the face is not judged."""
HEAD_SHARE = 0.25
"""No head is longer than this share of a body of which hips and a leg are labelled: on renders of all views it is
0.16 at most."""
HEAP_PX = 4.0
"""All points of a person within so few px: a template that was never placed."""
OUTSIDE_SHARE, BOX_MARGIN = 0.5, 0.2
"""A box that leaves out more than this share of its person's points, even when it is so much (of its sides) larger."""
SAME_PX = 1.0
"""Two people whose points differ by less on average are one, labelled twice."""

_NOSE, *_EYES = (index(name) for name in ("nose", "left_eye", "right_eye"))
_SHOULDERS, _HIPS = ([index(f"left_{part}"), index(f"right_{part}")] for part in ("shoulder", "hip"))
_HEAD = list(range(index("nose"), index("mouth_right") + 1))
_LOWER = list(range(index("left_hip"), index("right_foot_index") + 1))


@dataclass(frozen=True)
class Labelled:
    """All people of a file, a row each.

    ``names`` of their annotations; ``points`` (n, 33, 2) px, NaN where unknown; ``seen`` (n, 33) where known and not
    hidden; ``boxes`` (n, 4) x, y, width, height in px; ``pictures`` (n,): numbers of the pictures that they are in.
    """

    names: Sequence[str]
    points: Doubles
    seen: Flags
    boxes: Doubles
    pictures: npt.NDArray[np.intp]


def doubts(people: Labelled) -> list[str]:
    """Return what looks wrong, naming the annotation."""
    said = []
    for find, what in _CHECKS:
        wrong, _ = find(people)
        said += [f"{people.names[row]}: {what}" for row in np.flatnonzero(wrong)]
    return said + _twice(people)


def told(said: Sequence[str]) -> list[str]:
    """Return doubts as a command says them: the first `MOST_TOLD`, and how many more there are."""
    more = len(said) - MOST_TOLD
    return [*said[:MOST_TOLD], *([f"and {more} more doubts; `poseable label check` tells all"] if more > 0 else [])]


def refusal(people: Labelled) -> str | None:
    """Return why a file cannot be meant as it is: most of it looks wrong in one way. ``None`` if it does not."""
    for find, what in _CHECKS:
        wrong, judged = find(people)
        if judged.sum() >= ENOUGH and 2 * wrong.sum() > judged.sum():
            first = people.names[int(np.flatnonzero(wrong)[0])]
            return f"{wrong.sum()} of {judged.sum()} people look wrong, first {first}: {what}"
    return None


def _cross(a: Doubles, b: Doubles) -> Doubles:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _sine(a: Doubles, b: Doubles) -> Doubles:
    """Return the sine of the angle from a (n, 2) to b, clockwise on the screen; 0 where one of them is unknown."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.nan_to_num(_cross(a, b) / np.maximum(lengths, 1e-9)))


def _face(people: Labelled) -> Doubles:
    """Return how much each face is one from in front: near 1, or near -1 with sides swapped; 0 if it is not seen."""
    eyes, nose = people.points[:, _EYES], people.points[:, _NOSE]
    sine = _sine(eyes[:, 0] - eyes[:, 1], nose - eyes.mean(1))
    return np.where(people.seen[:, [_NOSE, *_EYES]].all(1), sine, 0)


def _eyes_swapped(people: Labelled) -> tuple[Flags, Flags]:
    face = _face(people)
    return face < -TURNED, np.abs(face) > TURNED


def _body_swapped(people: Labelled) -> tuple[Flags, Flags]:
    shoulders, hips = people.points[:, _SHOULDERS], people.points[:, _HIPS]
    sine = _sine(shoulders[:, 0] - shoulders[:, 1], hips.mean(1) - shoulders.mean(1))
    across = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=1)
    along = np.linalg.norm(hips.mean(1) - shoulders.mean(1), axis=1)
    judged = (_face(people) > TURNED) & (np.abs(sine) > TURNED) & people.seen[:, _SHOULDERS].all(1)
    judged &= np.nan_to_num(across) > np.nan_to_num(along) / 2  # turned sideways, little tells left from right
    return judged & (sine < 0), judged


def _disordered(people: Labelled) -> tuple[Flags, Flags]:
    known = np.isfinite(people.points).all(2)
    judged = (known[:, _HEAD].sum(1) >= 3) & (known[:, _LOWER].sum(1) >= 3)
    head, body = _extent(people.points[:, _HEAD]), _extent(people.points)
    return judged & (head > HEAD_SHARE * body), judged


def _heaped(people: Labelled) -> tuple[Flags, Flags]:
    judged = np.isfinite(people.points).all(2).sum(1) >= 3
    return judged & (_extent(people.points) < HEAP_PX), judged


def _outside(people: Labelled) -> tuple[Flags, Flags]:
    low, size = people.boxes[:, None, :2], people.boxes[:, None, 2:]
    margin = BOX_MARGIN * size
    # Some draw boxes around what is seen, so hidden points say nothing.
    out = ((people.points < low - margin) | (people.points > low + size + margin)).any(2) & people.seen
    judged = people.seen.sum(1) >= 3
    return judged & (out.sum(1) > OUTSIDE_SHARE * people.seen.sum(1)), judged


def _extent(points: Doubles) -> Doubles:
    """Return the diagonal of a box around the known ones of points (n, k, 2); 0 where none is."""
    low = np.min(points, axis=1, where=np.isfinite(points), initial=np.inf)
    high = np.max(points, axis=1, where=np.isfinite(points), initial=-np.inf)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nan_to_num(np.linalg.norm(np.maximum(high - low, 0), axis=1), posinf=0))


_CHECKS: tuple[tuple[Callable[[Labelled], tuple[Flags, Flags]], str], ...] = (
    (_heaped, f"all key points lie within {HEAP_PX:g} px"),
    (_disordered, "the head looks too long for the body: do the key points come in the order that categories say?"),
    (
        _eyes_swapped,
        "left and right look swapped: 'left' is the person's own left, which is on the right of a face seen from in "
        "front; or the picture was mirrored and its labels were not",
    ),
    (_body_swapped, "shoulders look swapped: the face is seen from in front, yet the left one is on the left"),
    (_outside, "most key points lie outside of bbox: were the pictures resized after they had been labelled?"),
)


def _twice(people: Labelled) -> list[str]:
    """Name people who are in a picture twice."""
    said = []
    order = np.argsort(people.pictures, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(people.pictures[order])) + 1):
        for place, row in enumerate(rows):
            apart = np.linalg.norm(people.points[rows[:place]] - people.points[row], axis=2)
            same = [other for other, far in zip(rows[:place], apart, strict=True) if _mean(far) < SAME_PX]
            said += [f"{people.names[row]}: is {people.names[other]} again" for other in same]
    return said


def _mean(values: Doubles) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.inf
