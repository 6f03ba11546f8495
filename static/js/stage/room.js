/** Surroundings by name: the calm studio of the page, and plain rooms for renders. Stage frame; the subject is near the
 * origin and walks along +z. */
import {
  BufferAttribute,
  CircleGeometry,
  Color,
  DataTexture,
  Group,
  LinearFilter,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  PlaneGeometry,
  Vector3,
} from "../../vendor/three.js";
import { mergeGeometries } from "../../vendor/three-addons/utils/BufferGeometryUtils.js";
import { FURNITURE } from "./furniture.js";
import { VARIANTS, pattern } from "./patterns.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {import("../../vendor/three.js").BufferGeometry} BufferGeometry */
/** @typedef {import("../../vendor/three.js").Texture} Texture */
/**
 * @typedef {object} Room
 * @property {Group} object `userData.is_room` marks it for id masks
 * @property {Color | Texture | null} background
 * @property {[number, number][]} guests places that were asked to be kept clear, moved inside the walls: x, z, metres
 * @property {[number, number] | null} half width (x) and length (z) between walls, metres; null: in the open
 * @property {(azimuth_rad: number) => void} seeFrom takes furniture out that stands before a camera there
 * @property {() => void} dispose
 */
/**
 * @typedef {object} RoomRecipe
 * @property {[string, string[], number][]} floors pattern, colours, metres per repeat
 * @property {[string, string[], number][]} walls empty: in the open
 * @property {[number, number][]} extent half width (x) and half length (z): least and most, metres
 * @property {string[]} furniture names of furniture.js @property {[number, number]} pieces least and most
 * @property {string} sky
 */

const WALL_COLOURS = ["#e9e5dc", "#d8dde0", "#cfd6cb", "#e3d6c5", "#c9c3bb", "#b8c4cf", "#efefec"];
/** @type {Record<string, RoomRecipe>} */
const ROOMS = {
  living_room: {
    floors: [
      ["planks", ["#b98a5c", "#8f6844", "#d3b48c", "#76706a"], 1.4],
      ["carpet", ["#b7b0a4", "#8c9299", "#a08d7a"], 0.9],
    ],
    walls: [["plaster", WALL_COLOURS, 2]],
    extent: [
      [2.2, 2.2],
      [3.4, 3.4],
    ],
    furniture: ["sofa", "table", "chair", "shelf", "plant", "lamp"],
    pieces: [3, 6],
    sky: "#c9d6e2",
  },
  corridor: {
    floors: [
      ["linoleum", ["#9fb0b0", "#b9b2a3", "#8d9aa8", "#c3c5c0"], 2],
      ["tiles", ["#c9c9c5", "#aeb4b8"], 1.6],
    ],
    walls: [["plaster", WALL_COLOURS, 2]],
    extent: [
      [1.3, 4],
      [1.9, 6],
    ],
    furniture: ["chair", "plant", "bench"],
    pieces: [0, 2],
    sky: "#e6e9ea",
  },
  clinic: {
    floors: [["linoleum", ["#a9b7bb", "#c3bda9", "#8fa3a0"], 2]],
    walls: [["plaster", ["#eef0ee", "#dfe8e6", "#e8e4d8"], 2]],
    extent: [
      [2.4, 2.6],
      [3.6, 4],
    ],
    furniture: ["couch", "bars", "office_chair", "shelf", "desk", "plant"],
    pieces: [2, 5],
    sky: "#e6e9ea",
  },
  office: {
    floors: [
      ["carpet", ["#7c8490", "#6e6a67", "#8d8f8a"], 0.8],
      ["planks", ["#b08c62", "#9c9186"], 1.4],
    ],
    walls: [["plaster", WALL_COLOURS, 2]],
    extent: [
      [2.6, 2.6],
      [3.8, 4],
    ],
    furniture: ["desk", "desk", "office_chair", "office_chair", "shelf", "plant"],
    pieces: [3, 6],
    sky: "#d6dfe6",
  },
  street: {
    floors: [
      ["slabs", ["#a5a29b", "#93928f", "#b3ab9f"], 2.2],
      ["carpet", ["#6d6f72"], 0.7],
    ],
    walls: [],
    extent: [
      [4, 5],
      [6, 8],
    ],
    furniture: ["tree", "bench", "tree", "plant"],
    pieces: [2, 5],
    sky: "#b9cfe4",
  },
};
export const ROOM_NAMES = ["studio", ...Object.keys(ROOMS)];
const HEIGHT = 2.6;
const CLEAR = 1.25; // m around the origin that stay free for the subject
const ELBOWS = 0.45; // m between a guest and the walls
const BESIDE = 0.95; // m between a guest and the middle of a piece of furniture
const SIGHT = 0.7; // cosine of half the angle that is kept free towards the camera
const STUDIO = "#cfd4d8";
const STUDIO_RADIUS = 9;

