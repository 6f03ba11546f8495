"""People dressed from a folder of MakeHuman assets: here a tiny folder, written by the test itself."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tools.characters import glb, rig
from tools.characters.build import Character
from tools.characters.dressed import colours
from tools.characters.dressed.__main__ import main
from tools.characters.dressed.build import build
from tools.characters.dressed.mhclo import AssetError, read_fit, read_surface
from tools.characters.dressed.people import Person, draw
from tools.characters.dressed.wardrobe import Piece, Wardrobe, open_wardrobe
from tools.characters.hair import Hair
from tools.characters.source import Int, load

EXACT_DM = 1e-9  # decimetres; what follows by arithmetic
RED = (0.8, 0.1, 0.1)
RED_WITHIN = 0.12  # of a colour, after JPEG
CELLS = 60  # faces in a row of a piece's picture

# Base-mesh vertices whose distances stretch offsets: what MakeHuman's own clothes use for the trunk.
SCALES = ((5399, 11998), (791, 881), (962, 5320))


def _quads(group: str, low: float, high: float) -> Int:
    """Quads of a group of the base mesh whose corners all lie between two heights, decimetres."""
    source = load()
    quads = source.groups[group].quads
    height = source.points[quads][..., 1]
    chosen: Int = quads[((height > low) & (height < high)).all(1)]
    return chosen


def _write(folder: Path, quads: Int, lines: tuple[str, ...] = (), alpha: bool = False) -> None:
    """Write a piece that lies on the given faces of the base mesh; its picture is grey and white."""
    source = load()
    folder.mkdir(parents=True)
    name = folder.name
    used, faces = np.unique(quads, return_inverse=True)
    faces = faces.reshape(-1, 4)
    rows = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in source.points[used]]
    for index, face in enumerate(faces):  # a cell of the picture each
        x, y = (index % CELLS) / CELLS, (index // CELLS) % CELLS / CELLS
        rows += [f"vt {x + dx / CELLS:.5f} {y + dy / CELLS:.5f}" for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))]
        rows.append("f " + " ".join(f"{v + 1}/{4 * index + k + 1}" for k, v in enumerate(face)))
    (folder / f"{name}.obj").write_text("\n".join(rows))
    scales = [
        f"{axis}_scale {a} {b} {abs(source.points[a, k] - source.points[b, k]):.5f}"
        for k, (axis, (a, b)) in enumerate(zip("xyz", SCALES, strict=True))
    ]
    fit = ["basemesh hm08", f"name {name}", f"obj_file {name}.obj", f"material {name}.mhmat", *scales, "verts 0"]
    fit += [str(v) for v in used] + list(lines)
    (folder / f"{name}.mhclo").write_text("# a test's own\n" + "\n".join(fit))
    (folder / f"{name}.mhmat").write_text(f"name {name}\ndiffuseTexture {name}.png\n")
    grey = np.full((32, 32, 4 if alpha else 3), 128, np.uint8)
    grey[:, 16:, :3] = 255
    if alpha:
        grey[:16, :, 3] = 0
    Image.fromarray(grey).save(folder / f"{name}.png")


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overalls with shoes of their own, hair, eyes and a skin; a hat without its picture."""
    folder = tmp_path_factory.mktemp("assets")
    body = load().groups["body"].quads
    trunk = np.concatenate([_quads("helper-tights", 1.0, 5.0), _quads("helper-tights", -7.0, 0.6)])
    inner = np.unique(_quads("body", -5.0, 3.0))
    _write(folder / "clothes/overalls", trunk, ("delete_verts", " ".join(map(str, inner))))
    _write(folder / "clothes/clogs", _quads("helper-tights", -8.2, -7.2))
    _write(folder / "clothes/shoes06", _quads("helper-tights", -8.2, -7.2))
    _write(folder / "clothes/hat", _quads("body", 7.9, 9.0))
    (folder / "clothes/hat/hat.png").unlink()
    _write(folder / "hair/mop", _quads("body", 7.9, 9.0), alpha=True)
    _write(folder / "eyes/plain", load().groups["helper-l-eye"].quads)
    _write(folder / "eyes/materials", load().groups["helper-l-eye"].quads)
    _write(folder / "skins/young_african_female", body[:4])
    return folder


@pytest.fixture(scope="module")
def wardrobe(assets: Path) -> Wardrobe:
    return open_wardrobe(assets)


@pytest.fixture(scope="module")
def who(wardrobe: Wardrobe) -> Person:
    person = draw(wardrobe, 3, 0)
    mop = wardrobe.of("hair")[0]
    return replace(person, hair=mop, dyes=tuple((RED, None, None) for _ in person.clothes))


@pytest.fixture(scope="module")
def built(who: Person) -> Character:
    return build(who)


@pytest.fixture(scope="module")
def document(built: Character) -> tuple[dict[str, Any], bytes]:
    return glb.read(built.data)


def _fit(folder: Path, *lines: str) -> Path:
    path = folder / "piece.mhclo"
    path.write_text("\n".join(["basemesh hm08", *lines]))
    return path


