"""Where the released person detector puts its box and its key points, given a body.

It is not a detector of bodies but of necks: its box is always a square of a fifth of the input's side, 45 px, around
the point halfway between shoulders and ears, however large or small the person is. All else is in the key points.

Measured on 400 easy pictures from in front (recipe ``convention``, landmarks in BlazePose's convention), on all of
which the released detector finds the person; medians along the body's axis, robust deviations, in torso lengths::

    box, from the middle of shoulders and ears   -0.01   0.02
    hip centre, from the hips' middle            -0.02   0.08
    shoulder centre, from the shoulders' middle   0.00   0.02
    body circle's radius / reach from the hips    1.04   0.05   (taken: that of `measure.true_roi`, 1.02)
    upper circle's radius / reach of the upper body's landmarks from the shoulders   1.01   0.07
    both circles' points, directions seen from their centres: that from hips to shoulders, 0.05 rad
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pose.landmarks import index
from pose.roi import SIDE_PER_DISTANCE

from ..dataset import Person
from ..evaluation.measure import true_roi

Doubles = npt.NDArray[np.float64]

POINTS = ("neck", "hip_centre", "body_circle", "shoulder_centre", "upper_circle")
"""What the detector says of a person, in the order of its output; the neck is the middle of the box."""
BOX_PX = 44.8
"""The side of every box, px of the input."""
NECK_PER_EARS = 0.5
"""Where the box's middle is on the way from the shoulders to the ears."""
NECK_PER_TORSO = 0.195
"""How far it is above the shoulders where the ears' places are not known; deviation 0.02."""
UPPER_PER_REACH = 1.01
_EARS = [index("left_ear"), index("right_ear")]
_SHOULDERS = [index("left_shoulder"), index("right_shoulder")]
_UPPER = slice(0, index("left_hip") + 2)
"""Head, arms and hips."""
LEAST_SEEN = 0.1
"""Share of landmarks: of whom less is seen may be found or not."""


def points_of(person: Person) -> Doubles | None:
    """Return the `POINTS` (5, 2) of a person in px of the picture; None where hips or shoulders are not known."""
    places = person.landmarks[:, :2]
    shoulders, ears = places[_SHOULDERS].mean(0), places[_EARS].mean(0)
    region = true_roi(person)
    hips = np.array([region.x_center, region.y_center])
    if not np.isfinite(shoulders).all() or not np.isfinite(places[[23, 24]]).all():
        return None
    up = np.array([math.sin(region.rotation), -math.cos(region.rotation)])
    torso = float(np.linalg.norm(shoulders - hips))
    neck = shoulders + NECK_PER_EARS * (ears - shoulders)
    if not np.isfinite(neck).all():
        neck = shoulders + NECK_PER_TORSO * torso * up
    upper = float(np.nanmax(np.linalg.norm(places[_UPPER] - shoulders, axis=1)))
    circle = hips + up * region.width / SIDE_PER_DISTANCE
    return np.asarray(np.stack([neck, hips, circle, shoulders, shoulders + up * UPPER_PER_REACH * upper]))


def is_seen(person: Person) -> bool:
    """Tell whether enough of a person is seen that a detector has to find them."""
    known = np.isfinite(person.visibility)
    return not known.any() or float(person.visibility[known].mean()) >= LEAST_SEEN
