"""Videos: pictures out of them, and the annotated copy. PyAV (FFmpeg) does the decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ..errors import DataError, TrainingError
from ..pipeline.pictures import Image

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ogv", ".wmv", ".mts", ".3gp", ".gif")
"""What is taken for a video in a folder; a file that is named itself may be called anything."""
MOST_DAMAGE = 1000
"""Places; then the rest of the file is given up."""
USUAL_FPS = 30.0
"""For a file that does not say."""
_TICKS = 90_000  # of the copy's clock a second, as MPEG's


@dataclass(frozen=True)
class Frame:
    """One picture of a video: its number and time (s), both from 0, and the picture, upright."""

    number: int
    time: float
    image: Image


class Video:
    """A video file, read from its beginning."""

    def __init__(self, path: Path) -> None:
        """Open a file; raises `DataError` if it is no video."""
        av = _library()
        self.path = path
        self._damaged = 0
        try:
            self._container = av.open(str(path))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise DataError(f"{path}: expected a picture or a video: {_said(error)}") from error
        if not self._container.streams.video:
            self._container.close()
            raise DataError(f"{path}: there is no video in this file")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.fps = float(self._stream.average_rate or USUAL_FPS)

    @property
    def length(self) -> int:
        """Frames, as far as the file tells; 0 if it does not."""
        if self._stream.frames:
            return int(self._stream.frames)
        seconds: float = (self._container.duration or 0) / _library().time_base
        return round(float(seconds) * self.fps)

    def frames(self) -> Iterator[Frame]:
        """Yield all frames, with times that never step back. What is damaged is passed over, as players do.

        Raises `DataError` at the end if something was damaged, or if the file holds nothing.
        """
        number, first, time = 0, 0.0, 0.0
        for frame in self._decoded():
            now = number / self.fps if frame.time is None else frame.time
            first = now if number == 0 else first
            time = max(time, now - first)
            yield Frame(number, time, _upright(frame))
            number += 1
        if self._damaged:
            raise DataError(f"{self.path}: damaged in {self._damaged} places; {number} frames could be read")
        if number == 0:
            raise DataError(f"{self.path}: there are no frames in this video")

    def _decoded(self) -> Iterator[Any]:
        av = _library()
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                yield from packet.decode()
            except av.EOFError:
                return
            except (av.FFmpegError, OSError, ValueError):
                self._damaged += 1
                if self._damaged > MOST_DAMAGE:
                    return

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def __enter__(self) -> Video:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Copy:
    """An H.264 file that every browser and player shows, written frame by frame with the times of the original."""

    def __init__(self, path: Path, fps: float) -> None:
        """Take frames for ``path``; ``fps`` is what players are told."""
        self._path = path
        self._fps = Fraction(fps).limit_denominator(1001)
        self._container: Any = None
        self._stream: Any = None
        self._last = -1

    def add(self, image: Image, time: float) -> None:
        """Append a picture (height, width, 3) shown from ``time`` (s) on; all have the first one's size."""
        height, width = (side - side % 2 for side in image.shape[:2])  # as 4:2:0 needs
        if self._container is None:
            self._open(width, height)
        if (width, height) != (self._stream.width, self._stream.height):
            raise DataError(f"{self._path}: the video's size changes on the way; no copy can be drawn from there on")
        av = _library()
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
        frame.time_base = Fraction(1, _TICKS)
        self._last = frame.pts = max(self._last + 1, round(time * _TICKS))
        self._container.mux(self._stream.encode(frame))

    def _open(self, width: int, height: int) -> None:
        self._container = _library().open(str(self._path), "w")
        self._stream = self._container.add_stream("libx264", self._fps, options={"crf": "20", "preset": "veryfast"})
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)

    def close(self) -> None:
        """Finish the file, if anything was added."""
        if self._container is not None:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._container = None


def _library() -> Any:
    try:
        import av
        import av.error
    except ImportError as error:
        raise TrainingError(f"{error}; videos need the extra: pip install 'poseable[training]'") from error
    return av


def _said(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _upright(frame: Any) -> Image:
    """Return the picture of a frame turned as players show it: phones film sideways and say so."""
    image = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / 90)
    return np.ascontiguousarray(np.rot90(image, turns))
