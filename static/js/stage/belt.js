/**
 * A walking belt, flush with the floor of a room: whoever walks or rolls on the spot does it on something that moves.
 * @module
 */
import {
  BoxGeometry, DataTexture, Group, LinearFilter, LinearMipmapLinearFilter, Mesh, MeshStandardMaterial, PlaneGeometry,
  RepeatWrapping, SRGBColorSpace,
} from "../../vendor/three.js";

/** @typedef {import("./camera.js").Extent} Extent */

/** Wide enough for crutches swung outwards; longer than what happens on it by `end` at each end, m. */
const SIZE = { width: 1.3, end: 0.45, rail: 0.07 };
/** Above the floor: flat enough for soles to look right on it, high enough to win against the floor in the depth buffer, m. */
const LIFT = { belt: 0.004, rail: 0.012 };
/** One seam each so far, m. */
const PERIOD = 0.6;
const RUBBER = [52, 56, 60];
const SEAM = [96, 101, 105];
const TEXELS = 64;

/** @returns {DataTexture} rubber with a seam, one period long */
function rubber() {
  const data = new Uint8Array(4 * TEXELS);
  for (let k = 0; k < TEXELS; k++) data.set([...(k < 3 ? SEAM : RUBBER), 255], 4 * k);
  const texture = new DataTexture(data, 1, TEXELS);
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = 4;
  texture.colorSpace = SRGBColorSpace;
  texture.needsUpdate = true;
  return texture;
}

export class Belt {
  object = new Group();
  #texture = rubber();

  /** @param {Extent} extent of what happens on it, stage metres */
  constructor({ low, high }) {
    const length = high[2] - low[2] + 2 * SIZE.end;
    const middle = (high[2] + low[2]) / 2;
    this.#texture.repeat.set(1, length / PERIOD);
    const belt = new Mesh(
      new PlaneGeometry(SIZE.width, length).rotateX(-Math.PI / 2).translate(0, LIFT.belt, middle),
      new MeshStandardMaterial({ map: this.#texture, roughness: 0.9 }),
    );
    const metal = new MeshStandardMaterial({ color: "#9aa0a5", roughness: 0.45, metalness: 0.6 });
    const rails = [-1, 1].map((side) => {
      const x = (side * (SIZE.width + SIZE.rail)) / 2;
      return new Mesh(new BoxGeometry(SIZE.rail, LIFT.rail, length).translate(x, LIFT.rail / 2, middle), metal);
    });
    this.object.add(belt, ...rails);
    for (const mesh of this.object.children) mesh.receiveShadow = true;
    this.object.userData.is_room = true;
  }

  /** @param {number} advanced_m how far whoever is on it has come */
  move(advanced_m) {
    // v grows backwards (-z); where the belt goes, the same seam has a larger v.
    this.#texture.offset.y = -(advanced_m / PERIOD) % 1;
  }

  dispose() {
    this.object.removeFromParent();
    for (const mesh of /** @type {Mesh[]} */ (this.object.children)) {
      mesh.geometry.dispose();
      /** @type {MeshStandardMaterial} */ (mesh.material).dispose();
    }
    this.#texture.dispose();
  }
}
