"""The contact sheet draws a committed character in a real browser."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from tools.characters.preview import sheet

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", str(ROOT / "node_modules/.chromium/chromium-headless"))
STANDING, SEATED = 0, 5


def test_a_sheet_shows_the_figure_in_each_view() -> None:
    arguments = [ROOT / "static/characters/alder.glb"], ROOT / "node_modules/three", CHROMIUM, (96, 128)
    # In a thread of its own: other tests' browser has left an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        data = pool.submit(sheet, *arguments, (STANDING, SEATED)).result()
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float)
    assert picture.shape == (256, 96, 3)
    standing, seated = picture[:128], picture[128:]
    sky = standing[2, 2]
    for view in (standing, seated):
        assert np.abs(view[40:70, 38:58] - sky).sum(2).max() > 150, "nobody stands in the middle"
        assert np.abs(view[2, :4] - sky).max() < 12, "the background is not plain"
    assert np.abs(standing - seated).mean() > 3
