"""What the fake camera shows: a person who sways, as Motion JPEG, which is JPEG pictures one after the other."""

from __future__ import annotations

import io
import math

from PIL import Image

from tests import pictures

SIZE = (640, 480)
FRAMES = 60
"""Two seconds at 30 frames per second; the browser plays them over and over."""


def person() -> Image.Image:
    """Return the photograph of one person that tests share."""
    return Image.fromarray(pictures.photos()["astronaut"])


def jpeg(picture: Image.Image) -> bytes:
    """Return a picture as a JPEG file."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def mjpeg() -> bytes:
    """Return the film: slow enough to be tracked at a few frames per second."""
    photo = person().resize((460, 460))
    frames = []
    for number in range(FRAMES):
        frame = Image.new("RGB", SIZE, (70, 76, 84))
        sway = math.sin(2 * math.pi * number / FRAMES)
        frame.paste(photo, (round(90 + 12 * sway), SIZE[1] - photo.height))
        frames.append(jpeg(frame))
    return b"".join(frames)
