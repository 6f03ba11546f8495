// Runs in the page that converter/browser.py serves: loads a graph model, runs it on each input, posts the outputs.
// Everything goes through the loopback server: GET /task, GET /input/<n>, POST /output/<n>, POST /failure.

/** @typedef {{ count: number, shape: number[], outputs: string[] }} Task */

/** @param {string} path @param {BodyInit} body */
const post = (path, body) => fetch(path, { method: "POST", body });

async function main() {
  // The very build of TensorFlow.js that the tracker uses. tsc does not see the folder: it is served, not beside this file.
  const tf = await import(/** @type {any} */ ("/vendor/tf.js"));
  /** @type {Task} */
  const task = await (await fetch("/task")).json();
  tf.setWasmPaths("/vendor/wasm/");
  if (!(await tf.setBackend("wasm"))) throw new Error("the WASM back end did not start");
  const model = await tf.loadGraphModel("/model/model.json");
  for (let number = 0; number < task.count; number++) {
    const values = new Float32Array(await (await fetch(`/input/${number}`)).arrayBuffer());
    const image = tf.tensor(values, task.shape);
    const results = [model.execute({ image }, task.outputs)].flat(); // one output comes without an array
    const parts = await Promise.all(results.map((/** @type {any} */ result) => result.data()));
    tf.dispose([image, results]);
    await post(`/output/${number}`, new Blob(parts));
  }
}

main().catch((error) => post("/failure", String(error?.stack ?? error)));
