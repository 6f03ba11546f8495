/**
 * Plain furniture for rooms, as coloured boxes, rods and cushions. Metres; each piece stands on the floor at the origin
 * with its back to -z. A piece is a list of [geometry, sRGB colour]. */
import { BoxGeometry, CylinderGeometry, IcosahedronGeometry } from "../../vendor/three.js";
import { cushion, tube } from "./equipment/shapes.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {import("../../vendor/three.js").BufferGeometry} BufferGeometry */
/** @typedef {[BufferGeometry, string][]} Piece */

const WOODS = ["#9a7248", "#6f4e33", "#c4a479", "#e6e1d8", "#4a4744"];
const CLOTHS = ["#8a8f96", "#5d6b62", "#7a5b50", "#3f5068", "#b9a68c", "#a3a09a"];

/**
 * @param {number} w
 * @param {number} h
 * @param {number} d
 * @param {number} x
 * @param {number} y lower side
 * @param {number} z
 */
const box = (w, h, d, x, y, z) => new BoxGeometry(w, h, d).translate(x, y + h / 2, z);
/** @param {number} w @param {number} h @param {number} d @param {number} x @param {number} top @param {number} z */
const soft = (w, h, d, x, top, z) =>
  cushion({ width: w, height: h, depth: d, edge: Math.min(w, h, d) * 0.3, crown: 0.01 }).translate(x, top, z);

/**
 * A chair without arms.
 * @param {number} seat height of the seat, metres @param {string} [wood] colour
 * @returns {Piece}
 */
export function plainChair(seat, wood = WOODS[0]) {
  const legs = /** @type {Piece} */ (
    [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ].map(([x, z]) => [
      box(0.035, seat + (z < 0 ? 0.42 : -0.03), 0.035, x * 0.19, 0, z * 0.19 - (z < 0 ? 0.05 : 0)),
      wood,
    ])
  );
  const slats = /** @type {Piece} */ (
    [0.12, 0.22, 0.33].map((y) => [box(0.36, 0.06, 0.015, 0, seat + y, -0.25), wood])
  );
  return [[box(0.43, 0.03, 0.45, 0, seat - 0.03, -0.01), wood], ...legs, ...slats];
}

