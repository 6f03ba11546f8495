import assert from "node:assert/strict";
import { test } from "node:test";
import { linePath } from "../../static/js/pages/common/lines.js";
import { BODY, Comparison, STEP_S, WINDOW_S, level, together } from "../../static/js/pages/live/comparison.js";
import { courseWords, knownCourse } from "../../static/js/pages/live/comparison-panel.js";
import { NAMES, index } from "../../static/js/pose/landmarks.js";

/** A character 200 px wide and 400 px tall around (x, 300) with a torso of 100 px; 200 px are a metre. */
function character(x = 300) {
  const landmarks = new Float32Array(99);
  NAMES.forEach((name, i) => {
    const side = name.includes("left") ? 1 : name.includes("right") ? -1 : 0;
    landmarks.set([x + 100 * side, name.includes("foot") ? 500 : 100 + 4 * i, 0], 3 * i);
  });
  for (const side of ["left", "right"]) {
    landmarks[3 * index(`${side}_shoulder`) + 1] = 200;
    landmarks[3 * index(`${side}_hip`) + 1] = 300;
  }
  const world_landmarks = landmarks.map((value, k) => (value - [x, 300, 0][k % 3]) / 200);
  return { landmarks, world_landmarks, visibility: new Float32Array(33).fill(1), presence: new Float32Array(33).fill(1) };
}

/** What a tracker says, each point so many px to the right. */
function tracked(truth, px = 0, names = NAMES) {
  const person = { ...truth, landmarks: truth.landmarks.slice(), world_landmarks: truth.world_landmarks.slice() };
  for (const name of names) {
    person.landmarks[3 * index(name)] += px;
    person.world_landmarks[3 * index(name)] += px / 200;
  }
  return person;
}

const size = { image_size: [640, 640] };
const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-4, `${found} instead of ${expected}`);
const joint = (figures, name) => figures.joints[index(name)];

test("nothing compared is nothing known", () => {
  const { joints, course, ...figures } = new Comparison().figures();
  assert.deepEqual(figures, { frames: 0, pck_20: null, pck_10: null, px: null, mm: null, found: null, visibility: null });
  assert.deepEqual(joints[0], { name: "nose", px: null, mm: null, torso: null });
  assert.ok(course.pck_20.every((value) => value === null));
});

test("errors, shares and the course of one character", () => {
  const comparison = new Comparison();
  const truth = character();
  comparison.add({ ...size, time: 10, people: [tracked(truth)], truth: [truth] });
  comparison.add({ ...size, time: 10.5, people: [tracked(truth, 15, ["left_wrist", "right_knee", "nose"])], truth: [truth] });
  const figures = comparison.figures();
  assert.equal(figures.frames, 2);
  assert.equal(figures.pck_20, 1);
  near(figures.pck_10, 63 / 66);
  near(figures.px, 45 / 66);
  near(figures.mm, (3 * 75) / 66);
  assert.equal(figures.found, 1);
  near(joint(figures, "left_wrist").px, 7.5);
  near(joint(figures, "left_wrist").mm, 37.5);
  near(joint(figures, "left_wrist").torso, 0.075);
  near(joint(figures, "right_wrist").px, 0);
  const { age_s, pck_10 } = figures.course;
  assert.equal(age_s.length, WINDOW_S / STEP_S);
  assert.deepEqual([age_s.at(-1), age_s.at(-3)], [0, -0.5]);
  near(pck_10.at(-1), 30 / 33);
  assert.deepEqual([pck_10.at(-2), pck_10.at(-3), pck_10.at(-4)], [null, 1, null]);
});

test("a missed character is wrong, and has no error", () => {
  const comparison = new Comparison();
  const [truth, attendant] = [character(200), character(1000)];
  comparison.add({ ...size, time: 1, people: [tracked(attendant)], truth: [truth, attendant] });
  const figures = comparison.figures();
  assert.deepEqual([figures.pck_20, figures.found, figures.px, figures.frames, figures.visibility], [0.5, 0.5, 0, 1, 1]);
  comparison.reset();
  comparison.add({ ...size, time: 2, people: [], truth: [truth] });
  const missed = comparison.figures();
  assert.deepEqual([missed.pck_20, missed.found, missed.px, missed.mm, missed.visibility], [0, 0, null, null, null]);
});

test("somebody far away is not the character", () => {
  const comparison = new Comparison();
  comparison.add({ ...size, time: 1, people: [tracked(character(600))], truth: [character(200)] });
  assert.equal(comparison.figures().found, 0);
});

