// Entry point of static/vendor/sha256.js: SHA-256 that can be fed bit by bit and whose state can be kept.
export { createSHA256 } from "hash-wasm";