/** Merge pieces of furniture into one mesh with coloured vertices; marked as room for id masks.
 * @param {[BufferGeometry, string][]} pieces taken over @returns {Mesh} whose geometry and material its owner frees */
export function merged(pieces) {
  const geometries = pieces.map(([geometry, colour]) => {
    const indexed = geometry.index ? geometry.toNonIndexed() : geometry;
    const count = indexed.getAttribute("position").count;
    const rgb = new Color(colour).toArray();
    indexed.setAttribute(
      "color",
      new BufferAttribute(
        Float32Array.from({ length: 3 * count }, (_, k) => rgb[k % 3]),
        3,
      ),
    );
    indexed.deleteAttribute("uv");
    return indexed;
  });
  const mesh = new Mesh(mergeGeometries(geometries), new MeshStandardMaterial({ vertexColors: true, roughness: 0.75 }));
  mesh.castShadow = mesh.receiveShadow = true;
  mesh.userData.is_room = true;
  return mesh;
}

/**
 * @param {BufferGeometry} geometry uv in metres
 * @param {[string, string[], number]} look
 * @param {Random} random
 * @returns {Mesh}
 */
function surface(geometry, [name, colours, repeat_m], random) {
  const map = pattern(name, Math.floor(random.uniform(0, VARIANTS)));
  const uv = geometry.getAttribute("uv");
  for (let k = 0; k < uv.count; k++) uv.setXY(k, uv.getX(k) / repeat_m, uv.getY(k) / repeat_m);
  const smooth = name === "tiles" || name === "linoleum";
  const mesh = new Mesh(
    geometry,
    new MeshStandardMaterial({ map, color: random.pick(colours), roughness: smooth ? 0.45 : 0.85 }),
  );
  mesh.receiveShadow = true;
  return mesh;
}

/** @param {number} width @param {number} height @returns {BufferGeometry} a wall or floor whose uv are metres */
function metric(width, height) {
  const plane = new PlaneGeometry(width, height);
  const uv = plane.getAttribute("uv");
  for (let k = 0; k < uv.count; k++) uv.setXY(k, uv.getX(k) * width, uv.getY(k) * height);
  return plane;
}

/** @type {DataTexture | null} */
let faded = null;

/** A texture that fades from opaque in the middle to nothing at the rim; shared. @returns {DataTexture} */
export function fade() {
  if (faded) return faded;
  const side = 128;
  const data = new Uint8Array(side * side * 4);
  for (let k = 0; k < side * side; k++) {
    const r = Math.hypot((k % side) - side / 2 + 0.5, Math.floor(k / side) - side / 2 + 0.5) / (side / 2);
    const t = Math.min(1, Math.max(0, (0.95 - r) / 0.75));
    const value = 255 * t * t * (3 - 2 * t);
    data.set([value, value, value, 255], 4 * k);
  }
  faded = new DataTexture(data, side, side);
  faded.magFilter = faded.minFilter = LinearFilter;
  faded.needsUpdate = true;
  return faded;
}

/** @param {Group} object */
export function disposeAll(object) {
  object.traverse((child) => {
    if (!(child instanceof Mesh)) return;
    child.geometry.dispose();
    child.material.dispose();
  });
  object.removeFromParent();
}

/** A floor that fades into an even backdrop. @param {string} colour @param {[number, number][]} guests @returns {Room} */
function studio(colour, guests) {
  const object = new Group();
  const floor = new Mesh(
    new CircleGeometry(STUDIO_RADIUS, 64),
    new MeshStandardMaterial({ color: colour, roughness: 0.95, alphaMap: fade(), transparent: true }),
  );
  floor.rotation.x = -Math.PI / 2;
  floor.receiveShadow = true;
  object.add(floor);
  object.userData.is_room = true;
  return { object, background: new Color(colour), guests, half: null, seeFrom: () => {}, dispose: () => disposeAll(object) };
}

