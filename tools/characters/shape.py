"""From a person's measures to the vertices of the shaped base mesh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product

import numpy as np

from tools.characters.source import METRES_PER_UNIT, Float, has_target, load, target

# MakeHuman's age scale: its targets exist for 1, 10, 25 and 90 years.
AGES = (("baby", 1.0), ("child", 10.0), ("young", 25.0), ("old", 90.0))
RELAXED_LIDS = 0.14  # MakeHuman's neutral eyes stare
HEIGHTS = ("minheight", "", "maxheight")
# Lengths between joint centres as shares of the stature, women and men: de Leva 1996, "Adjustments to
# Zatsiorsky-Seluyanov's segment inertia parameters", table 4. MakeHuman's arms are a tenth shorter.
ARMS = {"upperarm": ("shoulder", "elbow", (0.1586, 0.1618)), "lowerarm": ("elbow", "hand", (0.1523, 0.1545))}
# Features that tell faces apart, with the endings of their two opposite targets; * stands for l- and r-.
FACE = {
    "nose/nose-scale-vert": ("decr", "incr"),
    "nose/nose-scale-horiz": ("decr", "incr"),
    "nose/nose-hump": ("decr", "incr"),
    "nose/nose-point": ("down", "up"),
    "nose/nose-volume": ("decr", "incr"),
    "mouth/mouth-scale-horiz": ("decr", "incr"),
    "mouth/mouth-upperlip-volume": ("decr", "incr"),
    "mouth/mouth-lowerlip-volume": ("decr", "incr"),
    "chin/chin-width": ("decr", "incr"),
    "chin/chin-prominent": ("decr", "incr"),
    "chin/chin-height": ("decr", "incr"),
    "forehead/forehead-scale-vert": ("decr", "incr"),
    "cheek/*cheek-volume": ("decr", "incr"),
    "eyes/*eye-scale": ("decr", "incr"),
    "eyes/*eye-corner2": ("down", "up"),
}


@dataclass(frozen=True)
class Body:
    """Measures of a person.

    ``male``, ``muscle`` and ``weight`` are MakeHuman's 0..1 sliders (0.5 is average); ``age`` in years, ``height`` in
    metres without shoes; ``descent`` weighs the three face and proportion sets (``caucasian``, ``african``,
    ``asian``); ``details`` maps target names to weights; ``smile`` is 0..1.
    """

    male: float
    age: float
    height: float
    muscle: float = 0.5
    weight: float = 0.5
    cup: float = 0.45
    descent: Mapping[str, float] = field(default_factory=lambda: {"caucasian": 1.0})
    details: Mapping[str, float] = field(default_factory=dict)
    smile: float = 0.5

    def __post_init__(self) -> None:
        for name in ("male", "muscle", "weight", "cup", "smile"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"{name}: expected 0..1, got {value}")
        if not 1 <= self.age <= 90:
            raise ValueError(f"age: expected 1..90 years, got {self.age}")
        if not 0.5 <= self.height <= 2.3:
            raise ValueError(f"height: expected 0.5..2.3 m, got {self.height}")


def _blend(value: float, knots: tuple[tuple[str, float], ...]) -> dict[str, float]:
    """Linear weights of the two knots that enclose ``value``."""
    for (low, start), (high, end) in pairwise(knots):
        if start <= value <= end:
            share = (value - start) / (end - start)
            return {low: 1 - share, high: share}
    raise ValueError(f"{value} lies outside {knots[0][1]}..{knots[-1][1]}")


def _three(low: str, middle: str, high: str) -> tuple[tuple[str, float], ...]:
    return ((low, 0.0), (middle, 0.5), (high, 1.0))


def _combinations(*axes: Mapping[str, float]) -> Iterator[tuple[tuple[str, ...], float]]:
    for names in product(*axes):
        weight = float(np.prod([axis[name] for axis, name in zip(axes, names, strict=True)]))
        if weight > 0:
            yield names, weight


def _macro(body: Body, height: float) -> Iterator[tuple[str, float]]:
    """MakeHuman's macro targets and their weights; ``height`` is its 0..1 slider."""
    gender = {"female": 1 - body.male, "male": body.male}
    age = _blend(body.age, AGES)
    muscle = _blend(body.muscle, _three("minmuscle", "averagemuscle", "maxmuscle"))
    weight = _blend(body.weight, _three("minweight", "averageweight", "maxweight"))
    tall = _blend(height, _three(*HEIGHTS))
    total = sum(body.descent.values())
    descent = {name: share / total for name, share in body.descent.items()}
    for names, share in _combinations(descent, gender, age):
        yield "macrodetails/" + "-".join(names), share
    for names, share in _combinations(gender, age, muscle, weight):
        yield "macrodetails/universal-" + "-".join(names), share
    for names, share in _combinations(gender, age, muscle, weight, tall):
        if names[-1]:
            yield "macrodetails/height/" + "-".join(names), share
    cup = _blend(body.cup, _three("mincup", "averagecup", "maxcup"))
    for names, share in _combinations({"female": 1 - body.male}, age, muscle, weight, cup, {"averagefirmness": 1.0}):
        yield "breast/" + "-".join(names), share


