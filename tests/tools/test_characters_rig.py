"""The landmark table against the mesh: inside where joints are, on the skin where skin is, and moving with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tools.characters import rig
from tools.characters.mesh import triangles
from tools.characters.recipes import RECIPES, Recipe
from tools.characters.rig import Rig
from tools.characters.shape import Body, shape, stature
from tools.characters.shoes import floor_height
from tools.characters.source import METRES_PER_UNIT, Float, load

SPEC = Path(__file__).resolve().parents[2] / "static/spec"
LANDMARKS = json.loads((SPEC / "landmarks.json").read_text())
JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "pinky", "index", "thumb")

# The template mirrors to 0.02 mm; the random faces are symmetric too.
MIRROR_M = 0.0005
# A landmark is rigid with one bone, while skin near a joint blends several.
FOLLOW_M = 0.002
# VRM 1.0: humanoid bones that must exist.
VRM_REQUIRED = {"hips", "spine", "head"} | {
    f"{side}{part}"
    for side in ("left", "right")
    for part in ("UpperLeg", "LowerLeg", "Foot", "UpperArm", "LowerArm", "Hand")
}

PEOPLE = {
    "man": Body(male=1.0, age=35, height=1.8),
    "heavy woman": Body(male=0.0, age=60, height=1.6, weight=0.95),
    "child": Body(male=0.5, age=7, height=1.22),
}


class Person:
    """A shaped body and its rig, in metres, as modelled."""

    def __init__(self, body: Body) -> None:
        source = load()
        points = shape(body)
        self.rig: Rig = rig.build(points, floor_height(points))
        self.points: Float = points * METRES_PER_UNIT
        self.weights = source.weights[:, rig.column_order()]
        self.faces = triangles(source.groups["body"].quads)
        self.skin = source.groups["body"].vertices

    def posed(self, pose: dict[str, Rotation]) -> Float:
        return self.rig.skin(self.points, self.weights, pose)


@pytest.fixture(scope="module", params=PEOPLE, ids=str)
def person(request: pytest.FixtureRequest) -> Person:
    return Person(PEOPLE[request.param])


def turn(**euler: tuple[float, float, float]) -> dict[str, Rotation]:
    return {bone: Rotation.from_euler("xyz", angles, degrees=True) for bone, angles in euler.items()}


SEATED = turn(
    LeftUpLeg=(-85, 0, 5), RightUpLeg=(-85, 0, -5), LeftLeg=(85, 0, 0), RightLeg=(85, 0, 0),
    LeftArm=(0, -20, -70), RightArm=(0, 20, 70), LeftForeArm=(0, -70, 0), RightForeArm=(0, 70, 0), Head=(10, 30, 0),
)  # fmt: skip
POSES = {"rest": {}, "seated": SEATED}


def winding(point: Float, points: Float, faces: np.ndarray) -> float:
    """How often the surface surrounds a point (van Oosterom and Strackee 1983, eq. 8): 1 inside, 0 outside."""
    a, b, c = (points[faces[:, k]] - point for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c))
    rest = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
    return float(2 * np.arctan2(volume, rest).sum() / (4 * np.pi))


def test_the_table_defines_the_33_landmarks_in_their_order() -> None:
    assert list(rig.spec()["landmarks"]) == LANDMARKS["names"]
    assert rig.spec()["schema"] == LANDMARKS["schema"]


def test_bones_come_after_their_parents_and_cover_what_vrm_demands() -> None:
    seen: set[str | None] = {None}
    for name, bone in rig.spec()["bones"].items():
        assert bone["parent"] in seen, name
        seen.add(name)
    vrm = [bone["vrm"] for bone in rig.spec()["bones"].values()]
    assert len(set(vrm)) == len(vrm)
    assert set(vrm) >= VRM_REQUIRED


@pytest.mark.parametrize("pose", POSES)
def test_joints_lie_inside_the_skin(person: Person, pose: str) -> None:
    points, where = person.posed(POSES[pose]), person.rig.landmark_positions(POSES[pose])
    for side in ("left", "right"):
        for joint in JOINTS:
            around = winding(where[f"{side}_{joint}"], points, person.faces)
            assert around > 0.5, f"{side}_{joint}: winding number {around:.2f}"


def test_a_point_before_the_nose_is_outside(person: Person) -> None:
    nose = person.rig.landmark_positions()["nose"]
    assert winding(nose + np.array([0, 0, 0.05]), person.posed({}), person.faces) < 0.1


@pytest.mark.parametrize("pose", POSES)
def test_skin_landmarks_follow_the_skin(person: Person, pose: str) -> None:
    points, where = person.posed(POSES[pose]), person.rig.landmark_positions(POSES[pose])
    for name, rule in rig.spec()["landmarks"].items():
        if "vertices" in rule:
            on_skin = points[rule["vertices"]].mean(0)
            assert np.linalg.norm(where[name] - on_skin) < FOLLOW_M, name


def test_skin_landmarks_are_the_extremes_that_they_are_named_for(person: Person) -> None:
    points, where = person.posed({}), person.rig.landmark_positions()
    skin = points[person.skin]
    head = skin[skin[:, 1] > where["mouth_left"][1] + 0.02]
    assert where["nose"][2] > head[:, 2].max() - 0.002
    for side, sign in (("left", 1), ("right", -1)):
        foot = skin[(skin[:, 0] * sign > 0) & (skin[:, 1] < where[f"{side}_ankle"][1])]
        assert where[f"{side}_heel"][2] < foot[:, 2].min() + 0.003
        order = [where[f"{side}_eye{part}"][0] * sign for part in ("_inner", "", "_outer")]
        assert order == sorted(order)
        assert where[f"{side}_ear"][0] * sign > order[-1]
        assert where[f"mouth_{side}"][0] * sign > 0.01
        assert where[f"{side}_foot_index"][2] > where[f"{side}_ankle"][2] + 0.1


def test_left_mirrors_right(person: Person) -> None:
    where = person.rig.landmark_positions()
    for left, right in LANDMARKS["pairs"]:
        assert where[left][0] > 0
        np.testing.assert_allclose(where[left], where[right] * [-1, 1, 1], atol=MIRROR_M, err_msg=left)


def test_rest_is_a_t_pose_on_the_floor(person: Person) -> None:
    where = person.rig.landmark_positions()
    for a, b, axis in (
        ("left_shoulder", "left_elbow", 0), ("left_elbow", "left_wrist", 0),
        ("left_hip", "left_knee", 1), ("left_knee", "left_ankle", 1),
    ):  # fmt: skip
        way = np.abs(where[b] - where[a])
        assert way[axis] == pytest.approx(np.linalg.norm(way), rel=1e-9)
    feet = person.posed({})[person.skin]
    assert feet[:, 1].min() == pytest.approx(0.024, abs=0.004)  # on soles of 24 mm


def test_the_rest_pose_undoes_only_the_bind_pose(person: Person) -> None:
    bound = person.rig.bind @ np.linalg.inv(person.rig.world())
    moved = np.einsum("nb,bij,nj->ni", person.weights, bound[:, :3, :3], person.posed({}))
    moved += np.einsum("nb,bi->ni", person.weights, bound[:, :3, 3])
    one_bone = person.weights.max(1) > 1 - 1e-12
    assert one_bone.sum() > 5000
    np.testing.assert_allclose(moved[one_bone], person.points[one_bone], atol=1e-9)


@pytest.mark.parametrize("height", [1.0, 1.55, 2.05])
def test_a_body_has_the_height_asked_for(height: float) -> None:
    assert stature(shape(Body(male=0.5, age=30, height=height))) == pytest.approx(height, abs=1e-6)


@pytest.mark.parametrize(
    ("field", "value"), [("male", 1.2), ("weight", -0.1), ("age", 0.5), ("age", 120), ("height", 3.0), ("smile", 2.0)]
)
def test_measures_out_of_range_are_refused(field: str, value: float) -> None:
    measures = {"male": 0.5, "age": 30.0, "height": 1.7} | {field: value}
    with pytest.raises(ValueError, match=f"{field}: expected"):
        Body(**measures)


def test_people_differ() -> None:
    assert len(RECIPES) >= 10
    assert min(r.body.age for r in RECIPES) < 13 < 80 < max(r.body.age for r in RECIPES)
    assert {r.body.male for r in RECIPES} == {0.0, 1.0}
    assert len({r.skin.tone for r in RECIPES}) == len({r.seed for r in RECIPES}) == len(RECIPES)
    assert any(r.prosthesis for r in RECIPES)
    assert any(r.missing_forearm for r in RECIPES)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_arms_are_as_long_as_those_of_measured_people(recipe: Recipe) -> None:
    # Joint centre to joint centre, share of the stature: de Leva 1996, table 4; women, men.
    points = shape(recipe.full_body)
    head = {bone.name: points[bone.head].mean(0) * METRES_PER_UNIT for bone in load().bones}
    for start, end, shares in (
        ("LeftArm", "LeftForeArm", (0.1586, 0.1618)),
        ("LeftForeArm", "LeftHand", (0.1523, 0.1545)),
        ("RightArm", "RightForeArm", (0.1586, 0.1618)),
    ):
        share = float(np.linalg.norm(head[end] - head[start])) / recipe.body.height
        assert share == pytest.approx(shares[int(recipe.body.male)], rel=0.02), (start, share)
