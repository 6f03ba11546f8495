/**
 * Other colours for the stage's own characters: cloth of any hue, hair and skin a little darker or lighter. Their
 * materials are called by what they are (tools/characters). A character from elsewhere keeps its colours.
 */
import { Color, Matrix3, Mesh } from "../../vendor/three.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {import("./character.js").Character} Character */

const CLOTH = /^(shirt|trousers|collar|shoe|sole|cloth|dress|hat|sock)/;
const HAIR = /^(hair|strands|brow|beard)/;
const SKIN = /^(head|body|skin)/;
const PLAIN = new Matrix3();

/**
 * Turns the hue around the grey axis, then multiplies with a tint.
 * @param {number} turn_rad @param {[number, number, number]} tint linear
 * @returns {Matrix3}
 */
export function dyeOf(turn_rad, tint) {
  // Rodrigues' rotation around (1, 1, 1) / sqrt(3): greys stay, and so does each colour's mean.
  const [c, s] = [Math.cos(turn_rad), Math.sin(turn_rad) / Math.sqrt(3)];
  const [on, up, down] = [c + (1 - c) / 3, (1 - c) / 3 - s, (1 - c) / 3 + s];
  return new Matrix3(
    tint[0] * on, tint[0] * up, tint[0] * down,
    tint[1] * down, tint[1] * on, tint[1] * up,
    tint[2] * up, tint[2] * down, tint[2] * on,
  );
}

/** @param {Random} random @param {string} name of the material @returns {Matrix3 | null} null: keeps its colour */
function chosen(random, name) {
  if (CLOTH.test(name)) {
    const tint = new Color().setHSL(random.uniform(), random.uniform(0, 0.8), random.uniform(0.65, 0.95));
    const gain = random.uniform(0.6, 1.8);
    return dyeOf(random.uniform(0, 2 * Math.PI), [tint.r * gain, tint.g * gain, tint.b * gain]);
  }
  if (HAIR.test(name)) {
    const gain = random.uniform(0.5, 2);
    const warm = random.uniform(-0.2, 0.35);
    return dyeOf(0, [gain * (1 + warm), gain, gain * (1 - warm)]);
  }
  if (SKIN.test(name)) {
    const gain = random.uniform(0.62, 1.12);
    const warm = random.uniform(-0.02, 0.08);
    return dyeOf(0, [gain * (1 + warm), gain, gain * (1 - warm)]);
  }
  return null;
}

/**
 * Let a material's colour go through a matrix.
 * @param {any} material once @returns {Matrix3} that may be changed
 */
function dyeable(material) {
  if (material.userData.dye) return material.userData.dye;
  const dye = (material.userData.dye = new Matrix3());
  material.onBeforeCompile = (/** @type {any} */ shader) => {
    shader.uniforms.dye = { value: dye };
    shader.fragmentShader = `uniform mat3 dye;\n${shader.fragmentShader}`.replace(
      "#include <map_fragment>",
      "#include <map_fragment>\n  diffuseColor.rgb = max(dye * diffuseColor.rgb, vec3(0.0));",
    );
  };
  material.customProgramCacheKey = () => "dye";
  material.needsUpdate = true;
  return dye;
}

/**
 * Dye a character until the result is called.
 * @param {Character} character @param {Random} random
 * @returns {() => void} gives the colours back
 */
export function dye(character, random) {
  if (character.estimated.length > 0) return () => {};
  /** @type {Matrix3[]} */
  const dyed = [];
  character.object.traverse((mesh) => {
    if (!(mesh instanceof Mesh)) return;
    for (const material of [mesh.material].flat()) {
      // Parts of one piece have one colour: hair0, hair1 and hair2, shirt and collar each their own.
      const kind = material.name.replace(/\d+$/, "");
      const colours = chosen(random.fork(kind), kind);
      if (!colours && !material.userData.dye) continue;
      dyed.push(dyeable(material).copy(colours ?? PLAIN));
    }
  });
  return () => {
    for (const matrix of dyed) matrix.copy(PLAIN);
  };
}
