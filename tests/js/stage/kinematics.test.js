import assert from "node:assert/strict";
import { test } from "node:test";
import { hang, jointAngles, LIMITS, limitsOf } from "../../../static/js/stage/angles.js";
import { softLimit, solve, STRAIGHTEST, twoBones } from "../../../static/js/stage/kinematics.js";
import { createMotion } from "../../../static/js/stage/motion/index.js";
import { hangingArm } from "../../../static/js/stage/motion/placement.js";
import { createRandom } from "../../../static/js/stage/random.js";
import { createRig, forward, gripPoint, measureBody } from "../../../static/js/stage/rig.js";
import {
  add, addScaled, axisAngle, between, DEGREE, distance, dot, fromAxes, fromPitchYawRoll, fromRotationVector, IDENTITY, length, multiply,
  normalize, rotate, scale, slerp, subtract, swingTwist, toRotationVector, unit, unrotate, X, Y, Z,
} from "../../../static/js/stage/vectors.js";
import { PEOPLE, syntheticRig } from "./bodies.js";

/** Rounding of chained double arithmetic on lengths of about a metre, m. */
const EXACT = 1e-9;

const near = (actual, expected, tolerance = EXACT, label = "") => {
  const apart = Math.hypot(...actual.map((value, k) => value - expected[k]));
  assert.ok(apart <= tolerance, `${label} got ${actual}, expected ${expected}: ${apart} apart`);
};
const sameTurn = (a, b) => near(rotate(a, [0.3, -0.7, 0.5]), rotate(b, [0.3, -0.7, 0.5]));
const anyVector = (random) => /** @type {any} */ ([random.normal(), random.normal(), random.normal()]);
const anyTurn = (random) => unit([random.normal(), random.normal(), random.normal(), random.normal()]);

test("rotations obey the group's laws", () => {
  const random = createRandom("group");
  for (let k = 0; k < 200; k++) {
    const [a, b, v] = [anyTurn(random), anyTurn(random), anyVector(random)];
    near(rotate(multiply(a, b), v), rotate(a, rotate(b, v)));
    near(unrotate(a, rotate(a, v)), v);
    sameTurn(fromRotationVector(toRotationVector(a)), a);
    sameTurn(slerp(a, b, 0), a);
    sameTurn(slerp(a, b, 1), b);
    sameTurn(fromAxes(rotate(a, X), rotate(a, Y), rotate(a, Z)), a);
    const { swing, twist } = swingTwist(a, X);
    sameTurn(multiply(swing, axisAngle(X, twist)), a);
    assert.ok(Math.abs(toRotationVector(swing)[0]) < EXACT, "the swing has no part about the axis");
    const [from, to] = [normalize(v), normalize(anyVector(random))];
    near(rotate(between(from, to), from), to);
    near(rotate(between(from, scale(from, -1)), from), scale(from, -1));
  }
});

test("the frame is right-handed: yaw turns to the left, pitch bends ahead, roll lifts the left", () => {
  near(rotate(fromPitchYawRoll(0, Math.PI / 2, 0), Z), X);
  near(rotate(fromPitchYawRoll(Math.PI / 2, 0, 0), Y), Z);
  near(rotate(fromPitchYawRoll(0, 0, Math.PI / 2), X), Y);
});

test("two bones: the right-angled cases by hand", () => {
  const bend = twoBones([0, 0, 0], [0, -Math.SQRT2, 0], [1, 1], [0, 0, 1]);
  near(bend.middle, [0, -Math.SQRT1_2, Math.SQRT1_2]);
  near(bend.end, [0, -Math.SQRT2, 0]);
  near(bend.hinge, X, EXACT, "a knee that goes ahead turns the shank about +x");
  // 3-4-5: the middle joint lies 9/5 along the way and 12/5 beside it.
  near(twoBones([0, 0, 0], [5, 0, 0], [3, 4], [0, 1, 0]).middle, [1.8, 2.4, 0]);
});

