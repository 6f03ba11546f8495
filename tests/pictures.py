"""Pictures for tests, all free of rights: rendered people, and the astronaut of scikit-image (NASA, public domain).

People are the CC0 MakeHuman body (see `tools.characters.source`): shaped by random measures, posed by linear blend
skinning with the rig's own weights, dressed in its helper mesh, lit by one lamp and an even sky, seen by a pinhole
camera, drawn by `tests.rasteriser` on painted rooms. Why tests may trust them: ``tests/converter/test_pictures.py``
runs Google's own .tflite files on them, and the networks are as sure of nearly all of these people as of photographs,
with hips and shoulders where the skeleton has them. They stand for "a picture with people in it", not for how well
people are tracked.

Everything depends on `seed` alone. Images are RGB, row 0 at the top; x right, y down, in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import PIL.Image
import skimage.data
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from tests.rasteriser import Surface, draw
from tools.characters.shape import Body, shape
from tools.characters.source import METRES_PER_UNIT, displacement, load

Float = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]
Point = tuple[float, float]

FIELD_OF_VIEW = np.radians(50)  # vertical, a common webcam's
CAMERA_HEIGHT = 1.3  # m
AIM = 0.12  # how far down the camera looks: m per m of distance (a shift of the picture, so uprights stay upright)
LIGHT = 0.55, 0.45  # shares of the sky and of the lamp
# How far each part lies off the mesh, m.
OFFSETS = {"skin": 0.0, "eyes": 0.0, "shirt": 0.004, "trousers": 0.004, "shoes": 0.006, "hair": 0.012}
SKINS = ((0.95, 0.80, 0.70), (0.82, 0.62, 0.49), (0.62, 0.43, 0.31), (0.42, 0.28, 0.20))
HAIRS = ((0.10, 0.08, 0.07), (0.30, 0.19, 0.11), (0.55, 0.40, 0.22), (0.55, 0.54, 0.53))

# Rotations in degrees about the axes of the body (x to its left, y up, z forward), at the left joint; the right one
# mirrors.
POSES: Mapping[str, Mapping[str, tuple[float, float, float]]] = {
    "standing": {"Arm": (-8, 0, -36), "ForeArm": (-14, 0, 0), "UpLeg": (0, 0, 4)},
    "arms out": {"Arm": (0, 0, 42)},
    "arms raised": {"Arm": (0, 0, 112), "ForeArm": (0, 0, 25)},
    "waving": {"Arm": (-10, 0, -32)},  # and the right arm, below
    "walking": {"Arm": (-8, 0, -36), "ForeArm": (-30, 0, 0)},  # and the legs, below
    "seated": {"Arm": (-22, 0, -34), "ForeArm": (-48, 0, 0), "UpLeg": (-84, 8, 0), "Leg": (82, 0, 0)},
}
ONE_SIDED: Mapping[str, Mapping[str, tuple[float, float, float]]] = {
    "waving": {"RightArm": (0, 0, -70), "RightForeArm": (0, 0, -70)},
    "walking": {"LeftUpLeg": (-24, 0, 0), "RightUpLeg": (16, 0, 0), "RightLeg": (22, 0, 0)},
}
# What `Scene.joints` tells, by BlazePose's names: the rig's bones whose heads they are.
JOINTS = {
    f"{side}_{joint}": f"{side.capitalize()}{bone}"
    for side in ("left", "right")
    for joint, bone in (
        ("shoulder", "Arm"),
        ("elbow", "ForeArm"),
        ("wrist", "Hand"),
        ("hip", "UpLeg"),
        ("knee", "Leg"),
        ("ankle", "Foot"),
    )
}


@dataclass(frozen=True)
class Scene:
    """A picture, uint8 (height, width, 3), and where the joints of each person in it are, in px, hidden ones too."""

    image: Image
    joints: tuple[Mapping[str, Point], ...]


@dataclass(frozen=True)
class _Part:
    """A part of the body that has its own colouring: vertex indices into the base mesh, triangles among those."""

    vertices: npt.NDArray[np.int64]
    triangles: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _View:
    """A level pinhole camera at `CAMERA_HEIGHT` above the origin, looking along -z, and a lamp (unit vector to it).

    World frame: metres, x right, y up, the floor at y = 0; people stand `distance` away.
    """

    width: int
    height: int
    distance: float
    lamp: Float

    def project(self, points: Float) -> Float:
        """Return columns, rows (px) and depths (m) of world points (n, 3)."""
        focal = self.height / 2 / np.tan(FIELD_OF_VIEW / 2)
        depth = -points[:, 2]
        column = self.width / 2 + focal * points[:, 0] / depth
        row = self.height / 2 - focal * (points[:, 1] - CAMERA_HEIGHT + AIM * self.distance) / depth
        return np.stack([column, row, depth], axis=1)


def photos() -> dict[str, Image]:
    """Return photographs by name; there is one."""
    return {"astronaut": skimage.data.astronaut()}


def bodies(count: int, seed: int, size: int = 512) -> list[Image]:
    """Return `count` square pictures of one person each."""
    return [scene(1, seed * 100_003 + number, size, size).image for number in range(count)]


def crops(count: int, size: int, seed: int) -> list[npt.NDArray[np.float32]]:
    """Return `count` varied RGB crops (size, size, 3), float32 in 0..1.

    Every tenth is a turned and scaled piece of a photograph, the others are of rendered people; among them, some are
    tilted (as a region of interest may be), some cut people off, some are blurred and some dark.
    """
    rng = np.random.default_rng(seed)
    result = []
    for number in range(count):
        if number % 10 == 9:
            image = next(iter(photos().values())).astype(np.float64) / 255
        else:
            image = scene(1, seed * 100_003 + number, size, size).image.astype(np.float64) / 255
        zoom, angle = rng.uniform(0.9, 1.5), np.radians(rng.choice([0, rng.uniform(-30, 30)]))
        image = _turned(image, size, zoom, angle, rng.uniform(-0.08, 0.08, 2))
        if rng.random() < 0.2:
            image = gaussian_filter(image, (1.2, 1.2, 0))
        if rng.random() < 0.2:
            image = image * rng.uniform(0.35, 0.7)
        result.append(np.clip(image, 0, 1).astype(np.float32))
    return result


def scene(people: int, seed: int, width: int = 640, height: int = 480) -> Scene:
    """Render `people` side by side, in random poses, sizes and clothes, seen from in front or obliquely."""
    rng = np.random.default_rng([seed, people, width, height])
    image = _room(rng, width, height)
    surfaces: list[Surface] = []
    joints = []
    # close enough that the tallest fill most of the picture; farther when several must fit side by side
    distance = rng.uniform(2.3, 3.2) * max(1.0, 0.75 * people * height / width)
    lamp = np.array([rng.uniform(-0.8, 0.8), rng.uniform(0.3, 1), 1])
    view = _View(width, height, distance, lamp / np.linalg.norm(lamp))
    for number in range(people):
        place = (number - (people - 1) / 2) * 1.05 + rng.uniform(-0.08, 0.08)
        person, where = _person(rng, place, view)
        surfaces += person
        joints.append(where)
    draw(image, surfaces)
    image += rng.normal(0, 0.008, image.shape)  # the sensor's
    return Scene((np.clip(image, 0, 1) * 255).round().astype(np.uint8), tuple(joints))


def _turned(image: Float, size: int, zoom: float, angle: float, shift: Float) -> Float:
    """Return a square crop about the image's centre moved by `shift` (shares of its sides), turned and magnified."""
    scale = image.shape[0] / size / zoom
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array(image.shape[:2]) * (0.5 + shift)
    offset = centre - turn @ np.full(2, size / 2)
    smooth = gaussian_filter(image, (max(scale - 1, 0) / 2,) * 2 + (0,)) if scale > 1 else image
    channels = [affine_transform(smooth[..., c], turn, offset, (size, size), order=1) for c in range(3)]
    return np.stack(channels, axis=-1)


