"""Texture baking: from meshes to per-texel attributes, and from height fields to normal maps."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter

from tools.characters.source import Bool, Float, Int


def rasterise(uv: Float, values: Float, size: int) -> tuple[Float, Bool]:
    """Interpolate corner ``values`` (m, 3, k) over triangles ``uv`` (m, 3, 2).

    Returns the map (size, size, k), row 0 at v = 1, and which texels a triangle covers. Uncovered texels repeat the
    nearest covered one, so that filtering across a seam finds no background.
    """
    pixels = uv * size
    pixels[..., 1] = size - pixels[..., 1]
    pixels -= 0.5
    low = np.floor(pixels.min(1)).astype(np.int64)
    span = np.ceil(pixels.max(1)).astype(np.int64) - low + 1
    result = np.zeros((size, size, values.shape[-1]))
    covered = np.zeros((size, size), bool)
    window = 4
    todo = np.arange(len(uv))
    while len(todo):  # triangles of like size together: each fits a square window of texels
        fits = (span[todo] <= window).all(1)
        for start in range(0, int(fits.sum()), max(1, 400_000 // window**2)):
            batch = todo[fits][start : start + max(1, 400_000 // window**2)]
            _fill(pixels[batch], values[batch], low[batch], window, (result, covered))
        todo = todo[~fits]
        window *= 2
    rows, columns = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    return result[rows, columns], covered


def _fill(pixels: Float, values: Float, low: Int, window: int, out: tuple[Float, Bool]) -> None:
    result, covered = out
    offsets = np.stack(np.meshgrid(np.arange(window), np.arange(window), indexing="xy"), -1).reshape(-1, 2)
    texels = low[:, None] + offsets
    a, b, c = (pixels[:, None, k] for k in range(3))
    area = (b[..., 1] - c[..., 1]) * (a[..., 0] - c[..., 0]) + (c[..., 0] - b[..., 0]) * (a[..., 1] - c[..., 1])
    safe = np.where(np.abs(area) > 1e-12, area, np.inf)
    away = texels - c
    first = ((b[..., 1] - c[..., 1]) * away[..., 0] + (c[..., 0] - b[..., 0]) * away[..., 1]) / safe
    second = ((c[..., 1] - a[..., 1]) * away[..., 0] + (a[..., 0] - c[..., 0]) * away[..., 1]) / safe
    share = np.stack([first, second, 1 - first - second], -1)
    size = len(covered)
    inside = (share > -1e-6).all(-1) & (texels >= 0).all(-1) & (texels < size).all(-1)
    triangle, place = np.nonzero(inside)
    x, y = texels[triangle, place].T
    result[y, x] = np.einsum("nc,nck->nk", share[triangle, place], values[triangle])
    covered[y, x] = True


def normal_map(height: Float, strength: float) -> Image.Image:
    """Tangent-space normal map (OpenGL convention, as glTF asks) of a height field in texels."""
    down, right = np.gradient(height)
    vector = np.stack([-right * strength, down * strength, np.ones_like(height)], -1)
    vector /= np.linalg.norm(vector, axis=-1, keepdims=True)
    return Image.fromarray((vector * 127.5 + 127.5).round().astype(np.uint8))


def image(colour: Float) -> Image.Image:
    """Return an RGB or RGBA image from sRGB values in 0..1."""
    return Image.fromarray((np.clip(colour, 0, 1) * 255).round().astype(np.uint8))


def grain(shape: tuple[int, int], sigma: tuple[float, float], seed: int) -> Float:
    """Tileable Gaussian noise of unit deviation, blurred by ``sigma`` (rows, columns) texels."""
    field: Float = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), sigma, mode="wrap")
    result: Float = field / field.std()
    return result


def mix(base: Float, colour: Float, share: Float) -> Float:
    """Return ``base`` (..., 3) faded to ``colour`` by ``share`` (...)."""
    return base + (colour - base) * share[..., None]
