"""Images from files, upright and in RGB."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import DataError

Image = npt.NDArray[np.uint8]


def read(path: Path) -> Image:
    """Return a picture (height, width, 3), turned as its EXIF says, as browsers show it.

    Raises `DataError` when the file is no picture.
    """
    import PIL.Image
    import PIL.ImageOps

    try:
        with PIL.Image.open(path) as opened:
            return np.asarray(PIL.ImageOps.exif_transpose(opened).convert("RGB"))
    # Damaged files make Pillow raise these, too.
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        raise DataError(f"{path}: expected a picture: {error}") from error
