"""Contact sheets of finished characters, drawn by three.js in a headless Chromium: what a person judges them by."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Route, sync_playwright

# Mesa's llvmpipe through EGL: several times faster than Chromium's own software renderer.
GL = ["--no-sandbox", "--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist"]
ORIGIN = "http://preview.invalid"
PAGE = Path(__file__).with_suffix(".html")
TYPES = {".js": "text/javascript", ".html": "text/html", ".glb": "model/gltf-binary"}


def sheet(
    files: Sequence[Path], three: Path, chromium: str, size: tuple[int, int] = (260, 340), rows: Sequence[int] = ()
) -> bytes:
    """PNG with a column per GLB file; ``three`` is the npm package's folder, ``size`` a view's pixels."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN)
        if name == "/":
            path = PAGE
        elif name.startswith("/three/"):
            path = three / name.removeprefix("/three/")
        elif name.startswith("/file/"):
            path = files[int(name.removeprefix("/file/"))]
        else:
            route.fulfill(status=404)
            return
        route.fulfill(body=path.read_bytes(), content_type=TYPES.get(path.suffix, "application/octet-stream"))

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=GL)
        page = browser.new_page()
        page.on("console", lambda message: print("preview:", message.text) if message.type == "error" else None)
        page.route("**/*", serve)
        page.goto(ORIGIN + "/")
        page.wait_for_function("window.ready")
        names = [f"/file/{index}" for index in range(len(files))]
        url = page.evaluate(
            "([files, size, rows]) => window.sheet(files, size[0], size[1], rows.length ? rows : undefined)",
            [names, list(size), list(rows)],
        )
        browser.close()
    return base64.b64decode(url.split(",", 1)[1])
