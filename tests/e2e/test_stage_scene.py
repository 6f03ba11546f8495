"""The stage's scene in a real browser: pictures, boxes, landmarks and masks that agree with each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import ROOT
from tests.e2e.tracking import open_blank

SIZE = 256
BOX_PX = 1.0  # a mask has whole pixels: an edge is known to one of them
LANDMARK_PX = 0.5  # what the stage promises
MARKER_PX = 12  # pixels a marker must cover for its middle to be that exact
NAMES: list[str] = json.loads((ROOT / "static/spec/landmarks.json").read_text())["names"]
KINDS = ["manual_wheelchair", "power_wheelchair", "walker", "rollator", "axillary_crutch", "forearm_crutch", "cane"]

# A stage with helpers, kept in the page: tests add what they look at.
SETUP = """async (size) => {
  const at = (name) => import(`${globalThis.assets}/js/stage/${name}.js`);
  const names = ["scene", "camera", "equipment/index", "render"];
  const [scene, camera, equipment, render] = await Promise.all(names.map(at));
  const three = await import(`${globalThis.assets}/vendor/three.js`);
  const canvas = new OffscreenCanvas(size, size);
  const renderer = scene.createRenderer(canvas, { preserve: true });
  renderer.setSize(size, size, false);
  globalThis.stage = { scene, camera, equipment, render, three, canvas, renderer, size: [size, size] };
  stage.plain = (truth) => JSON.parse(JSON.stringify(truth, (key, value) =>
    key === "mask" ? undefined : ArrayBuffer.isView(value) ? [...value] : value));
}"""

BOXES = """async ([kind, azimuths]) => {
  const { scene: S, camera: C, equipment: E, renderer, size } = stage;
  const set = S.createScene(renderer, { shadow_px: 0 });
  const aid = E.buildEquipment(kind);
  set.addEquipment(aid);
  const found = [];
  for (const azimuth_rad of azimuths) {
    const view = { azimuth_rad, elevation_rad: 0.2 };
    const camera = C.frameCamera({ view, extent: set.extent(), size, margin: 0.06, roll_rad: 0.1 });
    const { equipment: [truth] } = await set.truth(camera, size);
    found.push(stage.plain(truth));
  }
  set.dispose();
  aid.dispose();
  return found;
}"""

# Draw the landmarks as glowing balls and find their middles in the picture: no projection of ours takes part.
MARKERS = """async ([name, azimuth_rad, names]) => {
  const { scene: S, camera: C, three: T, renderer, size } = stage;
  const { loadCharacter } = await import(`${globalThis.assets}/js/stage/character.js`);
  const character = await loadCharacter(`${globalThis.assets}/characters/${name}.glb`);
  const set = S.createScene(renderer, { shadow_px: 0 });
  set.addPerson(character);
  character.object.position.set(0.1, 0, -0.2);
  character.object.rotation.y = 0.3;
  const view = { azimuth_rad, elevation_rad: 0.15 };
  const camera = C.frameCamera({ view, extent: set.extent(), size, margin: 0.1, roll_rad: 0.05 });
  const { people: [truth], camera: projection } = await set.truth(camera, size);
  const world = [];
  const middles = [];
  const flat = new T.Scene();
  flat.background = new T.Color("black");
  const glow = new T.MeshBasicMaterial({ color: "white", toneMapped: false });
  const ball = new T.Mesh(new T.SphereGeometry(0.03, 24, 16), glow);
  flat.add(ball);
  const pixels = new Uint8Array(4 * size[0] * size[1]);
  const gl = renderer.getContext();
  for (const { bone, position } of names.map((landmark) => character.landmarks[landmark])) {
    ball.position.set(...position).applyMatrix4(bone.matrixWorld);
    world.push(ball.position.toArray());
    renderer.render(flat, camera);
    gl.readPixels(0, 0, ...size, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let [sum, x, y] = [0, 0, 0];
    for (let k = 0; k < size[0] * size[1]; k++) {
      const weight = pixels[4 * k];
      sum += weight;
      x += weight * ((k % size[0]) + 0.5);
      y += weight * (size[1] - Math.floor(k / size[0]) - 0.5);
    }
    middles.push([x / sum, y / sum, sum / 255]);
  }
  const pose = camera.matrixWorld.toArray();
  const result = { truth: stage.plain(truth), projection, world, middles, camera: pose, fov: camera.fov };
  set.dispose();
  character.dispose();
  ball.geometry.dispose();
  glow.dispose();
  return result;
}"""

HIDDEN = """async ([name, azimuth_rad]) => {
  const { scene: S, camera: C, equipment: E, renderer, size } = stage;
  const { loadCharacter } = await import(`${globalThis.assets}/js/stage/character.js`);
  const character = await loadCharacter(`${globalThis.assets}/characters/${name}.glb`);
  const set = S.createScene(renderer, { shadow_px: 0 });
  set.addPerson(character);
  const view = { azimuth_rad, elevation_rad: 0.05 };
  const camera = C.frameCamera({ view, extent: set.extent(), size, margin: 0.05 });
  const alone = stage.plain(await set.truth(camera, size)).people[0];
  const chair = E.buildEquipment("power_wheelchair", { headrest: true });
  chair.object.position.set(0, 0, Math.sign(Math.cos(azimuth_rad)) * 0.75);
  set.addEquipment(chair);
  const behind = stage.plain(await set.truth(camera, size));
  const close = C.frameCamera({ view, extent: { low: [-0.25, 1.3, -0.1], high: [0.25, 1.8, 0.1] }, size });
  const cut = stage.plain(await set.truth(close, size)).people[0];
  set.dispose();
  chair.dispose();
  character.dispose();
  return { alone, behind, cut };
}"""

SAMPLE = """async ({ seed, recipe, size }) => {
  const sample = await stage.render.renderSample({ seed, recipe, size, type: "image/png" });
  const digest = await crypto.subtle.digest("SHA-256", await sample.image.arrayBuffer());
  const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { sha256, shot: sample.shot, truth: stage.plain(sample.truth), bytes: sample.image.size };
}"""

MEMORY = """async ([first, count, size]) => {
  const sampler = (stage.sampler ??= new stage.render.Sampler());
  for (let k = 0; k < count; k++) await stage.render.renderSample({ seed: first + k, size, sampler });
  const { geometries, textures } = sampler.renderer.info.memory;
  return { geometries, textures, programs: sampler.renderer.info.programs.length };
}"""


@pytest.fixture(scope="module")
def stage(base_url: str, browser: Browser) -> Iterator[Page]:
    """A blank page with the stage's modules."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    open_blank(page, base_url)
    page.evaluate(SETUP, SIZE)
    yield page
    page.close()


def look_at(camera: list[float], fov: float, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A pinhole of our own, from the camera's pose (column-major 4x4, three.js axes) and view, degrees."""
    pose = np.array(camera).reshape(4, 4).T
    seen = (points - pose[:3, 3]) @ pose[:3, :3]
    focal = SIZE / 2 / np.tan(np.radians(fov) / 2)
    return SIZE / 2 + focal * np.stack([-seen[:, 0] / seen[:, 2], seen[:, 1] / seen[:, 2]], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_box_from_the_geometry_is_the_box_of_the_mask(stage: Page, kind: str) -> None:
    for truth in stage.evaluate(BOXES, [kind, [0, 0.8, 1.57, 2.6, 3.9, 5.2]]):
        box, seen = truth["box"], truth["visible_box"]
        for low, extent in (("x", "width"), ("y", "height")):
            assert box[low] == pytest.approx(seen[low], abs=BOX_PX)
            assert box[low] + box[extent] == pytest.approx(seen[low] + seen[extent], abs=BOX_PX)


@pytest.mark.parametrize("azimuth", [0.0, 1.2, -2.4])
def test_landmarks_are_where_marks_at_the_bones_appear(stage: Page, azimuth: float) -> None:
    names = [
        "nose",
        "left_shoulder",
        "right_elbow",
        "left_wrist",
        "right_hip",
        "left_knee",
        "right_ankle",
        "left_foot_index",
    ]
    found = stage.evaluate(MARKERS, ["alder", azimuth, names])
    order = [NAMES.index(name) for name in names]
    told = np.array(found["truth"]["landmarks"]).reshape(33, 3)[order, :2]
    marks = np.array(found["middles"])
    assert (marks[:, 2] > MARKER_PX).all(), "markers too small to have a middle"
    assert np.abs(told - marks[:, :2]).max() < LANDMARK_PX
    assert np.abs(told - look_at(found["camera"], found["fov"], np.array(found["world"]))).max() < LANDMARK_PX


def test_world_landmarks_are_metres_along_the_camera_axes_from_the_hips(stage: Page) -> None:
    found = stage.evaluate(MARKERS, ["alder", 0.7, ["left_hip", "right_hip", "nose", "left_wrist"]])
    pose = np.array(found["camera"]).reshape(4, 4).T[:3, :3]
    world = np.array(found["world"])
    seen = (world - world[:2].mean(0)) @ pose * [1, -1, -1]
    told = np.array(found["truth"]["world_landmarks"]).reshape(33, 3)
    for name, expected in zip(["left_hip", "right_hip", "nose", "left_wrist"], seen, strict=True):
        assert told[NAMES.index(name)] == pytest.approx(expected, abs=1e-5)  # metres; float32


def test_what_hides_a_landmark_is_named(stage: Page) -> None:
    front = stage.evaluate(HIDDEN, ["alder", 0.0])
    back = stage.evaluate(HIDDEN, ["alder", 3.1416])

    def hider(person: dict[str, Any], name: str) -> str | None:
        hidden: str | None = person["hidden_by"][NAMES.index(name)]
        return hidden

    for name in ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee", "right_elbow"):
        assert hider(front["alone"], name) is None, name
    for name in ("nose", "mouth_left", "left_eye", "right_eye"):
        assert hider(back["alone"], name) == "body", name
    for name in ("left_hip", "right_hip", "left_knee", "right_knee"):
        assert hider(front["behind"]["people"][0], name) == "aid", name
    for name in ("left_ankle", "left_knee"):
        assert hider(front["cut"], name) == "frame", name
        assert front["cut"]["presence"][NAMES.index(name)] == 0
    assert hider(front["behind"]["people"][0], "left_wrist") is None


def test_the_same_seed_gives_the_same_picture_and_labels(stage: Page) -> None:
    first = stage.evaluate(SAMPLE, {"seed": 11, "recipe": {}, "size": 160})
    other = stage.evaluate(SAMPLE, {"seed": 12, "recipe": {}, "size": 160})
    again = stage.evaluate(SAMPLE, {"seed": 11, "recipe": {}, "size": 160})
    assert first == again
    assert first["sha256"] != other["sha256"]
    assert first["shot"] != other["shot"]


def test_another_page_renders_the_same(stage: Page, base_url: str, browser: Browser) -> None:
    page = browser.new_page()
    page.set_default_timeout(120_000)
    open_blank(page, base_url)
    page.evaluate(SETUP, SIZE)
    request = {"seed": 5, "recipe": {"rooms": {"living_room": 1}}, "size": 128}
    assert page.evaluate(SAMPLE, request) == stage.evaluate(SAMPLE, request)
    page.close()


@pytest.mark.parametrize(
    ("motion", "kinds", "aid", "role"),
    [
        ("wheelchair_push", ["manual_wheelchair"], "wheelchair", "occupant"),
        ("power_drive", ["power_wheelchair"], "wheelchair", "occupant"),
        ("rollator_walk", ["rollator"], "walker", "walker_user"),
        ("crutch_two_point", ["forearm_crutch"] * 2, "crutch", "crutch_user"),
        ("cane_walk", ["cane"], "cane", "cane_user"),
    ],
)
def test_samples_hold_the_person_and_the_aid_that_the_recipe_asks_for(
    stage: Page, motion: str, kinds: list[str], aid: str, role: str
) -> None:
    subjects = [{"weight": 1, "motion": motion, "equipment": kinds, "group": "any"}]
    recipe = {"subjects": subjects, "margin": [0.1, 0.1], "shift": 0}
    truth = stage.evaluate(SAMPLE, {"seed": 3, "recipe": recipe, "size": SIZE})["truth"]
    (person,) = truth["people"]
    assert person["role"] == role
    assert [item["class"] for item in truth["equipment"]] == [aid] * len(kinds)
    for item in truth["equipment"]:
        box = item["box"]
        assert item["user"] == 0
        assert box["width"] > 8
        assert box["height"] > 40
        assert item["visible_pixels"] > 0
    assert sum(person["presence"]) == 33 - len(person["not_applicable"])


def test_an_attendant_stands_behind_the_chair(stage: Page) -> None:
    subject = {
        "weight": 1,
        "motion": "wheelchair_pushed",
        "equipment": ["manual_wheelchair"],
        "attendant": True,
        "group": "pushed",
    }
    subject["params"] = {"push_handles": True, "backrest_height_m": 0.42}
    truth = stage.evaluate(SAMPLE, {"seed": 1, "recipe": {"subjects": [subject]}, "size": SIZE})["truth"]
    assert [person["role"] for person in truth["people"]] == ["occupant", "attendant"]
    occupant, attendant = (np.array(person["hip_centre"]) for person in truth["people"])
    assert 0.4 < occupant[2] - attendant[2] < 1.3  # metres along the way ahead
    assert attendant[1] > occupant[1] + 0.15


def test_rendering_on_and_on_holds_no_more_memory(stage: Page) -> None:
    # The first round loads characters, textures and shaders that stay.
    before = stage.evaluate(MEMORY, [0, 20, 64])
    after = stage.evaluate(MEMORY, [0, 20, 64])
    assert after == before


def test_bad_requests_are_refused(stage: Page) -> None:
    message = """async (request) => { try { await stage.render.renderSample(request); return null; }
      catch (error) { return `${error.name}: ${error.message}`; } }"""
    assert "RangeError: size: expected whole pixels in 32..4096, got 8" in stage.evaluate(
        message, {"seed": 0, "size": 8}
    )
    assert "RangeError: recipe: unknown rum" in stage.evaluate(message, {"seed": 0, "recipe": {"rum": 1}})
    assert "room: expected one of" in stage.evaluate(message, {"seed": 0, "recipe": {"rooms": {"attic": 1}}})
    assert "characters" in stage.evaluate(message, {"seed": 0, "recipe": {"characters": ["nobody"]}})
    # A failed request does not spoil the next one.
    assert stage.evaluate(SAMPLE, {"seed": 0, "recipe": {}, "size": 64})["bytes"] > 0


def test_the_examples_of_the_guide_run_as_they_stand(stage: Page) -> None:
    examples = re.findall(r"^```js\n(.*?)^```", (ROOT / "docs/stage.md").read_text(), re.M | re.S)
    sample, box = (stage.evaluate(f"async () => {{ {example} }}") for example in examples)
    assert sample["bytes"] > 5000
    assert sample["hidden"] == "body"  # the nose, from behind
    assert 0 < sample["box"]["width"] <= 512
    assert 100 < box["height"] < 240