test("what is absent, outside the picture or estimated is left out of everything", () => {
  const comparison = new Comparison();
  const truth = character();
  const person = tracked(truth, 50, ["left_pinky", "right_foot_index", "nose"]);
  person.visibility = new Float32Array(33);
  person.visibility.fill(1, 0, index("left_hip"));
  truth.landmarks.fill(NaN, 3 * index("left_pinky"), 3 * index("left_pinky") + 3);
  truth.world_landmarks.fill(NaN, 3 * index("left_pinky"), 3 * index("left_pinky") + 3);
  truth.presence[index("right_foot_index")] = 0;
  comparison.add({ ...size, time: 1, people: [person], truth: [truth], estimated: [["nose"]] });
  const figures = comparison.figures();
  assert.deepEqual([figures.pck_20, figures.px, figures.mm], [1, 0, 0]);
  for (const name of ["left_pinky", "right_foot_index", "nose"]) {
    assert.deepEqual(joint(figures, name), { name, px: null, mm: null, torso: null });
  }
  // 33 without those three; unseen from the left hip on: 10, of which the toes are left out.
  near(figures.visibility, (30 - 9) / 30);
});

test("frames are forgotten after the window, and when time goes back", () => {
  const comparison = new Comparison();
  const truth = character();
  comparison.add({ ...size, time: 5, people: [], truth: [truth] });
  comparison.add({ ...size, time: 5 + WINDOW_S - STEP_S, people: [tracked(truth)], truth: [truth] });
  assert.equal(comparison.figures().found, 0.5);
  assert.equal(comparison.figures().course.pck_20[0], 0);
  comparison.add({ ...size, time: 5 + WINDOW_S, people: [tracked(truth)], truth: [truth] });
  assert.deepEqual([comparison.figures().found, comparison.figures().frames], [1, 2]);
  comparison.add({ ...size, time: 3, people: [], truth: [truth] });
  assert.deepEqual([comparison.figures().found, comparison.figures().frames], [0, 1]);
});

test("a frame without any character is a frame, and nothing else", () => {
  const comparison = new Comparison();
  comparison.add({ ...size, time: 1, people: [tracked(character())], truth: [] });
  const { frames, found, pck_20 } = comparison.figures();
  assert.deepEqual([frames, found, pck_20], [1, null, null]);
});

test("every landmark has its place in the body, once", () => {
  const named = BODY.flatMap(({ rows }) => rows.flatMap(({ joints }) => joints));
  assert.deepEqual(named.toSorted(), [...NAMES].sort());
  for (const { joints } of BODY.flatMap(({ rows }) => rows)) {
    if (joints.length > 1) assert.ok(joints[0].includes("left") && joints[1].includes("right"), joints.join());
  }
});

test("joints together, and how good that is", () => {
  const joints = [
    { name: "left_heel", px: 4, mm: null, torso: 0.1 },
    { name: "left_foot_index", px: 8, mm: 20, torso: 0.3 },
    { name: "nose", px: 100, mm: 100, torso: 1 },
  ];
  assert.deepEqual(together(joints, ["left_heel", "left_foot_index"]), { px: 6, mm: 20, torso: 0.2 });
  assert.deepEqual(together(joints, []), { px: null, mm: null, torso: null });
  assert.deepEqual([0, 0.1, 0.11, 0.2, 0.21, null].map(level), ["close", "close", "near", "near", "off", "unknown"]);
});

test("the course in words", () => {
  const course = (/** @type {(number | null)[]} */ ...pck_20) => ({ ...new Comparison().figures(), course: { pck_20 } });
  assert.equal(courseWords(null), "Nothing has been compared yet.");
  assert.equal(courseWords(course(null, null)), "Nothing has been compared yet.");
  assert.equal(courseWords(course(null, 0.881, 0.97)), "PCK@0.2 has been between 88 and 97 %.");
  assert.equal(courseWords(course(0.998, 1)), "PCK@0.2 has been 100 % throughout.");
});

test("frames that are slower than the steps make a line, a pause a gap", () => {
  const same = (/** @type {number} */ value) => value;
  const course = { age_s: [], pck_20: [], pck_10: [] };
  for (let i = 0; i < 80; i += 1) {
    course.age_s.push(i / 4);
    course.pck_20.push(i % 5 === 0 && (i < 30 || i > 55) ? 1 : null);
    course.pck_10.push(course.pck_20[i]);
  }
  const { age_s, pck_20 } = knownCourse(course);
  assert.deepEqual([age_s[0], age_s[1], pck_20[0]], [0, 1.25, 1]);
  assert.equal(linePath(age_s, pck_20, same, same).match(/M/g)?.length, 2);
  assert.deepEqual(knownCourse({ age_s: [1], pck_20: [null], pck_10: [null] }), { age_s: [], pck_20: [], pck_10: [] });
});