/**
 * Doors, windows, pictures, skirting on the walls.
 * @param {number} x half width
 * @param {number} z half length
 * @param {Random} random
 * @returns {{pieces: [BufferGeometry, string][], panes: BufferGeometry[]}} */
function fittings(x, z, random) {
  /** @type {[BufferGeometry, string][]} */
  const pieces = [];
  /** @type {BufferGeometry[]} */
  const panes = [];
  const frame = random.pick(["#f2f1ee", "#7a5a3c", "#dcdad4"]);
  const sides = [
    [0, z, x],
    [Math.PI, z, x],
    [Math.PI / 2, x, z],
    [-Math.PI / 2, x, z],
  ];
  for (const [turn, far, half] of sides) {
    const place = (/** @type {BufferGeometry} */ g) =>
      g.applyMatrix4(new Matrix4().makeTranslation(0, 0, -far)).applyMatrix4(new Matrix4().makeRotationY(turn));
    pieces.push([place(new PlaneGeometry(2 * half, 0.09).translate(0, 0.045, 0.012)), frame]);
    const what = random.pick(["window", "door", "picture", "picture", "none"]);
    const at = random.uniform(-0.6, 0.6) * (half - 0.6);
    if (what === "window") {
      const [w, h, sill] = [random.uniform(0.9, 1.8), random.uniform(1, 1.4), random.uniform(0.8, 1)];
      panes.push(place(new PlaneGeometry(w, h).translate(at, sill + h / 2, 0.015)));
      for (const [dx, dy, fw, fh] of [
        [0, h / 2, w + 0.1, 0.06],
        [0, -h / 2, w + 0.16, 0.06],
        [w / 2, 0, 0.06, h],
        [-w / 2, 0, 0.06, h],
        [0, 0, 0.045, h],
      ]) {
        pieces.push([place(new PlaneGeometry(fw, fh).translate(at + dx, sill + h / 2 + dy, 0.02)), frame]);
      }
    } else if (what === "door") {
      pieces.push(
        [place(new PlaneGeometry(1.02, 2.1).translate(at, 1.05, 0.014)), frame],
        [
          place(new PlaneGeometry(0.9, 2.02).translate(at, 1.01, 0.018)),
          random.pick(["#e6e2da", "#8a6a4a", "#b7bfc4"]),
        ],
      );
      pieces.push([place(new PlaneGeometry(0.11, 0.025).translate(at + 0.36, 1.03, 0.03)), "#8b8d90"]);
    } else if (what === "picture") {
      const [w, h] = [random.uniform(0.3, 0.9), random.uniform(0.3, 0.7)];
      pieces.push([
        place(new PlaneGeometry(w + 0.06, h + 0.06).translate(at, 1.5, 0.014)),
        random.pick(["#2a2b2d", "#c9b38a", "#eeeeea"]),
      ]);
      for (let k = 0; k < 4; k++) {
        const pw = (w / 4) * 0.98;
        pieces.push([
          place(new PlaneGeometry(pw, h).translate(at - w / 2 + (k + 0.5) * (w / 4), 1.5, 0.017)),
          random.pick(["#486b8a", "#c98f4e", "#7d8f5c", "#b9584a", "#d8cdb8", "#3c3f52"]),
        ]);
      }
    }
  }
  return { pieces, panes };
}

/**
 * Furniture along the walls.
 * @param {RoomRecipe} recipe
 * @param {number} x
 * @param {number} z
 * @param {Random} random
 * @returns {{azimuth: number, place: Vector3, parts: [BufferGeometry, string][]}[]} azimuth: where a piece stands, seen from
 *   the subject
 */
function furnish(recipe, x, z, random) {
  const pieces = [];
  const count = Math.round(random.uniform(...recipe.pieces));
  for (let k = 0; k < count; k++) {
    const wall = random.pick([0, 1, 2, 3]);
    const [far, half] = wall < 2 ? [z, x] : [x, z];
    const along = random.uniform(-1, 1) * Math.max(0.2, half - 0.6);
    const away = far - random.uniform(0.35, 0.6);
    const piece = FURNITURE[random.pick(recipe.furniture)](random);
    const turn = [0, Math.PI, Math.PI / 2, -Math.PI / 2][wall] + random.normal() * 0.05;
    if (Math.hypot(along, away) < CLEAR) continue;
    const matrix = new Matrix4().makeRotationY(turn).multiply(new Matrix4().makeTranslation(along, 0, -away));
    for (const [geometry] of piece) geometry.applyMatrix4(matrix);
    const place = new Vector3().setFromMatrixPosition(matrix);
    pieces.push({ azimuth: Math.atan2(along, -away) + turn, place, parts: piece });
  }
  return pieces;
}

