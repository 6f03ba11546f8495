// Another page, as its author would write it: the stock package with our models, and none of our code.
import { createDetector, SupportedModels } from "@tensorflow-models/pose-detection";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

export async function estimate({ wasm, landmarkModelUrl, detectorModelUrl, pictures }) {
  setWasmPaths(wasm);
  await tf.setBackend("wasm");
  const detector = await createDetector(SupportedModels.BlazePose, {
    runtime: "tfjs",
    enableSmoothing: false,
    landmarkModelUrl,
    detectorModelUrl,
  });
  const found = [];
  for (const url of pictures) {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    detector.reset();
    found.push(await detector.estimatePoses(canvas));
  }
  detector.dispose();
  return found;
}
