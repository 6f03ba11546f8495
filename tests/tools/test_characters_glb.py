"""The files: structure, determinism, and that what is committed is what the recipes make."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tools.characters import build, glb, rig
from tools.characters.__main__ import LIMIT, main
from tools.characters.fabric import Cloth
from tools.characters.garments import Shirt, Trousers
from tools.characters.glb import Glb, Material, Primitive
from tools.characters.hair import Hair
from tools.characters.mesh import Outside
from tools.characters.person import skin_normals
from tools.characters.recipes import RECIPES, Recipe
from tools.characters.shape import shape
from tools.characters.shoes import Shoes, floor_height
from tools.characters.source import load

FOLDER = Path(__file__).resolve().parents[2] / "static/characters"
NAMES = json.loads((FOLDER.parent / "spec/landmarks.json").read_text())["names"]
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())
TABLE = {recipe.name: recipe for recipe in RECIPES}
# Positions are stored in metres with five digits; floating point may differ between machines.
STALE_M = 2e-5
COMPONENT_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@pytest.fixture(scope="module")
def maple() -> build.Character:
    return build.build(TABLE["maple"])


def check_structure(document: dict[str, Any], binary: bytes) -> None:
    """What glTF 2.0 (3.6, 3.7) asks of buffers, accessors, meshes and skins."""
    assert document["asset"]["version"] == "2.0"
    assert document["buffers"][0]["byteLength"] <= len(binary)
    for view in document["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= document["buffers"][0]["byteLength"]
    for accessor in document["accessors"]:
        view = document["bufferViews"][accessor["bufferView"]]
        size = COMPONENT_BYTES[accessor["componentType"]] * WIDTHS[accessor["type"]]
        stride = view.get("byteStride", size)
        assert stride % 4 == 0 or view["target"] == 34963
        assert accessor["count"] * stride <= view["byteLength"]
    for image in document["images"]:
        view = document["bufferViews"][image["bufferView"]]
        data = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            assert {"PNG": "image/png", "JPEG": "image/jpeg"}[str(picture.format)] == image["mimeType"]
            assert max(picture.size) <= 1024
    for mesh in document["meshes"]:
        check_primitive(document, binary, mesh["primitives"][0])
    joints = document["skins"][0]["joints"]
    assert [document["nodes"][joint]["name"] for joint in joints] == list(rig.spec()["bones"])


def check_primitive(document: dict[str, Any], binary: bytes, primitive: dict[str, Any]) -> None:
    read = {name: glb.array(document, binary, index) for name, index in primitive["attributes"].items()}
    count = len(read["POSITION"])
    assert all(len(values) == count for values in read.values())
    np.testing.assert_allclose(np.linalg.norm(read["NORMAL"], axis=1), 1, atol=0.02)  # a byte per axis
    np.testing.assert_allclose(read["WEIGHTS_0"].sum(1), 1, atol=1e-9)
    assert read["JOINTS_0"].max() < len(document["skins"][0]["joints"])
    accessor = document["accessors"][primitive["attributes"]["POSITION"]]
    np.testing.assert_array_equal(read["POSITION"].min(0), np.float32(accessor["min"]))
    np.testing.assert_array_equal(read["POSITION"].max(0), np.float32(accessor["max"]))
    indices = glb.array(document, binary, primitive["indices"])
    assert len(indices) % 3 == 0
    assert indices.max() == count - 1
    textured = "baseColorTexture" in document["materials"][primitive["material"]]["pbrMetallicRoughness"]
    assert textured == ("TEXCOORD_0" in read)


def skinned(document: dict[str, Any], binary: bytes) -> dict[str, np.ndarray]:
    """Each mesh's vertices at rest, from the file's numbers alone."""
    nodes = document["nodes"]
    world = {0: np.array(nodes[0]["translation"])}
    queue = [0]
    while queue:
        parent = queue.pop()
        for child in nodes[parent].get("children", []):
            assert set(nodes[child]) <= {"name", "translation", "children"}  # no rotation at rest
            world[child] = world[parent] + nodes[child]["translation"]
            queue.append(child)
    inverse = glb.array(document, binary, document["skins"][0]["inverseBindMatrices"]).reshape(-1, 4, 4)
    inverse = inverse.transpose(0, 2, 1).copy()
    for joint, position in world.items():
        inverse[joint, :3, 3] += position
    result = {}
    for mesh in document["meshes"]:
        attributes = mesh["primitives"][0]["attributes"]
        points, joints, weights = (
            glb.array(document, binary, attributes[k]) for k in ("POSITION", "JOINTS_0", "WEIGHTS_0")
        )
        blend = np.einsum("nk,nkij->nij", weights, inverse[joints])
        result[mesh["name"]] = np.einsum("nij,nj->ni", blend[:, :3, :3], points) + blend[:, :3, 3]
    return result


def test_the_same_recipe_gives_the_same_bytes(maple: build.Character) -> None:
    assert build.build(TABLE["maple"]).data == maple.data


def test_a_built_file_is_sound(maple: build.Character) -> None:
    assert len(maple.data) < LIMIT
    assert maple.entry["sha256"] == hashlib.sha256(maple.data).hexdigest()
    check_structure(*glb.read(maple.data))


def test_a_missing_forearm_is_missing(maple: build.Character) -> None:
    gone = ["right_wrist", "right_pinky", "right_index", "right_thumb"]
    assert maple.entry["not_applicable"] == gone
    assert set(maple.entry["landmarks"]) == set(NAMES) - set(gone)
    document, binary = glb.read(maple.data)
    points = np.concatenate(list(skinned(document, binary).values()))
    skeleton = rig.build(shape(TABLE["maple"].full_body), floor_height(shape(TABLE["maple"].full_body)))
    where = skeleton.landmark_positions()
    elbow, wrist = where["right_elbow"][0], where["right_wrist"][0]
    assert points[:, 0].max() > where["left_index"][0]  # the left hand is there
    assert elbow - 0.75 * (elbow - wrist) < points[:, 0].min() < elbow


def test_a_prosthesis_replaces_the_shank_and_keeps_its_landmarks() -> None:
    recipe = TABLE["linden"]
    parts, skeleton, absent = build.figure(recipe)
    assert absent == ()
    assert skeleton.landmark_positions().keys() == set(NAMES)
    body = next(part for part in parts if part.name == "body")
    used = body.mesh.points[np.unique(body.mesh.faces)] / 10
    knee, ankle = (skeleton.bind[skeleton.index(name), :3, 3] for name in ("LeftLeg", "LeftFoot"))
    limit = (knee + 0.6 * (ankle - knee))[1]  # within the socket, which ends at 0.66
    assert ((used[:, 0] > 0) & (used[:, 1] < limit)).sum() == 0
    assert ((used[:, 0] < 0) & (used[:, 1] < limit)).sum() > 50
    pylon = next(part for part in parts if part.name == "pylon")
    assert np.linalg.norm(pylon.mesh.points / 10 - ankle, axis=1).min() < 0.06
    column = rig.column_order()[skeleton.index("LeftLeg")]
    assert (pylon.mesh.weights[:, column] == 1).all()


def test_clothes_lie_outside_the_skin() -> None:
    recipe = TABLE["cedar"]
    parts, _, _ = build.figure(recipe)
    points = shape(recipe.full_body)
    skin = load().groups["body"].vertices
    body = Outside(points[skin], skin_normals(points)[skin])
    for part in parts:
        if part.name in ("shirt", "trousers", "collar"):
            inside = body.distance(part.mesh.points)[0] < -0.02  # decimetres; edges are folded inwards
            assert inside.mean() < 0.02, part.name


def test_vrm_bones_point_at_the_right_nodes(maple: build.Character) -> None:
    document, _ = glb.read(maple.data)
    human = document["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]
    for name, bone in rig.spec()["bones"].items():
        assert document["nodes"][human[bone["vrm"]]["node"]]["name"] == name


@pytest.mark.parametrize("name", MANIFEST["characters"])
def test_committed_files_match_the_manifest(name: str) -> None:
    entry = MANIFEST["characters"][name]
    data = (FOLDER / entry["file"]).read_bytes()
    assert len(data) == entry["bytes"] <= LIMIT
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    document, binary = glb.read(data)
    check_structure(document, binary)
    extras = document["asset"]["extras"]
    assert extras["landmarks"] == entry["landmarks"]
    assert set(entry["landmarks"]) | set(entry["not_applicable"]) == set(NAMES)
    points = np.concatenate(list(skinned(document, binary).values()))
    assert abs(points[:, 1].min()) < 0.012  # soles on the floor
    assert points[:, 1].max() == pytest.approx(entry["height"], abs=0.14)  # shoes and hair come on top


@pytest.mark.parametrize("name", MANIFEST["characters"])
def test_committed_landmarks_are_those_of_the_recipe(name: str) -> None:
    points = shape(TABLE[name].full_body)
    skeleton = rig.build(points, floor_height(points))
    for landmark, entry in MANIFEST["characters"][name]["landmarks"].items():
        bone, position = skeleton.landmarks[landmark]
        assert bone == entry["bone"]
        np.testing.assert_allclose(position, entry["position"], atol=STALE_M)


def test_the_manifest_covers_all_recipes_and_says_where_they_come_from() -> None:
    assert list(MANIFEST["characters"]) == list(TABLE)
    assert MANIFEST["licence"] == "CC0-1.0"
    assert sorted(path.stem for path in FOLDER.glob("*.glb")) == sorted(TABLE)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a GLB"),
        (b"PK\x03\x04" + bytes(40), "not a GLB"),
        (b"glTF" + (1).to_bytes(4, "little") + bytes(20), "expected version 2"),
    ],
)
def test_what_is_no_glb_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        glb.read(data)


def test_texture_coordinates_outside_the_image_are_refused() -> None:
    document = Glb()
    document.material(Material("plain"))
    corners = np.eye(3)
    primitive = Primitive(
        corners, corners, np.array([[0, 0], [1.5, 0], [0, 1]]), np.ones(3), np.zeros((3, 4), int),
        np.tile([255, 0, 0, 0], (3, 1)), np.array([[0, 1, 2]]),
    )  # fmt: skip
    with pytest.raises(ValueError, match="must lie in"):
        document.mesh("bad", primitive, 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cloth((0, 0, 0), "tartan"), "pattern: expected"),
        (lambda: Shirt(Cloth((0, 0, 0)), sleeve="puffed"), "sleeve: expected"),
        (lambda: Shirt(Cloth((0, 0, 0)), collar="ruff"), "collar: expected"),
        (lambda: Trousers(Cloth((0, 0, 0)), length="kilt"), "length: expected"),
        (lambda: Shoes((0, 0, 0), kind="clog"), "kind: expected"),
        (lambda: Hair((0, 0, 0), hang="braid"), "hang: expected"),
    ],
)
def test_unknown_styles_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_missing_forearm_needs_short_sleeves() -> None:
    fields = {**TABLE["cedar"].__dict__, "missing_forearm": "l"}
    with pytest.raises(ValueError, match="short sleeves"):
        Recipe(**fields)


def test_the_command_names_what_it_does_not_know(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["build", "yew", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "yew" in result.output
    assert "alder" in result.output
    assert CliRunner().invoke(main, ["build", "--out", str(tmp_path)]).exit_code == 2
    assert not list(tmp_path.iterdir())


def test_the_document_describes_the_people_that_ship() -> None:
    text = (FOLDER.parents[1] / "docs/characters.md").read_text()
    for name, entry in MANIFEST["characters"].items():
        assert f"| {name} | {entry['about']} |" in text
        assert entry["about"] == TABLE[name].about