/** @param {number} azimuth of a piece @param {number} seenFrom of the camera @returns {boolean} whether it may stand before the subject */
const blocks = (azimuth, seenFrom) => Math.cos(azimuth - seenFrom) > SIGHT;

/**
 * Where guests can stand in a room.
 * @param {[number, number][]} guests x, z, metres @param {[number, number]} half width and length
 * @returns {[number, number][]} inside the walls
 */
const inside = (guests, half) =>
  guests.map((place) => {
    const [x, z] = place.map((value, k) => Math.min(half[k] - ELBOWS, Math.max(ELBOWS - half[k], value)));
    return [x, z];
  });

/**
 * Build a room.
 * @param {string} name one of ROOM_NAMES
 * @param {Random} random chooses floor, walls, furniture; the studio does not use it
 * @param {{backdrop?: string, seen_from_rad?: number | "around" | null, guests?: [number, number][]}} [options] backdrop:
 *   colour of the studio; seen_from_rad: the camera's azimuth, where no furniture is put; "around": it moves, and `seeFrom`
 *   says where to; guests: places (x, z) where no furniture is put either
 * @returns {Room}
 * @throws {RangeError} on an unknown name
 */
export function createRoom(name, random, { backdrop = STUDIO, seen_from_rad = null, guests = [] } = {}) {
  if (name === "studio") return studio(backdrop, guests);
  const recipe = ROOMS[name];
  if (!recipe) throw new RangeError(`room: expected one of ${ROOM_NAMES.join(", ")}, got "${name}"`);
  const [low, high] = recipe.extent;
  const [x, z] = [random.uniform(low[0], high[0]), random.uniform(low[1], high[1])];
  const object = new Group();
  object.userData.is_room = true;
  const open = recipe.walls.length === 0;
  const floor = surface(metric(open ? 40 : 2 * x, open ? 40 : 2 * z), random.pick(recipe.floors), random.fork("floor"));
  floor.rotation.x = -Math.PI / 2;
  object.add(floor);
  const places = open ? guests : inside(guests, [x, z]);
  const furniture = furnish(recipe, x, z, random.fork("furniture")).filter(
    ({ place }) => !places.some((guest) => Math.hypot(guest[0] - place.x, guest[1] - place.z) < BESIDE),
  );
  const around = seen_from_rad === "around";
  const pieces = furniture.flatMap(({ azimuth, parts }) =>
    around || (seen_from_rad !== null && blocks(azimuth, seen_from_rad)) ? [] : parts,
  );
  const movable = around ? furniture.map(({ azimuth, parts }) => ({ azimuth, mesh: merged(parts) })) : [];
  for (const { mesh } of movable) object.add(mesh);
  if (!open) {
    const paint = random.pick(recipe.walls);
    const walls = [
      [0, z, x],
      [Math.PI, z, x],
      [Math.PI / 2, x, z],
      [-Math.PI / 2, x, z],
    ].map(([turn, far, half]) =>
      metric(2 * half, HEIGHT)
        .translate(0, HEIGHT / 2, -far)
        .applyMatrix4(new Matrix4().makeRotationY(turn)),
    );
    object.add(surface(mergeGeometries(walls), paint, random.fork("walls")));
    const ceiling = new Mesh(
      new PlaneGeometry(2 * x, 2 * z),
      new MeshStandardMaterial({ color: "#f1f0ec", roughness: 0.95 }),
    );
    ceiling.rotation.x = Math.PI / 2;
    ceiling.position.y = HEIGHT;
    object.add(ceiling); // single-sided, as the walls are: a camera outside looks in
    const { pieces: fitted, panes } = fittings(x, z, random.fork("fittings"));
    pieces.push(...fitted);
    if (panes.length > 0) object.add(new Mesh(mergeGeometries(panes), new MeshBasicMaterial({ color: recipe.sky })));
  }
  if (pieces.length > 0) object.add(merged(pieces));
  const seeFrom = (/** @type {number} */ seenFrom) => {
    for (const { azimuth, mesh } of movable) mesh.visible = !blocks(azimuth, seenFrom);
  };
  return {
    object,
    background: new Color(recipe.sky),
    guests: places,
    half: open ? null : [x, z],
    seeFrom,
    dispose: () => disposeAll(object),
  };
}