def _room(rng: np.random.Generator, width: int, height: int) -> Float:
    """Paint a wall, a floor, a few boxes that stand for furniture, and uneven light."""
    wall, floor = rng.uniform(0.35, 0.95, 3), rng.uniform(0.2, 0.7, 3)
    wall = wall.mean() + 0.5 * (wall - wall.mean())
    image = np.broadcast_to(wall, (height, width, 3)).copy()
    horizon = int(height * rng.uniform(0.62, 0.8))
    image[horizon:] = floor
    for _ in range(rng.integers(0, 5)):
        left, top = rng.integers(0, width), rng.integers(0, horizon)
        wide, tall = rng.integers(width // 12, width // 3), rng.integers(height // 12, height // 2)
        image[top : top + tall, left : left + wide] = rng.uniform(0.1, 0.9, 3)
    light = gaussian_filter(rng.normal(0, 1, (height // 8 + 1, width // 8 + 1)), 6)
    light = np.kron(light / np.abs(light).max(), np.ones((8, 8)))[:height, :width]
    return image * (1 + 0.15 * light[..., None])


@cache
def _shaped(male: bool, descent: str, weight: float) -> Float:
    """Return the base mesh of a grown person, in metres; few different ones, because each takes a while."""
    height = 1.78 if male else 1.66
    return shape(Body(float(male), 30, height, weight=weight, descent={descent: 1.0})) * METRES_PER_UNIT


@cache
def _parts() -> dict[str, _Part]:
    """Split the base mesh into what is drawn: skin, eyes, shirt, trousers, shoes and hair (a cap of the scalp)."""
    source = load()
    points = source.points

    def part(quads: npt.NDArray[np.int64]) -> _Part:
        vertices, numbers = np.unique(quads, return_inverse=True)
        numbers = numbers.reshape(quads.shape)
        return _Part(vertices, np.concatenate([numbers[:, [0, 1, 2]], numbers[:, [0, 2, 3]]]))

    body, tights = source.groups["body"].quads, source.groups["helper-tights"].quads
    eyes = np.concatenate([source.groups[f"helper-{side}-eye"].quads for side in "lr"])
    waist, ankle = source.joint("pelvis")[1] + 0.6, source.joint("l-ankle")[1] + 0.3
    middle = points[tights].mean(1)
    head, scalp = source.joint("head"), points[body].mean(1)
    # above a plane that rises from the nape to the hairline, and so leaves face and neck out
    capped = (scalp[:, 1] > head[1] + 0.15 + 0.62 * (scalp[:, 2] - head[2])) & (scalp[:, 1] > head[1] - 0.3)
    return {
        "skin": part(body),
        "eyes": part(eyes),
        "shirt": part(tights[middle[:, 1] >= waist]),
        "trousers": part(tights[(middle[:, 1] < waist) & (middle[:, 1] >= ankle)]),
        "shoes": part(tights[middle[:, 1] < ankle]),
        "hair": part(body[capped]),
    }


@cache
def _lips() -> Float:
    """Return a mask (vertices of the base mesh,) of the lips in 0..1."""
    upper, lower = (displacement(f"mouth/mouth-{which}lip-volume-incr") for which in ("upper", "lower"))
    return np.maximum(upper, lower)


@cache
def _covered() -> dict[str, npt.NDArray[np.bool_]]:
    """Return which vertices of the skin lie under which cloth: they take its colour, so that no skin shows in folds."""
    points, parts = load().points, _parts()
    clothes = ("shirt", "trousers", "shoes")
    owner = np.concatenate([np.full(len(parts[cloth].vertices), cloth) for cloth in clothes])
    tree = cKDTree(np.concatenate([points[parts[cloth].vertices] for cloth in clothes]))
    distance, nearest = tree.query(points[parts["skin"].vertices])
    return {cloth: (distance < 0.25) & (owner[nearest] == cloth) for cloth in clothes}  # decimetres


@cache
def _irises() -> npt.NDArray[np.bool_]:
    """Return which vertices of the part "eyes" are coloured: the foremost of each eye."""
    points = load().points[_parts()["eyes"].vertices]
    left = points[:, 0] > 0
    front = np.where(left, points[left, 2].max(), points[~left, 2].max())
    return points[:, 2] > front - 0.035  # decimetres


def _person(rng: np.random.Generator, place: float, view: _View) -> tuple[list[Surface], Mapping[str, Point]]:
    """Return one person's surfaces on the screen and the joints there; `place` is how far to the side, in m."""
    descent, weight = str(rng.choice(["african", "asian", "caucasian"])), float(rng.choice([0.4, 0.6]))
    points = _shaped(bool(rng.random() < 0.5), descent, weight)
    posed, heads = _posed(points, str(rng.choice(list(POSES))), rng)
    turn = Rotation.from_euler("y", rng.uniform(-55, 55), degrees=True)
    feet = heads["Hips"] * [1, 0, 1] + [0, posed[_parts()["skin"].vertices, 1].min(), 0]
    away = np.array([place, 0, -view.distance])

    world, colours = turn.apply(posed - feet) + away, _colours(rng)
    surfaces = []
    for name, part in _parts().items():
        where = world[part.vertices]
        normals = _normals(where, part.triangles)
        where = where + normals * OFFSETS[name]
        lit = LIGHT[0] + LIGHT[1] * np.clip(normals @ view.lamp, 0, 1)
        surfaces.append(Surface(view.project(where), colours[name] * lit[:, None], part.triangles))
    screen = dict(zip(heads, view.project(turn.apply(np.array(list(heads.values())) - feet) + away), strict=True))
    return surfaces, {joint: (float(screen[bone][0]), float(screen[bone][1])) for joint, bone in JOINTS.items()}


def _posed(points: Float, pose: str, rng: np.random.Generator) -> tuple[Float, dict[str, Float]]:
    """Return the vertices and the bones' heads of a body in a pose of the table, each angle a little off."""
    source = load()
    angles: dict[str, tuple[float, float, float]] = {}
    for bone, (x, y, z) in POSES[pose].items():
        angles |= {f"Left{bone}": (x, y, z), f"Right{bone}": (x, -y, -z)}
    angles |= ONE_SIDED.get(pose, {}) | {"Head": (0, 0, 0), "Spine1": (0, 0, 0)}
    # Each bone turns about its head; the rest pose has no rotations, so a bone's matrix is its parent's times its own.
    matrices: dict[str, Float] = {}
    for bone_ in source.bones:
        head = points[bone_.head].mean(0)
        matrix = np.eye(4)
        if bone_.name in angles:
            off = rng.uniform(-6, 6, 3) if "Leg" not in bone_.name else np.zeros(3)
            matrix[:3, :3] = Rotation.from_euler("xyz", np.add(angles[bone_.name], off), degrees=True).as_matrix()
            matrix[:3, 3] = head - matrix[:3, :3] @ head
        matrices[bone_.name] = matrix if bone_.parent is None else matrices[bone_.parent] @ matrix
    stacked = np.array([matrices[bone.name] for bone in source.bones])
    blended = (source.weights @ stacked.reshape(len(stacked), 16)).reshape(-1, 4, 4)
    posed = np.einsum("nij,nj->ni", blended[:, :3, :3], points) + blended[:, :3, 3]
    heads = {
        bone.name: matrices[bone.name][:3, :3] @ points[bone.head].mean(0) + matrices[bone.name][:3, 3]
        for bone in source.bones
    }
    return posed, heads


def _colours(rng: np.random.Generator) -> dict[str, Float]:
    """Return each part's colours, (vertices, 3)."""
    parts = _parts()
    skin = np.array(SKINS[rng.integers(len(SKINS))])
    plain = {
        "skin": skin,
        "eyes": np.full(3, 0.92),
        "shirt": rng.uniform(0.1, 0.95, 3),
        "trousers": rng.uniform(0.05, 0.6, 3),
        "shoes": rng.uniform(0.05, 0.3, 3),
        "hair": np.array(HAIRS[rng.integers(len(HAIRS))]),
    }
    colours = {name: np.tile(colour, (len(parts[name].vertices), 1)) for name, colour in plain.items()}
    colours["skin"] *= 1 - _lips()[parts["skin"].vertices, None] * [0.10, 0.45, 0.40]
    for cloth, covered in _covered().items():
        colours["skin"][covered] = plain[cloth]
    colours["eyes"][_irises()] = (0.12, 0.08, 0.06)
    return colours


def _normals(points: Float, triangles: npt.NDArray[np.int64]) -> Float:
    """Return unit normals (n, 3) of the vertices, weighted by the triangles' areas."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    normals = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(across[:, axis], 3), len(points)) for axis in range(3)], axis=1
    )
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


@click.command()
@click.option("--count", default=100, show_default=True)
@click.option("--size", default=256, show_default=True, help="px")
@click.option("--seed", default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def main(count: int, size: int, seed: int, out: Path) -> None:
    """Write crops as PNG files."""
    out.mkdir(parents=True, exist_ok=True)
    for number, crop in enumerate(crops(count, size, seed)):
        pixels = PIL.Image.fromarray((crop * 255).round().astype(np.uint8))
        pixels.save(out / f"{number:04}.png")


if __name__ == "__main__":
    main()