test("two bones: lengths hold and the end is reached wherever it can be", () => {
  const random = createRandom("two bones");
  for (let k = 0; k < 500; k++) {
    const bones = /** @type {const} */ ([random.uniform(0.2, 0.5), random.uniform(0.2, 0.5)]);
    const root = anyVector(random);
    const reach = random.uniform(0.62, 0.999) * (bones[0] + bones[1]);
    const end = addScaled(root, normalize(anyVector(random)), reach);
    const pole = anyVector(random);
    const found = twoBones(root, end, bones, pole);
    near([distance(root, found.middle), distance(found.middle, found.end)], bones);
    near(found.end, end);
    const side = subtract(pole, scale(normalize(subtract(end, root)), dot(pole, normalize(subtract(end, root)))));
    assert.ok(dot(subtract(found.middle, root), side) >= 0, "the middle joint is on the pole's side");
    const turned = rotate(axisAngle(found.hinge, 0.01), subtract(found.middle, root));
    const before = subtract(found.middle, root);
    const far = normalize(subtract(found.end, found.middle));
    assert.ok(dot(normalize(turned), far) > dot(normalize(before), far), "about the hinge the near bone's direction turns to the far bone's");
  }
});

test("two bones: out of reach they straighten, folded they stop at the joint's limit", () => {
  const far = twoBones([0, 0, 0], [0, -5, 0], [0.4, 0.4], Z);
  near(far.end, [0, -0.8 * STRAIGHTEST, 0]);
  const close = twoBones([0, 0, 0], [0, -0.01, 0], [0.4, 0.4], Z, 120 * DEGREE);
  assert.ok(Math.abs(length(close.end) - 0.4) < EXACT, "at 120 degrees two equal bones reach one bone's length");
  assert.ok(Number.isFinite(twoBones([0, 0, 0], [0, 0, 0], [0.3, 0.4], Z).middle[1]), "a target on the root has some answer");
  assert.ok(Number.isFinite(twoBones([0, 0, 0], [0, -0.5, 0], [0.3, 0.4], Y).middle[1]), "so has a pole along the way");
});

test("a soft limit is the identity first, is smooth, and is never passed", () => {
  const limits = LIMITS.wrist_deviation;
  for (const value of [-0.2, 0, 0.3]) assert.equal(softLimit(value, limits), value);
  let before = softLimit(-3, limits);
  for (let value = -3; value < 3; value += 0.01) {
    const now = softLimit(value, limits);
    assert.ok(now >= limits[0] && now <= limits[1] && now >= before && now - before <= 0.01 + EXACT);
    before = now;
  }
});

test("forward kinematics: at rest every head is where the skeleton has it", () => {
  const { rig } = PEOPLE[2];
  for (const [name, { position, quaternion }] of Object.entries(forward(rig))) {
    near(position, rig.heads[name], EXACT, name);
    assert.deepEqual(quaternion, IDENTITY);
  }
});

test("solving for what forward kinematics gave brings hands, feet and pelvis back", () => {
  const random = createRandom("round trip");
  const { rig, body } = PEOPLE[2];
  const standing = createMotion("standing", { body, seed: 1 }).at(0);
  for (let k = 0; k < 200; k++) {
    const turn = fromPitchYawRoll(random.uniform(-0.4, 0.4), random.uniform(-3, 3), random.uniform(-0.3, 0.3));
    const pelvis = { position: /** @type {any} */ ([random.uniform(-1, 1), 0.9, random.uniform(-1, 1)]), quaternion: turn };
    const spine = { flexion: random.uniform(-0.2, 0.6), lateral: random.uniform(-0.3, 0.3), rotation: random.uniform(-0.4, 0.4) };
    const chest = multiply(turn, fromRotationVector([spine.flexion, spine.rotation, -spine.lateral]));
    const shoulder = forward(rig, solve(rig, { ...standing, pelvis, spine }).pose).LeftArm.position;
    const way = rotate(chest, normalize([random.uniform(0, 0.8), random.uniform(-1, 0.6), random.uniform(0.2, 1)]));
    const hand = {
      position: addScaled(shoulder, way, random.uniform(0.45, 0.93) * (body.upper_arm_m + body.forearm_m)),
      quaternion: null, thumb: null, elbow: rotate(chest, [0.5, -1, -0.5]), closed: 0.5,
    };
    const foot = {
      position: add(pelvis.position, rotate(turn, [0.1, -random.uniform(0.5, 0.75), random.uniform(-0.1, 0.3)])),
      quaternion: turn, toes: 0.2, knee: rotate(turn, [0, 0.3, 1]),
    };
    const { pose, missed } = solve(rig, { ...standing, pelvis, spine, left_hand: hand, left_foot: foot });
    const frames = forward(rig, pose);
    near(scale(add(frames.LeftUpLeg.position, frames.RightUpLeg.position), 0.5), pelvis.position);
    near(add(frames.LeftFoot.position, rotate(frames.LeftFoot.quaternion, [0, -body.ankle_height_m, 0])), foot.position, 1e-6);
    sameTurn(frames.LeftFoot.quaternion, foot.quaternion);
    const fist = add(frames.LeftHand.position, rotate(frames.LeftHand.quaternion, gripPoint(rig, "left")));
    near(fist, hand.position, 1e-5, "the iteration's own tolerance is 1e-6 m a round:");
    assert.ok(missed.left_hand < 1e-5 && missed.left_foot < 1e-6);
    for (const [name, position] of Object.entries(frames).map(([bone, frame]) => [bone, frame.position])) {
      const { parent, offset } = rig.bones.find((bone) => bone.name === name);
      if (parent) assert.ok(Math.abs(distance(position, frames[parent].position) - length(offset)) < EXACT, `${name} keeps its length`);
    }
  }
});

