/*
 * Says so when the page's program does not run: a classic script that any browser understands. Modules that a browser
 * cannot read fail without a word, and controls would be dead.
 */
addEventListener("load", () => {
  if ("running" in document.documentElement.dataset) return;
  const message = document.getElementById("unsupported");
  if (message) message.hidden = false;
});