/** @type {Record<string, (random: Random) => Piece>} */
export const FURNITURE = {
  sofa(random) {
    const cloth = random.pick(CLOTHS);
    const w = random.uniform(1.5, 2.2);
    return [
      [box(w, 0.16, 0.8, 0, 0.1, 0), cloth],
      [soft(w - 0.3, 0.2, 0.68, 0, 0.44, 0.05), cloth],
      [soft(w, 0.62, 0.2, 0, 0.84, -0.32), cloth],
      [soft(0.16, 0.4, 0.82, w / 2 - 0.08, 0.6, 0), cloth],
      [soft(0.16, 0.4, 0.82, -w / 2 + 0.08, 0.6, 0), cloth],
    ];
  },
  table(random) {
    const wood = random.pick(WOODS);
    const [w, d, h] = [random.uniform(1, 1.6), random.uniform(0.6, 0.85), random.uniform(0.7, 0.76)];
    const legs = /** @type {Piece} */ (
      [
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ].map(([x, z]) => [box(0.05, h - 0.03, 0.05, x * (w / 2 - 0.05), 0, z * (d / 2 - 0.05)), wood])
    );
    return [[box(w, 0.03, d, 0, h - 0.03, 0), wood], ...legs];
  },
  chair: (random) => plainChair(0.46, random.pick(WOODS)),
  office_chair(random) {
    const cloth = random.pick(CLOTHS);
    const arms = /** @type {Piece} */ (
      Array.from({ length: 5 }, (_, k) => {
        const a = (2 * Math.PI * k) / 5;
        return [
          tube(
            [
              [0, 0.12, 0],
              [0.3 * Math.sin(a), 0.07, 0.3 * Math.cos(a)],
            ],
            0.02,
            { sides: 6 },
          ),
          "#26282b",
        ];
      })
    );
    const casters = /** @type {Piece} */ (
      Array.from({ length: 5 }, (_, k) => {
        const a = (2 * Math.PI * k) / 5;
        return [
          new CylinderGeometry(0.03, 0.03, 0.04, 10)
            .rotateZ(Math.PI / 2)
            .translate(0.3 * Math.sin(a), 0.03, 0.3 * Math.cos(a)),
          "#1b1c1e",
        ];
      })
    );
    return [
      ...arms,
      ...casters,
      [
        tube(
          [
            [0, 0.1, 0],
            [0, 0.45, 0],
          ],
          0.025,
        ),
        "#55585c",
      ],
      [soft(0.48, 0.09, 0.47, 0, 0.53, 0.02), cloth],
      [soft(0.44, 0.55, 0.07, 0, 1.12, -0.22), cloth],
      [
        tube(
          [
            [0, 0.45, -0.1],
            [0, 0.5, -0.25],
            [0, 0.75, -0.27],
          ],
          0.02,
        ),
        "#26282b",
      ],
      [box(0.05, 0.03, 0.26, 0.27, 0.7, 0.02), "#26282b"],
      [box(0.05, 0.03, 0.26, -0.27, 0.7, 0.02), "#26282b"],
    ];
  },
  shelf(random) {
    const wood = random.pick(WOODS);
    const [w, h] = [random.uniform(0.7, 1.3), random.uniform(1.2, 2)];
    /** @type {Piece} */
    const piece = [
      [box(0.03, h, 0.3, w / 2, 0, 0), wood],
      [box(0.03, h, 0.3, -w / 2, 0, 0), wood],
      [box(w, h, 0.01, 0, 0, -0.15), wood],
    ];
    for (let y = 0.05; y < h; y += 0.36) {
      piece.push([box(w, 0.025, 0.3, 0, y, 0), wood]);
      for (let x = -w / 2 + 0.06; x < w / 2 - 0.08;) {
        const thick = random.uniform(0.02, 0.06);
        const tall = random.uniform(0.16, 0.28);
        if (random.uniform(0, 1) < 0.75 && y + 0.3 < h)
          piece.push([
            box(thick * 0.9, tall, 0.2, x, y + 0.025, -0.02),
            random.pick(["#7d2e2b", "#2c4a63", "#c9b98f", "#3d5b3f", "#d9d6cf", "#2b2b30", "#a7692e"]),
          ]);
        x += thick;
      }
    }
    return piece;
  },
  plant(random) {
    /** @type {Piece} */
    const piece = [
      [
        new CylinderGeometry(0.17, 0.12, 0.32, 16).translate(0, 0.16, 0),
        random.pick(["#b98d6b", "#e3e0da", "#4f5357"]),
      ],
    ];
    for (let k = 0; k < 16; k++) {
      const [a, r, y] = [random.uniform(0, 6.28), random.uniform(0.1, 0.42), random.uniform(0.5, 1.25)];
      piece.push([
        tube(
          [
            [0, 0.3, 0],
            [r * 0.4 * Math.sin(a), y * 0.8, r * 0.4 * Math.cos(a)],
            [r * Math.sin(a), y, r * Math.cos(a)],
          ],
          0.006,
          { sides: 5 },
        ),
        "#3f6b35",
      ]);
      piece.push([
        new IcosahedronGeometry(1, 1)
          .scale(0.09, 0.02, 0.16)
          .rotateX(random.uniform(-0.6, 0.6))
          .rotateY(a)
          .translate(r * Math.sin(a), y, r * Math.cos(a)),
        random.pick(["#3f6b35", "#4f8040", "#35592f"]),
      ]);
    }
    return piece;
  },
  couch(random) {
    // of an examination room
    const cloth = random.pick(["#3b5a78", "#4d6f66", "#2e3338"]);
    return [
      [soft(0.65, 0.1, 1.9, 0, 0.7, 0), cloth],
      [soft(0.6, 0.09, 0.5, 0, 0.76, -0.68), cloth],
      .../** @type {Piece} */ (
        [
          [1, 1],
          [1, -1],
          [-1, 1],
          [-1, -1],
        ].map(([x, z]) => [box(0.05, 0.6, 0.05, x * 0.26, 0, z * 0.8), "#c7c9cb"])
      ),
      [box(0.05, 0.05, 1.6, 0, 0.2, 0), "#c7c9cb"],
    ];
  },
  bars() {
    // parallel bars for walking exercises
    return [0.32, -0.32].flatMap(
      (x) =>
        /** @type {Piece} */ ([
          [
            tube(
              [
                [x, 0, -1.2],
                [x, 0.9, -1.2],
                [x, 0.9, 1.2],
                [x, 0, 1.2],
              ],
              0.02,
              { bend: 0.05 },
            ),
            "#c9a877",
          ],
          [box(0.1, 0.02, 0.4, x, 0, -1.2), "#77797c"],
          [box(0.1, 0.02, 0.4, x, 0, 1.2), "#77797c"],
        ]),
    );
  },
  desk(random) {
    return [
      ...FURNITURE.table(random),
      [box(0.55, 0.33, 0.03, 0, 0.85, -0.12), "#17181a"],
      [box(0.18, 0.1, 0.14, 0, 0.75, -0.14), "#2a2b2e"],
      [box(0.42, 0.02, 0.14, 0, 0.75, 0.14), "#2a2b2e"],
    ];
  },
  lamp(random) {
    return [
      [new CylinderGeometry(0.14, 0.15, 0.03, 20).translate(0, 0.015, 0), "#303236"],
      [
        tube(
          [
            [0, 0.02, 0],
            [0, 1.45, 0],
          ],
          0.012,
        ),
        "#303236",
      ],
      [
        new CylinderGeometry(0.13, 0.2, 0.26, 24, 1, true).translate(0, 1.5, 0),
        random.pick(["#f3e6cc", "#e8e4da", "#d9b98a"]),
      ],
    ];
  },
  tree(random) {
    const h = random.uniform(2.5, 4.5);
    /** @type {Piece} */
    const piece = [
      [
        tube(
          [
            [0, 0, 0],
            [0.05, h * 0.4, 0],
            [0, h, 0.05],
          ],
          0.11,
          { end: 0.04 },
        ),
        "#5b4a3a",
      ],
    ];
    for (let k = 0; k < 14; k++) {
      const [a, r] = [random.uniform(0, 6.28), random.uniform(0, 0.9)];
      const s = random.uniform(0.4, 0.8);
      piece.push([
        new IcosahedronGeometry(s, 1).translate(r * Math.sin(a), h * random.uniform(0.75, 1.25), r * Math.cos(a)),
        random.pick(["#466b38", "#547a40", "#3c5c31"]),
      ]);
    }
    return piece;
  },
  bench(random) {
    const wood = random.pick(["#7a5636", "#93714b"]);
    return [
      ...[0, 1, 2].map(
        (k) => /** @type {[BufferGeometry, string]} */ ([box(1.5, 0.035, 0.11, 0, 0.42, 0.13 - k * 0.13), wood]),
      ),
      ...[0, 1].map(
        (k) =>
          /** @type {[BufferGeometry, string]} */ ([box(1.5, 0.11, 0.03, 0, 0.58 + k * 0.15, -0.22 - k * 0.03), wood]),
      ),
      ...[0.6, -0.6].flatMap(
        (x) =>
          /** @type {Piece} */ ([
            [
              tube(
                [
                  [x, 0, 0.15],
                  [x, 0.4, 0.15],
                  [x, 0.4, -0.18],
                  [x, 0.85, -0.27],
                ],
                0.02,
              ),
              "#2b2d30",
            ],
            [
              tube(
                [
                  [x, 0, -0.18],
                  [x, 0.4, -0.18],
                ],
                0.02,
              ),
              "#2b2d30",
            ],
          ]),
      ),
    ];
  },
};
