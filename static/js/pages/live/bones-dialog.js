/** Dialog for somebody's own character: which joint of the file is which bone. Checks the choice as it is made. */
import { boneLabel, boneList } from "../../stage/own/labels.js";
import { axesOf, missingBones } from "../../stage/own/posture.js";
import { examine, headsOf } from "../../stage/own/study.js";
import { BONES, REQUIRED } from "../../stage/rig.js";
import { dot } from "../../stage/vectors.js";
import { button, element, box, make, makeSvg, setText } from "../common/dom.js";

/** @typedef {import("../../stage/rig.js").BoneName} BoneName */
/** @typedef {import("../../stage/own/study.js").Found} Found */
/** @typedef {import("../../stage/own/recognise.js").BoneMap} BoneMap */
/** @typedef {import("../../stage/own/tree.js").TreeNode} TreeNode */
/** @typedef {{node: TreeNode, x: number, y: number}} Joint   in the picture */

/** The picture's longer side, in its own unit, and the space around the skeleton. */
const PICTURE = 100;
const MARGIN = 6;
/** A click counts for the nearest joint within this distance, in the picture's unit. */
const NEAR = 6;
/** What a list shows before a joint's name for each step down the tree. */
const INDENT = "\u2007";
const DEEPEST = 12;

/**
 * @param {Found} found @returns {Joint[]} the file's joints seen from the front: the person's left is on the right
 */
function pictureOf({ nodes, guess, missing }) {
  const axes = missing.length === 0 ? axesOf(headsOf(nodes, guess)) : axesFrom(nodes, guess);
  const joints = nodes
    .filter(({ joint }) => joint)
    .map((node) => ({ node, x: dot(node.position, axes.left), y: -dot(node.position, axes.up) }));
  const [left, top] = [Math.min(...joints.map(({ x }) => x)), Math.min(...joints.map(({ y }) => y))];
  const size = Math.max(...joints.map(({ x }) => x - left), ...joints.map(({ y }) => y - top)) || 1;
  const scale = (PICTURE - 2 * MARGIN) / size;
  return joints.map(({ node, x, y }) => ({ node, x: MARGIN + (x - left) * scale, y: MARGIN + (y - top) * scale }));
}

/**
 * With a suggestion for all bones these tell; else the file is taken to be upright.
 * @param {TreeNode[]} nodes
 * @param {BoneMap} guess
 */
function axesFrom(nodes, guess) {
  const heads = headsOf(nodes, guess);
  return missingBones(heads).length === 0
    ? axesOf(heads)
    : { left: /** @type {const} */ ([1, 0, 0]), up: /** @type {const} */ ([0, 1, 0]) };
}

export class BonesDialog {
  #dialog = element("bones-dialog", HTMLDialogElement);
  #picture = element("bones-picture", SVGElement);
  #use = button("bones-use");
  /** @type {Map<BoneName, HTMLSelectElement>} */ #selects = new Map();
  /** @type {Joint[]} */ #joints = [];
  /** @type {BoneName} */ #current = "Hips";

