/**
 * Tasks that take turns, so that many of them do not crowd the network, unless one takes too long.
 * @module
 */

/**
 * @param {number} patience  ms that a task waits for the one before it
 * @returns {(task: () => Promise<unknown>) => void} adds a task; whether it fails or hangs, the next one begins
 */
export function turns(patience) {
  let before = Promise.resolve();
  return (task) => {
    before = before.then(async () => {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const late = new Promise((resolve) => (timer = setTimeout(resolve, patience)));
      await Promise.race([task().catch(() => {}), late]);
      clearTimeout(timer);
    });
  };
}