def test_a_vertex_lies_by_its_three_corners_and_its_stretched_offset(tmp_path: Path) -> None:
    body = load().points
    path = _fit(
        tmp_path, "y_scale 791 881 2.0", "verts 0", "7", "10 20 30 0.5 0.25 0.25 0.1 -0.2 0.3", "10 20 30 0.2 0.3 0.5"
    )
    fit = read_fit(path)
    stretch = abs(body[791, 1] - body[881, 1]) / 2.0
    offset = np.array([0.1, -0.2 * stretch, 0.3])
    expected = [body[7], 0.5 * body[10] + 0.25 * (body[20] + body[30]) + offset]
    expected.append(0.2 * body[10] + 0.3 * body[20] + 0.5 * body[30])
    np.testing.assert_allclose(fit.points(body), expected, atol=EXACT_DM)
    # A body three times as tall stretches what has a y_scale, and nothing else.
    tall = fit.points(body * [1, 3, 1])[1] - fit.points(body)[1]
    assert tall[1] == pytest.approx(2 * expected[1][1], abs=EXACT_DM)
    assert np.abs(tall[[0, 2]]).max() < EXACT_DM


def test_ranges_of_hidden_vertices_are_read(tmp_path: Path) -> None:
    fit = read_fit(_fit(tmp_path, "verts 0", "7", "delete_verts", "3 5 - 7 12", "20"))
    assert np.flatnonzero(fit.deleted).tolist() == [3, 5, 6, 7, 12, 20]


def test_weights_of_an_extrapolated_vertex_are_not_negative(tmp_path: Path) -> None:
    source = load()
    hand, head = (int(source.weights[:, source.bone_index(name)].argmax()) for name in ("LeftHand", "Head"))
    fit = read_fit(
        _fit(tmp_path, "verts 0", f"{hand} {head} {head} 1.5 -0.25 -0.25", f"{hand} {head} {head} 0.5 0.5 0")
    )
    weights = fit.weights(source.weights)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(1), 1, atol=EXACT_DM)
    assert weights[0, source.bone_index("Head")] == 0
    both = source.weights[[hand, head]].mean(0)
    np.testing.assert_allclose(weights[1], both, atol=EXACT_DM)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("verts 0", "1 2 3 0.5"), r"line 3: expected 1, 6 or 9 numbers, got 4"),
        (("verts 0", "99999"), r"line 3: expected vertices 0\.\.19157"),
        (("verts 0", "1 2 3 nan 0 0 0 0 0"), r"line 3: expected finite"),
        (("verts 0", "1 2 3 a 0 0 0 0 0"), r"line 3: could not convert"),
        (("verts 0", "7", "delete_verts", "9 - 3"), r"line 5: expected vertices"),
        (("x_scale 1 2", "verts 0", "7"), r"line 2"),
        (("verts 0",), "expected vertices after 'verts'"),
        (("basemesh other", "verts 0", "7"), "base mesh hm08, got 'other'"),
    ],
)
def test_a_bad_fit_is_refused_with_its_line(tmp_path: Path, lines: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(AssetError, match=complaint):
        read_fit(_fit(tmp_path, *lines))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("v 0 0 0\nvt 0 0\nf 1/1 2/1 1/1", "a vertex that the file does not have"),
        ("v 0 0 0\nvt 0 0\nf 1 1 1", "line 3: expected numbers, and faces as v/vt"),
        ("v 0 0 x", "line 1: expected numbers"),
        ("v 0 0 0", "found none"),
    ],
)
def test_a_bad_mesh_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "piece.obj"
    path.write_text(text)
    with pytest.raises(AssetError, match=complaint):
        read_surface(path)


def test_quads_become_triangles_and_tiles_one_picture(tmp_path: Path) -> None:
    path = tmp_path / "piece.obj"
    path.write_text(
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 2.1 -1\nvt 2.9 -1\nvt 2.9 -0.1\nvt 2.1 -0.1\nf 1/1 2/2 3/3 4/4"
    )
    surface = read_surface(path)
    assert surface.faces.tolist() == [[0, 1, 2], [0, 2, 3]]
    np.testing.assert_allclose(surface.uv[0], [[0.1, 0], [0.9, 0], [0.9, 0.9]], atol=EXACT_DM)


def test_the_wardrobe_knows_what_covers_what_and_says_what_is_left_out(wardrobe: Wardrobe) -> None:
    covers = {piece.name: piece.covers for piece in wardrobe.of("clothes")}
    assert covers == {"overalls": {"torso", "legs"}, "clogs": {"feet"}}
    assert wardrobe.left_out["clothes/hat"] == "its picture is missing"
    assert "brand" in wardrobe.left_out["clothes/shoes06"]
    assert [(skin.sex, skin.descent) for skin in wardrobe.skins] == [("female", "african")]


def test_a_folder_without_assets_is_refused(tmp_path: Path) -> None:
    for folder, complaint in ((tmp_path / "none", "no such folder"), (tmp_path, "clothes, hair, eyes, skins")):
        result = CliRunner().invoke(main, ["--assets", str(folder), "--out", str(tmp_path / "out")])
        assert result.exit_code == 1
        assert complaint in result.output
    assert not (tmp_path / "out").exists()