def identity(seed: int) -> dict[str, float]:
    """Return a mild, symmetric, random face: targets and weights for :attr:`Body.details`."""
    rng = np.random.default_rng(seed)
    result: dict[str, float] = {}
    for feature, (low, high) in FACE.items():
        weight = float(rng.uniform(-0.5, 0.5))
        name = f"{feature}-{high if weight > 0 else low}"
        for side in ("l-", "r-") if "/*" in name else ("",):
            result[name.replace("*", side)] = abs(weight)
    return result


def _apply(points: Float, name: str, weight: float) -> None:
    indices, moved = target(name)
    points[indices] += weight * moved


def _express(points: Float, amount: float) -> None:
    for side in ("Left", "Right"):
        _apply(points, f"faceunits/mouthSmile{side}", amount)
        _apply(points, f"faceunits/cheekSquint{side}", amount * 0.5)
        _apply(points, f"faceunits/eyeBlink{side}", RELAXED_LIDS)
    _apply(points, "mouth/mouth-angles-up", amount * 0.6)


def _macro_shape(body: Body, height: float) -> Float:
    points = load().points.copy()
    for name, weight in _macro(body, height):
        if has_target(name):
            _apply(points, name, weight)
    return points


def _lengthen_arms(points: Float, male: float) -> None:
    """Give the arms :data:`ARMS`' shares of the stature, by MakeHuman's own length targets."""
    source = load()
    tall = stature(points) / METRES_PER_UNIT
    for part, (start, end, shares) in ARMS.items():
        name = f"arms/measure-{part}-length-incr"

        def length(at: Float, start: str = start, end: str = end) -> float:
            return float(np.linalg.norm(source.joint(f"l-{end}", at) - source.joint(f"l-{start}", at)))

        longer = points.copy()
        _apply(longer, name, 1.0)
        wanted = tall * (shares[0] + (shares[1] - shares[0]) * male)
        _apply(points, name, (wanted - length(points)) / (length(longer) - length(points)))


def stature(points: Float) -> float:
    """Height in metres from the lowest to the highest body vertex."""
    y = points[load().groups["body"].vertices, 1]
    return float(y.max() - y.min()) * METRES_PER_UNIT


def shape(body: Body) -> Float:
    """Vertices (19158, 3) of the base mesh, in template space, for a person of these measures.

    The macro targets are linear in the height slider on each side of its middle, so the slider for a stature is read
    off the line; what the slider cannot reach is made up by scaling the whole body.
    """
    middle = _macro_shape(body, 0.5)
    reach = {slider: stature(_macro_shape(body, slider)) for slider in (0.0, 1.0)}
    centre = stature(middle)
    end = 1.0 if body.height > centre else 0.0
    share = np.clip((body.height - centre) / (reach[end] - centre), 0, 1)
    points = _macro_shape(body, 0.5 + share * (end - 0.5))
    for name, weight in body.details.items():
        _apply(points, name, weight)
    _lengthen_arms(points, body.male)
    _express(points, body.smile)
    scaled: Float = points * (body.height / stature(points))
    return scaled
