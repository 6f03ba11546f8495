/** Files that cannot be a character: each is refused at the door, for its reason, in words for its owner. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openContainer, packGlb } from "../../../static/js/stage/own/container.js";
import { withoutExtras } from "../../../static/js/stage/own/check.js";
import { OwnCharacterError } from "../../../static/js/stage/own/error.js";
import { pictureSize } from "../../../static/js/stage/own/images.js";
import { inspectCharacter } from "../../../static/js/stage/own/inspect.js";
import { LIMITS } from "../../../static/js/stage/own/limits.js";
import { figure, glb, people } from "./own-people.js";

const good = () => glb(people("mixamo"));
/** @param {(json: any) => void} change */
const changed = (change) => glb(people("mixamo", { fingers: false }), { change });
const text = (value) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)).buffer;
const withBytes = (bytes, change) => {
  const copy = bytes.slice(0);
  change(new DataView(copy));
  return copy;
};
/** A PNG's first bytes say its size. @param {number} width @param {number} height */
const png = (width, height) => {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x89504e47);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
};
/** @param {Uint8Array[]} pictures */
const withPictures = (pictures) => {
  const { json, binary } = figure(people("mixamo"));
  const joined = new Uint8Array(binary.length + 32 * pictures.length);
  joined.set(binary);
  pictures.forEach((picture, k) => joined.set(picture, binary.length + 32 * k));
  const views = pictures.map((_, k) => ({ buffer: 0, byteOffset: binary.length + 32 * k, byteLength: 32 }));
  const images = pictures.map((_, k) => ({ bufferView: json.bufferViews.length + k, mimeType: "image/png" }));
  return packGlb({ json: { ...json, images, bufferViews: [...json.bufferViews, ...views] }, binary: joined });
};

/**
 * What comes, why it is refused, and what its owner reads.
 * @type {[string, () => ArrayBuffer | Blob, string, RegExp][]}
 */
const REFUSED = [
  ["nothing", () => new ArrayBuffer(0), "not-gltf", /GLB or VRM/],
  ["a picture", () => png(10, 10).buffer, "not-gltf", /GLB or VRM/],
  ["other JSON", () => text({ hello: 1 }), "not-gltf", /GLB or VRM/],
  ["broken JSON", () => text('{"asset": '), "not-gltf", /GLB or VRM/],
  ["glTF 1", () => text({ asset: { version: "1.0" } }), "not-gltf", /version 1/],
  ["GLB 1", () => withBytes(good(), (view) => view.setUint32(4, 1, true)), "not-gltf", /version 1/],
  ["half a download", () => good().slice(0, 3000), "truncated", /incomplete: 3000 of \d+ bytes/],
  ["a header alone", () => good().slice(0, 12), "truncated", /incomplete/],
  [
    "a part longer than the file",
    () => withBytes(good(), (view) => view.setUint32(12, 1e9, true)),
    "truncated",
    /incomplete/,
  ],
  [
    "more bytes than the stage takes",
    () => /** @type {any} */ ({ size: LIMITS.bytes + 1 }),
    "too-large",
    /151 MB; the stage takes up to 150 MB/,
  ],
  [
    "a .gltf with its buffers beside it",
    () => text({ asset: { version: "2.0" }, buffers: [{ uri: "scene.bin", byteLength: 4 }] }),
    "external-files",
    /scene\.bin.*one \.glb file/,
  ],
  [
    "a .glb with its pictures beside it",
    () =>
      changed((json) => {
        json.images = [{ uri: "textures/skin.png" }];
      }),
    "external-files",
    /textures\/skin\.png/,
  ],
  [
    "Draco",
    () =>
      changed((json) => {
        json.extensionsRequired = ["KHR_draco_mesh_compression"];
      }),
    "unsupported-extension",
    /Draco.*without compression/,
  ],
  [
    "KTX2",
    () =>
      changed((json) => {
        json.extensionsRequired = ["KHR_texture_basisu"];
      }),
    "unsupported-extension",
    /KTX2/,
  ],
  [
    "an extension that nobody knows",
    () =>
      changed((json) => {
        json.extensionsRequired = ["ACME_hair"];
      }),
    "unsupported-extension",
    /ACME_hair/,
  ],
  [
    "an animation alone",
    () =>
      changed((json) => {
        json.meshes = [];
      }),
    "no-skin",
    /no figure/,
  ],
  [
    "a statue",
    () =>
      changed((json) => {
        for (const node of json.nodes) delete node.skin;
      }),
    "no-skin",
    /no skeleton that moves its skin/,
  ],
  [
    "a skin without weights",
    () =>
      changed((json) => {
        delete json.meshes[0].primitives[0].attributes.WEIGHTS_0;
      }),
    "no-skin",
    /skinning/,
  ],
  [
    "a crowd",
    () =>
      changed((json) => {
        json.accessors[0].count = LIMITS.vertices + 1;
      }),
    "too-many-vertices",
    /1 000 001 points; the stage takes up to 1 000 000/,
  ],
  [
    "a scan",
    () =>
      changed((json) => {
        json.accessors[3].count = 3 * LIMITS.triangles + 3;
      }),
    "too-many-vertices",
    /triangles/,
  ],
  [
    "a city",
    () =>
      changed((json) => {
        json.nodes.push(...Array.from({ length: LIMITS.nodes }, () => ({})));
      }),
    "too-many-nodes",
    /nodes/,
  ],
  [
    "confetti",
    () =>
      changed((json) => {
        json.meshes[0].primitives = Array(LIMITS.primitives + 1).fill(json.meshes[0].primitives[0]);
      }),
    "too-large",
    /pieces/,
  ],
  ["a poster as skin", () => withPictures([png(16384, 1024)]), "pictures-too-large", /16384 x 1024/],
  ["many posters", () => withPictures(Array(5).fill(png(8192, 8192))), "pictures-too-large", /million pixels/],
  [
    "a node in a circle",
    () =>
      changed((json) => {
        json.nodes[1].children = [1];
        delete json.nodes[0].children;
      }),
    "broken",
    /hang/,
  ],
  [
    "a child of two",
    () =>
      changed((json) => {
        json.nodes[5].children = [1];
      }),
    "broken",
    /two others/,
  ],
  [
    "a child that is not there",
    () =>
      changed((json) => {
        json.nodes[0].children = [999];
      }),
    "broken",
    /999/,
  ],
  [
    "a joint that is not there",
    () =>
      changed((json) => {
        json.skins[0].joints[0] = -1;
      }),
    "broken",
    /-1/,
  ],
  [
    "a root that is not there",
    () =>
      changed((json) => {
        json.scenes[0].nodes = [12345];
      }),
    "broken",
    /12345/,
  ],
];
for (const [title, make, code, words] of REFUSED) {
  test(`refused: ${title}`, async () => {
    await assert.rejects(
      async () => inspectCharacter(make()),
      (error) => {
        assert.ok(error instanceof OwnCharacterError, String(/** @type {any} */ (error).stack));
        assert.equal(error.code, code);
        assert.match(error.message, words);
        return true;
      },
    );
  });
}