def test_people_come_from_the_seed(wardrobe: Wardrobe) -> None:
    first = [draw(wardrobe, 1, k) for k in range(6)]
    assert first == [draw(wardrobe, 1, k) for k in range(6)]
    assert first != [draw(wardrobe, 2, k) for k in range(6)]
    assert {person.sex for person in first} == {"male", "female"}
    assert len({person.body.height for person in first}) == 6
    assert all([piece.name for piece in person.clothes] == ["overalls", "clogs"] for person in first)


def test_natural_hair_comes_from_the_products_own_builder(wardrobe: Wardrobe) -> None:
    kinds = {type(draw(wardrobe, 1, k).hair) for k in range(40)}
    assert kinds == {Hair, Piece, type(None)}


def test_dyes_change_the_typical_colour_and_keep_patterns() -> None:
    cloth = np.full((4, 4, 3), 0.3)
    cloth[0, :2] = 0.5
    where = np.ones((4, 4), bool)
    where[3] = False
    dyed = colours.dyed(cloth, where, RED)
    np.testing.assert_allclose(dyed[1], [RED] * 4)
    np.testing.assert_allclose(dyed[0, 0], np.clip(np.array(RED) + 0.2, 0, 0.97))
    assert (dyed[3] == 0.3).all()
    tinted = colours.tinted(cloth, where, (0.2, 0.1, 0.05))
    np.testing.assert_allclose(tinted[0, 0] / tinted[1, 0], (5 / 3) ** colours.CONTRAST)
    np.testing.assert_allclose(colours.gained(cloth, where, RED)[1, 1], RED)


def test_the_character_has_the_skeleton_and_landmarks_of_those_that_ship(
    built: Character, document: tuple[dict[str, Any], bytes]
) -> None:
    gltf, _ = document
    assert [node["name"] for node in gltf["nodes"][: len(rig.spec()["bones"])]] == list(rig.spec()["bones"])
    extras = gltf["asset"]["extras"]
    assert extras["landmarks"] == built.entry["landmarks"]
    assert set(extras["landmarks"]) == set(rig.spec()["landmarks"])
    assert "estimated" not in extras
    assert extras["not_applicable"] == []
    assert "folder" in extras["source"]


def test_each_material_has_its_picture_and_strands_are_cut_out(document: tuple[dict[str, Any], bytes]) -> None:
    gltf, binary = document
    materials = {material["name"]: material for material in gltf["materials"]}
    assert set(materials) == {
        "cloth_overalls_upper",
        "cloth_overalls_lower",
        "cloth_clogs_feet",
        "hair",
        "eye",
        "head",
        "body",
    }
    assert all("baseColorTexture" in material["pbrMetallicRoughness"] for material in materials.values())
    masked = {name for name, material in materials.items() if material.get("alphaMode") == "MASK"}
    assert masked == {"hair"}
    kinds = {name: _picture(gltf, binary, material).mode for name, material in materials.items()}
    assert kinds.pop("hair") == "RGBA"
    assert set(kinds.values()) == {"RGB"}
    overalls = np.asarray(_picture(gltf, binary, materials["cloth_overalls_upper"]), float) / 255
    red = np.abs(overalls - RED).max(-1) < RED_WITHIN
    grey = np.ptp(overalls, axis=-1) < RED_WITHIN
    assert red.mean() > 0.05, "the upper part is dyed"
    assert grey.mean() > 0.05, "the lower part is not"


def _picture(gltf: dict[str, Any], binary: bytes, material: dict[str, Any]) -> Image.Image:
    texture = gltf["textures"][material["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
    view = gltf["bufferViews"][gltf["images"][texture["source"]]["bufferView"]]
    return Image.open(io.BytesIO(binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]))


def test_skin_under_the_clothes_is_gone_and_the_rest_is_there(
    who: Person, document: tuple[dict[str, Any], bytes]
) -> None:
    gltf, binary = document
    primitive = next(mesh for mesh in gltf["meshes"] if mesh["name"] == "body")["primitives"][0]
    points = glb.array(gltf, binary, primitive["attributes"]["POSITION"]) * 10
    deleted = load().points[who.clothes[0].fit.deleted]
    assert len(deleted) > 0
    # The hands are low too: only the trunk and the legs are looked at.
    legs = points[np.abs(points[:, 0]) < 2.0]
    hands = points[np.abs(points[:, 0]) > 3.0]
    assert not ((legs[:, 1] > -4.0) & (legs[:, 1] < 2.0)).any()
    assert (legs[:, 1] < -6.5).any()
    assert len(hands) > 100


def test_a_command_builds_files_and_their_list(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"file": "dressed-4-01.glb", "bytes": 3}
    monkeypatch.setattr(
        "tools.characters.dressed.__main__.build", lambda person: Character(person.name.encode(), entry)
    )
    result = CliRunner().invoke(main, ["--assets", str(assets), "--seed", "4", "--count", "1", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "dressed-4-01.glb").read_bytes() == b"dressed-4-01"
    assert '"seed": 4' in (tmp_path / "manifest.json").read_text()
    assert "left out: clothes/hat: its picture is missing" in result.output
