"""What a taught network must keep: standing people, and ordinary people as the released network sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pose.landmarks import COUNT, RAW_COUNT, index
from pose.projection import INPUT_SIDE, RawPose, project_pose
from pose.roi import Roi

from ..pipeline.estimator import MIN_FLAG
from ..pipeline.networks import Network

Values = npt.NDArray[np.float32]
Json = dict[str, Any]

MOST_LOST = 0.01
"""Share of landmarks within 0.2 torsos that standing people may lose: one point."""
MOST_MEDIAN = 0.04
"""Median distance from the released network's landmarks on ordinary people, torsos: two centimetres on an adult."""
MOST_FAR = 0.06
"""Share of landmarks on ordinary people that may lie further than 0.2 torsos from the released network's."""
MOST_MISSED = 0.01
"""Share of ordinary people, seen by the released network, whose flag may fall below 0.5."""
FAR = 0.2
_TRUNK = [index(name) for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")]
_WHOLE = Roi(INPUT_SIDE / 2, INPUT_SIDE / 2, INPUT_SIDE, INPUT_SIDE, 0.0)


@dataclass(frozen=True)
class Drift:
    """How far a network's word on ``people`` is from the released one's.

    ``median`` distance of landmarks that the released one is sure of, torsos; share of them ``far``, beyond `FAR`;
    share of people ``missed``: their flag fell below 0.5.
    """

    people: int
    median: float
    far: float
    missed: float

    def described(self) -> dict[str, float]:
        """Return it for a report."""
        return {
            "people": self.people,
            "median_torsos": round(self.median, 4),
            "beyond_0.2_torsos": round(self.far, 4),
            "flag_lost": round(self.missed, 4),
        }


def drift(released: Network, taught: Network, crops: Sequence[Values]) -> Drift:
    """Compare two networks on the same crops (256, 256, 3), 0..255; people whom the released one doubts do not count.

    Raises `ValueError` when it sees nobody at all.
    """
    apart: list[Values] = []
    missed = []
    for levels in crops:
        before, after = released(levels), taught(levels)
        if float(before["flag"].ravel()[0]) < MIN_FLAG:
            continue
        missed.append(float(after["flag"].ravel()[0]) < MIN_FLAG)
        places, others = _places(before), _places(after)
        torso = float(np.linalg.norm(places[_TRUNK[:2]].mean(0) - places[_TRUNK[2:]].mean(0)))
        sure = np.asarray(before["landmarks"]).reshape(RAW_COUNT, 5)[:COUNT, 3] > 0
        apart.append(np.asarray(np.linalg.norm(others - places, axis=1)[sure] / max(torso, 1.0), np.float32))
    if not missed:
        raise ValueError("expected crops of people, the released network sees nobody in them")
    distances = np.concatenate(apart)
    return Drift(len(missed), float(np.median(distances)), float((distances > FAR).mean()), float(np.mean(missed)))


def _places(said: Mapping[str, Values]) -> Values:
    """Return the refined landmarks (33, 2), px of the crop."""
    heatmap = said.get("heatmap", np.zeros(0, np.float32))
    return np.asarray(project_pose(RawPose(said["landmarks"], heatmap, said["world"]), _WHOLE).landmarks[:, :2])


def complaints(before: Json, after: Json, moved: Drift | None) -> Iterator[str]:
    """Yield what speaks against a network, in words; ``before`` and ``after`` are figures on the same pictures."""
    name = "standing"
    if name in before["groups"] and name in after["groups"]:
        was, now = (summary["groups"][name]["pck@0.2"] for summary in (before, after))
        if was is not None and now is not None and was - now > MOST_LOST:
            yield f"standing people lose {100 * (was - now):.1f} points of PCK@0.2, {100 * MOST_LOST:g} are allowed"
    if moved is None:
        return
    if moved.median > MOST_MEDIAN:
        yield f"ordinary people's landmarks moved by {moved.median:.3f} torsos (median), {MOST_MEDIAN:g} are allowed"
    if moved.far > MOST_FAR:
        yield (
            f"{100 * moved.far:.1f} % of ordinary people's landmarks moved beyond {FAR:g} torsos, "
            f"{100 * MOST_FAR:g} % are allowed"
        )
    if moved.missed > MOST_MISSED:
        yield f"{100 * moved.missed:.1f} % of ordinary people are not seen now, {100 * MOST_MISSED:g} % are allowed"