test("left and right are mirror images", () => {
  const { rig, body } = PEOPLE[3];
  const standing = createMotion("standing", { body, seed: 1 }).at(0);
  const flip = ([x, y, z]) => /** @type {any} */ ([-x, y, z]);
  const hand = (s) => ({
    position: [0.25 * s, 1.0, 0.35], quaternion: null, thumb: /** @type {any} */ ([0.2 * s, 0.3, 1]), palm: null, extension: 0.4, elbow: [0.5 * s, -1, -0.5], closed: 1,
  });
  const foot = (s) => ({ position: [0.1 * s, 0.05, 0.2], quaternion: fromPitchYawRoll(-0.1, 0.2 * s, 0), toes: 0.1, knee: [0, 0, 1] });
  const placement = {
    ...standing, pelvis: { position: [0, 0.85, 0], quaternion: fromPitchYawRoll(0.1, 0, 0) }, spine: { flexion: 0.2, lateral: 0, rotation: 0 }, head: IDENTITY,
    left_hand: hand(1), right_hand: hand(-1), left_foot: foot(1), right_foot: foot(-1),
  };
  const frames = forward(rig, solve(rig, /** @type {any} */ (placement)).pose);
  for (const name of Object.keys(frames).filter((bone) => bone.startsWith("Left"))) {
    near(flip(frames[name].position), frames[name.replace("Left", "Right")].position, 1e-6, name);
  }
  const angles = jointAngles(solve(rig, /** @type {any} */ (placement)).pose);
  for (const name of Object.keys(angles).filter((joint) => joint.startsWith("left_"))) {
    assert.ok(Math.abs(angles[name] - angles[name.replace("left_", "right_")]) < 1e-5, name);
  }
});

test("what is out of reach is missed by as much as it is, and the joints stay whole", () => {
  const { rig, body } = PEOPLE[2];
  const standing = createMotion("standing", { body, seed: 1 }).at(0);
  const far = { position: /** @type {any} */ ([0.3, 1.4, 3]), quaternion: null, thumb: null, elbow: /** @type {any} */ ([1, -1, 0]), closed: 0 };
  const { pose, missed } = solve(rig, { ...standing, left_hand: far });
  const fist = (() => {
    const { LeftHand } = forward(rig, pose);
    return add(LeftHand.position, rotate(LeftHand.quaternion, gripPoint(rig, "left")));
  })();
  assert.ok(missed.left_hand > 2, "three metres ahead: two and a bit remain");
  assert.ok(Math.abs(missed.left_hand - distance(fist, far.position)) < 1e-6);
});

