"""What a page holds after a garbage collection: bytes of JavaScript, and live objects by class."""

from __future__ import annotations

from playwright.sync_api import CDPSession, Page

CLASSES = ("Object3D", "BufferGeometry", "BufferAttribute", "Material", "Texture", "WebGLRenderTarget")
"""Classes of three.js whose objects make up a scene."""


def _collect(client: CDPSession) -> None:
    for _ in range(3):
        client.send("HeapProfiler.collectGarbage")


def heap_bytes(page: Page) -> int:
    """JavaScript heap in use. Code that the browser compiles in time counts too."""
    client = page.context.new_cdp_session(page)
    _collect(client)
    used: int = client.send("Runtime.getHeapUsage")["usedSize"]
    client.detach()
    return used


def live_objects(page: Page) -> dict[str, int]:
    """How many objects of three.js's classes, and pictures of textures, something still refers to."""
    page.evaluate(
        """async () => {
          const three = await import(`${globalThis.assets}/vendor/three.js`);
          globalThis.counted = { ...three, ImageBitmap };
        }"""
    )
    client = page.context.new_cdp_session(page)
    _collect(client)
    found = {}
    for name in (*CLASSES, "ImageBitmap"):
        prototype = client.send("Runtime.evaluate", {"expression": f"counted.{name}.prototype"})["result"]["objectId"]
        objects = client.send("Runtime.queryObjects", {"prototypeObjectId": prototype})["objects"]["objectId"]
        count = {"functionDeclaration": "function () { return this.length; }", "returnByValue": True}
        found[name] = client.send("Runtime.callFunctionOn", {"objectId": objects, **count})["result"]["value"]
    client.detach()
    return found