  /**
   * @param {Found} found what `inspectCharacter` told
   * @returns {Promise<BoneMap | null>} for `openOwnCharacter(file, {bones})`; null: cancelled
   */
  async ask(found) {
    this.found = found;
    this.#joints = pictureOf(found);
    this.#fill(
      "bones-needed",
      BONES.filter((name) => REQUIRED.has(name)),
    );
    this.#fill(
      "bones-optional",
      BONES.filter((name) => !REQUIRED.has(name)),
    );
    this.#show();
    const gone = new AbortController();
    this.#picture.addEventListener("click", (event) => this.#pick(/** @type {MouseEvent} */ (event)), {
      signal: gone.signal,
    });
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    const first = this.#selects.get(found.missing[0] ?? "Hips");
    first?.focus();
    try {
      await new Promise((resolve) => this.#dialog.addEventListener("close", resolve, { signal: gone.signal }));
    } finally {
      gone.abort();
    }
    return this.#dialog.returnValue === "use" ? this.#chosen() : null;
  }

  /** @returns {BoneMap} */
  #chosen() {
    const pairs = [...this.#selects].filter(([, { value }]) => value !== "");
    return Object.fromEntries(pairs.map(([name, { value }]) => [name, Number(value)]));
  }

  /** @param {string} id of the fieldset @param {BoneName[]} bones */
  #fill(id, bones) {
    const { nodes, guess } = /** @type {Found} */ (this.found);
    const root = box(id);
    for (const field of root.querySelectorAll(".field")) field.remove();
    const least = Math.min(...this.#joints.map(({ node }) => node.depth));
    for (const name of bones) {
      const select = make(
        "select",
        { id: `bones-${name}` },
        make("option", { value: "" }, REQUIRED.has(name) ? "Choose…" : "None"),
      );
      for (const { index, name: called, depth, joint } of nodes) {
        if (!joint && guess[name] !== index) continue;
        const indent = INDENT.repeat(Math.min(DEEPEST, Math.max(0, depth - least)));
        select.append(make("option", { value: index }, indent + called));
      }
      select.value = String(guess[name] ?? "");
      select.required = REQUIRED.has(name);
      for (const event of ["change", "focus"]) {
        select.addEventListener(event, () => {
          this.#current = name;
          this.#show();
        });
      }
      this.#selects.set(name, select);
      root.append(make("div", { class: "field" }, make("label", { for: select.id }, boneLabel(name)), select));
    }
  }

  /** The joint nearest to a click becomes the bone that was looked at last. @param {MouseEvent} event */
  #pick(event) {
    const matrix = /** @type {SVGSVGElement} */ (this.#picture).getScreenCTM();
    if (!matrix) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const away = (/** @type {Joint} */ joint) => Math.hypot(joint.x - x, joint.y - y);
    const nearest = this.#joints.reduce((best, joint) => (away(joint) < away(best) ? joint : best));
    const select = this.#selects.get(this.#current);
    if (!select || away(nearest) > NEAR) return;
    select.value = String(nearest.node.index);
    this.#show();
  }

  #show() {
    const { nodes } = /** @type {Found} */ (this.found);
    const chosen = this.#chosen();
    const problems = examine(nodes, chosen);
    const wrong = new Set(problems.flatMap(({ bones }) => bones));
    for (const [name, select] of this.#selects) select.setAttribute("aria-invalid", String(wrong.has(name)));
    this.#use.disabled = problems.length > 0;
    const words = problems.map(({ words: text, bones }) =>
      bones.length > 0 ? `${text}: ${boneList(bones)}.` : `${text}.`,
    );
    setText(box("bones-state"), words.join(" ") || "All needed bones are chosen.");
    this.#draw(chosen);
  }

  /** @param {BoneMap} chosen */
  #draw(chosen) {
    const places = new Map(this.#joints.map((joint) => [joint.node.index, joint]));
    const lines = this.#joints.flatMap(({ node, x, y }) => {
      const above = places.get(node.parent);
      return above ? [makeSvg("line", { x1: above.x, y1: above.y, x2: x, y2: y })] : [];
    });
    const sides = new Map(
      Object.entries(chosen).map(([name, index]) => [
        index,
        (/^(Left|Right)/.exec(name)?.[0] ?? "centre").toLowerCase(),
      ]),
    );
    const dots = this.#joints.map(({ node, x, y }) => {
      const side = sides.get(node.index);
      return makeSvg("circle", { cx: x, cy: y, r: side ? 1.2 : 0.6, ...(side ? { "data-side": side } : {}) });
    });
    const marked = places.get(chosen[this.#current] ?? -1);
    const ring = marked ? [makeSvg("circle", { class: "marked", cx: marked.x, cy: marked.y, r: 3.2 })] : [];
    const [right, bottom] = [Math.max(...this.#joints.map(({ x }) => x)), Math.max(...this.#joints.map(({ y }) => y))];
    this.#picture.setAttribute("viewBox", `0 0 ${right + MARGIN} ${bottom + MARGIN}`);
    this.#picture.replaceChildren(...lines, ...dots, ...ring);
  }
}
