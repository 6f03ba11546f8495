"""Characters in a real browser: skeletons, measures from the mesh, and motions with real aids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import BROWSER_ARGS, ROOT, chromium
from tests.e2e.tracking import open_blank

MANIFEST: dict[str, Any] = json.loads((ROOT / "static/characters/manifest.json").read_text())["characters"]
HOLDS_M = 0.01  # hands on what they hold: what the project promises
EXACT_M = 1e-4  # skinning matrices are single precision
SINKS_M = 0.012  # the flesh of the seated mesh may press this deep into cushion or seat
HOVERS_M = 0.02
SOLE_M = 0.012  # shoes have heels and toe springs
STATURE = 0.06  # eyes tell the stature to within 6 %: children's heads are larger, and shoes are counted in

SETUP = """async () => {
  const at = (name) => import(`${globalThis.assets}/js/stage/${name}.js`);
  const [character, equipment, motion, rig, vectors, kinematics] = await Promise.all(
    ["character", "equipment/index", "motion/index", "rig", "vectors", "kinematics"].map(at));
  const three = await import(`${globalThis.assets}/vendor/three.js`);
  globalThis.stage = { ...character, ...equipment, ...motion, ...rig, ...vectors, ...kinematics, three };
  // Skinned vertices in the stage, of the meshes whose names match.
  stage.vertices = (object, wanted) => {
    object.updateMatrixWorld(true);
    const found = [];
    const point = new three.Vector3();
    object.traverse((mesh) => {
      if (!mesh.isSkinnedMesh || !wanted.test(mesh.name)) return;
      for (let k = 0; k < mesh.geometry.attributes.position.count; k++) {
        found.push(mesh.getVertexPosition(k, point).applyMatrix4(mesh.matrixWorld).toArray());
      }
    });
    return found;
  };
}"""

REST = """async (name) => {
  const { loadCharacter, forward, three } = stage;
  const character = await loadCharacter(`${globalThis.assets}/characters/${name}.glb`);
  character.object.updateMatrixWorld(true);
  const heads = forward(character.rig);
  let worst = 0;
  character.object.traverse((node) => {
    if (!heads[node.name]) return;
    const seen = node.getWorldPosition(new three.Vector3());
    worst = Math.max(worst, seen.distanceTo(new three.Vector3(...heads[node.name].position)));
  });
  const { body, not_applicable, rig, landmarks } = character;
  const result = { worst, body, not_applicable, bones: rig.bones.length, landmarks: Object.keys(landmarks).length };
  character.dispose();
  return result;
}"""

PERFORM = """async ([name, motion, kinds, options, shots]) => {
  const { loadCharacter, buildEquipment, fitEquipment, createMotion, geometryOf } = stage;
  const { forward, gripPoint, solve, three } = stage;
  const character = await loadCharacter(`${globalThis.assets}/characters/${name}.glb`);
  const { rig, body } = character;
  const aids = kinds.map((kind) => buildEquipment(kind, fitEquipment(kind, body, options.params ?? {})));
  const play = createMotion(motion, { body, equipment: aids.map(geometryOf), seed: name, ...options });
  const where = (object) => object.getWorldPosition(new three.Vector3());
  const bones = {};
  character.object.traverse((node) => { bones[node.name] = node; });
  const result = { bones: 0, hand: 0, holds: 0, foot: 0, lowest: Infinity, sole: [] };
  for (let k = 0; k < shots; k++) {
    const placement = play.at((k / shots) * play.duration_s);
    const missed = character.place(placement);
    for (const aid of placement.equipment) {
      const item = aids[aid.index];
      if (!item) continue;
      item.object.position.set(...aid.position);
      item.object.quaternion.set(...aid.quaternion);
      item.setTravel(aid.travel_left_m, aid.travel_right_m);
      item.object.updateMatrixWorld(true);
    }
    character.object.updateMatrixWorld(true);
    const frames = forward(rig, solve(rig, placement).pose);
    for (const [bone, { position }] of Object.entries(frames)) {
      result.bones = Math.max(result.bones, where(bones[bone]).distanceTo(new three.Vector3(...position)));
    }
    for (const { limb, part, equipment } of placement.contacts) {
      if (limb.endsWith("foot")) result.foot = Math.max(result.foot, missed[limb]);
      if (!limb.endsWith("hand") || equipment === null || part.endsWith("armrest")) continue;
      const side = limb.slice(0, -5);
      const hand = bones[side === "left" ? "LeftHand" : "RightHand"];
      const fist = hand.localToWorld(new three.Vector3(...gripPoint(rig, side)));
      const local = aids[equipment].parts[part].worldToLocal(fist.clone());
      const { radius_m } = aids[equipment].parts[part].userData;
      const off = part.endsWith("rim") ? Math.hypot(local.x, Math.hypot(local.y, local.z) - radius_m) : local.length();
      result.hand = Math.max(result.hand, off);
      result.holds++;
    }
    const shoes = stage.vertices(character.object, /shoe|sock|body/);
    result.lowest = Math.min(result.lowest, ...shoes.map(([, y]) => y));
  }
  character.dispose();
  for (const aid of aids) aid.dispose();
  return result;
}"""

# How deep the seated mesh presses into the seat: the skin and trousers between backrest and the thighs' first third.
SIT = """async ([name, kind]) => {
  const { loadCharacter, buildEquipment, fitEquipment, createMotion, geometryOf, three } = stage;
  const character = await loadCharacter(`${globalThis.assets}/characters/${name}.glb`);
  const chair = buildEquipment(kind, fitEquipment(kind, character.body));
  const equipment = [geometryOf(chair)];
  const play = createMotion("wheelchair_rest", { body: character.body, equipment, seed: 1, hands: "lap" });
  character.place(play.at(0));
  chair.object.updateMatrixWorld(true);
  const { seat } = chair.parts;
  const depths = [];
  for (const point of stage.vertices(character.object, /trousers|body|jeans|shorts/)) {
    const local = seat.worldToLocal(new three.Vector3(...point));
    const { width_m, depth_m } = seat.userData;
    const inside = Math.abs(local.x) < width_m / 2 - 0.02 && Math.abs(local.z) < depth_m / 2 - 0.03;
    if (inside && local.y > -0.2 && local.y < 0.1) depths.push(local.y);
  }
  depths.sort((a, b) => a - b);
  const result = { lowest: depths[0], low: depths[Math.floor(0.02 * depths.length)], count: depths.length };
  character.dispose();
  chair.dispose();
  return result;
}"""

# The same person as another tool would have written it: A-pose, turned bone axes, centimetres, Mixamo's prefix.
FOREIGN = """async (name) => {
  const { loadCharacter, Character, createMotion, forward, three } = stage;
  const own = await loadCharacter(`${globalThis.assets}/characters/${name}.glb`);
  const { bones, heads } = own.rig;
  const [root, armature] = [new three.Group(), new three.Group()];
  root.add(armature);
  armature.scale.setScalar(0.01);
  armature.rotation.x = -Math.PI / 2;
  armature.updateMatrixWorld(true);
  const made = {};
  const turn = (x, y, z) => new three.Quaternion().setFromEuler(new three.Euler(x, y, z));
  const lowered = {
    LeftArm: turn(0, 0, -0.7), RightArm: turn(0, 0, 0.7), LeftUpLeg: turn(0, 0, 0.1), RightUpLeg: turn(0, 0, -0.08),
  };
  const world = {};
  bones.forEach(({ name: bone, parent, offset }, k) => {
    const node = new three.Bone();
    node.name = `mixamorig:${bone}`;
    const above = parent ? world[parent] : { position: new three.Vector3(), rest: new three.Quaternion() };
    const rest = above.rest.clone().multiply(lowered[bone] ?? new three.Quaternion());
    const position = above.position.clone().add(new three.Vector3(...offset).applyQuaternion(above.rest));
    world[bone] = { position, rest };
    const holder = parent ? made[parent] : armature;
    holder.add(node);
    holder.updateWorldMatrix(true, false);
    node.position.copy(holder.worldToLocal(position.clone()));
    const axes = rest.clone().multiply(turn(0.3 * k, -0.7 * k, 0.2));
    node.quaternion.copy(holder.getWorldQuaternion(new three.Quaternion()).invert().multiply(axes));
    node.updateWorldMatrix(true, false);
    made[bone] = node;
  });
  const found = {};
  root.traverse((node) => { if (node.isBone) found[node.name.replace("mixamorig:", "")] = node; });
  const foreign = new Character(root, found, { stature_m: own.body.stature_m });
  let [rest, posed] = [0, 0];
  const apart = (frames) => Math.max(...Object.entries(frames).map(([bone, { position }]) =>
    found[bone].getWorldPosition(new three.Vector3()).distanceTo(new three.Vector3(...position))));
  root.updateMatrixWorld(true);
  // From the hips: splayed legs stand higher.
  const fromHips = (all, bone) => all[bone].map((value, axis) => value - all.Hips[axis]);
  const away = Math.max(...Object.keys(heads).map((bone) => {
    const [a, b] = [fromHips(foreign.rig.heads, bone), fromHips(heads, bone)];
    return Math.hypot(...a.map((value, axis) => value - b[axis]));
  }));
  rest = apart(forward(foreign.rig));
  const play = createMotion("walking", { body: own.body, seed: 1 });
  for (const share of [0, 0.3, 0.7]) {
    const placement = play.at(share * play.duration_s);
    foreign.place(placement);
    root.updateMatrixWorld(true);
    posed = Math.max(posed, apart(forward(foreign.rig, stage.solve(foreign.rig, placement).pose)));
  }
  own.dispose();
  return { away, rest, posed, landmarks: Object.keys(foreign.landmarks).length };
}"""

REFUSED = """async (bytes) => {
  try {
    await stage.loadCharacter(new Uint8Array(bytes).buffer);
    return "taken";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}"""


@pytest.fixture(scope="module")
def page(launch_browser: Any, base_url: str) -> Iterator[Page]:
    """A blank page with the stage's modules, kept for all tests here: loading them takes longer than the tests."""
    browser: Browser = launch_browser(executable_path=chromium(), args=BROWSER_ARGS)
    page = browser.new_page()
    open_blank(page, base_url)
    page.evaluate(SETUP)
    yield page
    browser.close()


@pytest.mark.parametrize("name", MANIFEST)
def test_skeleton_and_measures_are_the_persons(page: Page, name: str) -> None:
    found = page.evaluate(REST, name)
    entry = MANIFEST[name]
    assert found["worst"] < EXACT_M, "the skeleton's heads lie where the file's bones are"
    assert found["bones"] == 52
    assert found["landmarks"] == 33 - len(entry["not_applicable"])
    assert found["not_applicable"] == entry["not_applicable"]
    body = found["body"]
    assert body["stature_m"] == pytest.approx(entry["height"], rel=STATURE)
    share = {key: body[key] / body["stature_m"] for key in ("buttock_clearance_m", "buttock_depth_m", "hip_width_m")}
    assert 0.03 < share["buttock_clearance_m"] < 0.1
    assert 0.04 < share["buttock_depth_m"] < 0.13
    assert 0.15 < share["hip_width_m"] < 0.32
    assert body["thigh_clearance_m"] > body["buttock_clearance_m"]


CRUTCHES = ["forearm_crutch", "forearm_crutch"]
PERFORMANCES: list[tuple[str, list[str], dict[str, Any]]] = [
    ("walking", [], {}),
    ("standing", [], {}),
    ("wheelchair_push", ["manual_wheelchair"], {"stroke": "semicircular"}),
    ("wheelchair_push", ["manual_wheelchair"], {"stroke": "double_loop"}),
    ("power_drive", ["power_wheelchair"], {}),
    ("attendant", ["manual_wheelchair"], {}),
    ("rollator_walk", ["rollator"], {}),
    ("walker_step_to", ["walker"], {}),
    ("crutch_four_point", CRUTCHES, {}),
    ("crutch_swing_through", ["axillary_crutch", "axillary_crutch"], {}),
    ("cane_walk", ["cane"], {}),
]


@pytest.mark.parametrize("name", ["alder", "juniper", "linden"])
@pytest.mark.parametrize("performance", PERFORMANCES, ids=lambda item: "-".join([item[0], *item[2].values()]))
def test_bones_go_where_the_solver_wants_and_hands_hold(
    page: Page, name: str, performance: tuple[str, list[str], dict[str, Any]]
) -> None:
    found = page.evaluate(PERFORM, [name, *performance, 8])
    assert found["bones"] < EXACT_M
    assert found["hand"] < HOLDS_M, "from the fist to the part of the aid as three.js places it"
    assert (found["holds"] > 0) == bool(performance[1])
    assert found["foot"] < HOLDS_M
    assert found["lowest"] > -SOLE_M, "no shoe goes through the floor"


@pytest.mark.parametrize("name", MANIFEST)
@pytest.mark.parametrize("kind", ["manual_wheelchair", "power_wheelchair"])
def test_nobody_sinks_into_the_seat(page: Page, name: str, kind: str) -> None:
    found = page.evaluate(SIT, [name, kind])
    assert found["count"] > 100
    assert -SINKS_M < found["low"] < HOVERS_M, found


def test_a_skeleton_from_elsewhere_takes_the_same_poses(page: Page) -> None:
    found = page.evaluate(FOREIGN, "alder")
    assert found["away"] < 1e-3, "A-pose, turned axes and centimetres come out as the same T-pose"
    assert found["rest"] < EXACT_M
    assert found["posed"] < EXACT_M
    assert found["landmarks"] > 8, "what lies on a joint is known without a table"


def test_what_is_no_character_is_refused(page: Page) -> None:
    assert "JSON" in page.evaluate(REFUSED, list(b"not a model at all"))
    empty = json.dumps({"asset": {"version": "2.0"}, "scenes": [{"nodes": []}], "scene": 0}).encode()
    assert "RangeError: the skeleton has no Hips" in page.evaluate(REFUSED, list(empty))
