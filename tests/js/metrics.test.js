import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics, WINDOW_MS } from "../../static/js/pages/live/metrics.js";

test("nothing is known before there are frames", () => {
  assert.deepEqual(new Metrics().figures(0), { fps: null, latency_ms: null, dropped: 0 });
});

test("frames per second are intervals over the time they span", () => {
  const metrics = new Metrics();
  for (let at = 0; at <= 1000; at += 40) metrics.frame(at, 30);
  assert.equal(metrics.figures(1000).fps, 25);
});

test("latency is the median, so one stall does not show", () => {
  const metrics = new Metrics();
  for (const latency of [30, 31, 900, 29, 32]) metrics.frame(100 + latency, latency);
  assert.equal(metrics.figures(1000).latency_ms, 31);
});

test("what is older than the window is forgotten", () => {
  const metrics = new Metrics();
  metrics.frame(0, 10);
  metrics.frame(40, 10);
  assert.equal(metrics.figures(WINDOW_MS + 41).fps, null);
  metrics.frame(WINDOW_MS + 50, 99);
  assert.equal(metrics.figures(WINDOW_MS + 50).latency_ms, 99);
});

test("dropped frames are counted until the reset", () => {
  const metrics = new Metrics();
  metrics.drop();
  metrics.drop();
  assert.equal(metrics.figures(0).dropped, 2);
  metrics.reset();
  assert.equal(metrics.figures(0).dropped, 0);
});