test("a .gltf with everything written into it is as good as a GLB", async () => {
  const { json, binary } = figure(people("mixamo"));
  const uri = `data:application/octet-stream;base64,${Buffer.from(binary).toString("base64")}`;
  const image = `data:image/png;base64,${Buffer.from(png(3, 5)).toString("base64")}`;
  const whole = text({ ...json, buffers: [{ ...json.buffers[0], uri }], images: [{ uri: image }] });
  const found = await inspectCharacter(whole);
  assert.deepEqual(found.problems, []);
  const opened = openContainer(whole);
  assert.deepEqual([...opened.binary.subarray(0, binary.length)], [...binary]);
  const { bufferView, mimeType, uri: left } = opened.json.images[0];
  const { byteOffset, byteLength } = opened.json.bufferViews[bufferView];
  assert.equal(mimeType, "image/png");
  assert.equal(left, undefined);
  assert.deepEqual(pictureSize(opened.binary.subarray(byteOffset, byteOffset + byteLength)), [3, 5]);
});

test("what changes only a surface may be required", async () => {
  const found = await inspectCharacter(
    changed((json) => {
      json.extensionsRequired = ["VRMC_materials_mtoon", "KHR_materials_pbrSpecularGlossiness"];
    }),
  );
  assert.deepEqual(found.problems, []);
});

test("what is packed is opened again", () => {
  const { json, binary } = figure(people("unreal"));
  const again = openContainer(packGlb({ json, binary }));
  assert.deepEqual(again.json, JSON.parse(JSON.stringify(json)));
  assert.deepEqual([...again.binary.subarray(0, binary.length)], [...binary]);
});

test("only what is shown is handed on: no animation, light or camera, no optional compression", () => {
  const { json, binary } = figure(people("mixamo"));
  Object.assign(json, {
    animations: [{}],
    cameras: [{}],
    extensions: { VRM: {} },
    extensionsUsed: ["KHR_lights_punctual", "KHR_materials_unlit"],
  });
  json.nodes[0].camera = 0;
  json.materials = [
    { extensions: { KHR_materials_pbrSpecularGlossiness: { diffuseTexture: { index: 0 }, glossinessFactor: 0 } } },
  ];
  json.textures = [{ source: 0, extensions: { EXT_texture_webp: { source: 1 } } }];
  json.meshes[0].primitives[0].extensions = { KHR_draco_mesh_compression: { bufferView: 0 } };
  const { json: kept } = withoutExtras({ json, binary });
  assert.deepEqual(
    [kept.animations, kept.cameras, kept.extensions, kept.nodes[0].camera],
    [undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(kept.extensionsUsed, ["KHR_materials_unlit"]);
  assert.equal(kept.textures[0].source, 1);
  assert.deepEqual(kept.materials[0].pbrMetallicRoughness, {
    baseColorTexture: { index: 0 },
    metallicFactor: 0,
    roughnessFactor: 1,
  });
  assert.deepEqual(kept.meshes[0].primitives[0].extensions, {});
});

test("sizes of JPEG and WebP pictures", () => {
  const jpeg = Uint8Array.from([
    0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc2, 0, 11, 8, 0x02, 0x58, 0x03, 0x20, 3, 0, 0, 0,
  ]);
  assert.deepEqual(pictureSize(jpeg), [800, 600]);
  const webp = (kind, rest) =>
    Uint8Array.from([
      ...Buffer.from("RIFF"),
      0,
      0,
      0,
      0,
      ...Buffer.from("WEBP"),
      ...Buffer.from(kind),
      0,
      0,
      0,
      0,
      ...rest,
    ]);
  assert.deepEqual(pictureSize(webp("VP8X", [0, 0, 0, 0, 0x1f, 0x03, 0, 0x57, 0x02, 0])), [800, 600]);
  assert.deepEqual(pictureSize(webp("VP8 ", [0, 0, 0, 0x9d, 0x01, 0x2a, 0x20, 0x03, 0x58, 0x02])), [800, 600]);
  assert.deepEqual(pictureSize(webp("VP8L", [0x2f, 0x1f, 0xc3, 0x95, 0x00])), [800, 600]);
  assert.equal(pictureSize(jpeg.subarray(0, 10)), null);
  assert.equal(pictureSize(new Uint8Array(2)), null);
});