test("clinical angles: each joint by hand", () => {
  const degrees = (rotations) => Object.fromEntries(
    Object.entries(jointAngles({ hips: [0, 0, 0], rotations })).map(([name, value]) => [name, value / DEGREE]));
  const is = (actual, expected, name) => assert.ok(Math.abs(actual - expected) < 1e-6, `${name}: got ${actual}, expected ${expected}`);
  const [left, right] = [hang("left"), hang("right")];
  is(degrees({ LeftArm: left }).left_shoulder_flexion, 0, "hanging");
  is(degrees({ LeftArm: IDENTITY, RightArm: IDENTITY }).right_shoulder_abduction, 90, "T-pose");
  is(degrees({ RightArm: multiply(axisAngle(X, -60 * DEGREE), right) }).right_shoulder_flexion, 60, "arm ahead");
  is(degrees({ LeftArm: multiply(axisAngle(Y, -30 * DEGREE), left) }).left_shoulder_rotation, 30, "left arm turned inward: to the right");
  is(degrees({ RightArm: multiply(axisAngle(Y, 30 * DEGREE), right) }).right_shoulder_rotation, 30, "right arm turned inward");
  is(degrees({ LeftForeArm: axisAngle(Y, -70 * DEGREE) }).left_elbow_flexion, 70, "elbow");
  is(degrees({ RightForeArm: axisAngle(Y, 70 * DEGREE) }).right_elbow_flexion, 70, "elbow");
  is(degrees({ LeftForeArm: axisAngle(X, 20 * DEGREE), LeftHand: axisAngle(X, 25 * DEGREE) }).left_pronation, 45, "forearm and hand share it");
  is(degrees({ LeftHand: axisAngle(Z, -40 * DEGREE) }).left_wrist_flexion, 40, "palm to the forearm");
  is(degrees({ RightHand: axisAngle(Y, -15 * DEGREE) }).right_wrist_deviation, 15, "to the little finger");
  is(degrees({ LeftUpLeg: axisAngle(X, -90 * DEGREE) }).left_hip_flexion, 90, "thigh ahead");
  is(degrees({ RightUpLeg: axisAngle(Z, -20 * DEGREE) }).right_hip_abduction, 20, "thigh outward");
  is(degrees({ LeftLeg: axisAngle(X, 110 * DEGREE) }).left_knee_flexion, 110, "knee");
  is(degrees({ LeftFoot: axisAngle(X, -12 * DEGREE) }).left_ankle_dorsiflexion, 12, "toes up");
  is(degrees({ Spine: axisAngle(X, 10 * DEGREE), Spine2: axisAngle(X, 15 * DEGREE) }).trunk_flexion, 25, "trunk");
  is(degrees({ Spine1: axisAngle(Z, -10 * DEGREE) }).trunk_lateral, 10, "to the left");
  is(degrees({ Head: axisAngle(Y, 30 * DEGREE) }).neck_rotation, 30, "to the left");
  assert.deepEqual(limitsOf("left_elbow_flexion"), LIMITS.elbow_flexion);
});

test("a free arm has the angles that it was given", () => {
  const { rig, body } = PEOPLE[2];
  const wish = { flexion: 0.4, abduction: 0, rotation: 0.2, elbow: 0.8, pronation: 0.5 };
  const placement = createMotion("standing", { body, seed: 1 }).at(0);
  const angles = jointAngles(solve(rig, { ...placement, left_hand: { angles: wish, closed: 0 }, right_hand: hangingArm() }).pose);
  const got = [angles.left_elbow_flexion, angles.left_pronation, angles.left_shoulder_rotation];
  near(got, [wish.elbow, wish.pronation, wish.rotation], 1e-6);
});

test("skeletons without chest, neck, shoulders, fingers and toes are solved too; what motion needs is asked for", () => {
  const { heads } = syntheticRig(1.7);
  const sparse = Object.fromEntries(Object.entries(heads).filter(([name]) => !/Spine1|Spine2|Neck|Shoulder|Hand.|Toe/.test(name)));
  const rig = createRig(sparse);
  assert.equal(rig.chest, "Spine");
  const body = measureBody(rig, { stature_m: 1.7 });
  const { pose, missed } = solve(rig, createMotion("walking", { body, seed: 1 }).at(0.3));
  assert.ok(missed.left_foot < 1e-6 && missed.right_foot < 1e-6);
  assert.deepEqual(Object.keys(pose.rotations).filter((name) => !sparse[name]), [], "no rotations for bones that are not there");
  const { LeftForeArm, ...armless } = heads;
  assert.throws(() => createRig(armless), /no LeftForeArm/);
  assert.ok(LeftForeArm);
});

test("measures of a skeleton add up", () => {
  for (const { name, rig, body } of PEOPLE) {
    const height = body.ankle_height_m + body.shank_m + body.thigh_m;
    assert.ok(Math.abs(height - body.hip_height_m) < 1e-6, `${name}: legs ${height}, hips at ${body.hip_height_m}`);
    assert.ok(Math.abs(body.hip_height_m + body.shoulder[1] - body.shoulder_height_m) < 1e-6, name);
    assert.ok(Object.values(body).flat().every(Number.isFinite), `${name}: ${JSON.stringify(body)}`);
    assert.ok(Math.abs(rig.heads.LeftHandMiddle1[0] - rig.heads.LeftHand[0]) > body.hand_m, "the fist closes before the knuckles");
  }
  assert.equal(measureBody(PEOPLE[0].rig, { stature_m: undefined, eye_height_m: 1.4 }).stature_m.toFixed(3), (1.4 / 0.936).toFixed(3));
});
