"""Writing binary glTF 2.0 with skins, embedded textures and quantised attributes."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.characters.source import Float, Int

_COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_VERTEX, _INDEX = 34962, 34963


@dataclass(frozen=True)
class Material:
    """Metallic-roughness material. ``colour`` is linear RGB; ``cutoff`` switches alpha testing on."""

    name: str
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    image: Image.Image | None = None
    normal: Image.Image | None = None
    roughness: float = 0.8
    metalness: float = 0.0
    cutoff: float | None = None
    double_sided: bool = False
    quality: int = 84


@dataclass(frozen=True)
class Primitive:
    """Vertices of one material: all arrays share their first axis but ``indices`` (m, 3).

    ``points`` in metres; ``uv`` with v = 0 at the image's top row; ``shade`` (n,) in 0..1 multiplies the colour;
    ``joints``, ``weights`` (n, 4), weights summing to 255.
    """

    points: Float
    normals: Float
    uv: Float
    shade: Float
    joints: Int
    weights: Int
    indices: Int


@dataclass
class Glb:
    """A glTF document under construction."""

    document: dict[str, Any] = field(default_factory=dict)
    binary: bytearray = field(default_factory=bytearray)
    textures: dict[int, int] = field(default_factory=dict)

    def _list(self, name: str) -> list[Any]:
        items: list[Any] = self.document.setdefault(name, [])
        return items

    def add(self, name: str, item: Any) -> int:
        """Append ``item`` to a top-level array; its index."""
        items = self._list(name)
        items.append(item)
        return len(items) - 1

    def view(self, data: bytes, **extra: int) -> int:
        """Return a buffer view of ``data``, aligned to four bytes."""
        self.binary.extend(b"\0" * (-len(self.binary) % 4))
        index = self.add("bufferViews", {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **extra})
        self.binary.extend(data)
        return index

    def accessor(self, array: NDArray[Any], target: int | None = None, normalised: bool = False) -> int:
        """Return an accessor of ``array`` (n,) or (n, k), rows padded to four bytes as glTF asks for vertex data."""
        rows = array.reshape(len(array), -1)
        used = rows.shape[1] * rows.itemsize
        pad = -used % 4 if target == _VERTEX else 0
        raw = rows.view(np.uint8).reshape(len(rows), used)
        if pad:
            raw = np.pad(raw, ((0, 0), (0, pad)))
        extra = {} if target is None else {"target": target}
        if target == _VERTEX:
            extra["byteStride"] = used + pad
        item: dict[str, Any] = {
            "bufferView": self.view(raw.tobytes(), **extra),
            "componentType": _COMPONENTS[rows.dtype.name],
            "count": len(rows),
            "type": _TYPES[rows.shape[1]],
        }
        if normalised:
            item["normalized"] = True
        return self.add("accessors", item)

    def _position(self, points: Float) -> int:
        exact = np.ascontiguousarray(points, np.float32)
        index = self.accessor(exact, _VERTEX)
        self._list("accessors")[index].update(min=exact.min(0).tolist(), max=exact.max(0).tolist())
        return index

    def mesh(self, name: str, primitive: Primitive, material: int) -> int:
        """Return a mesh of one primitive. Normals take a byte, texture coordinates two (KHR_mesh_quantization)."""
        points, indices = primitive.points, primitive.indices
        low, high = float(primitive.uv.min(initial=0)), float(primitive.uv.max(initial=0))
        if low < 0 or high > 1:
            raise ValueError(f"{name}: texture coordinates must lie in 0..1, got {low:.3f}..{high:.3f}")
        shade = np.clip(primitive.shade * 255, 0, 255).round().astype(np.uint8)
        colour = np.stack([shade, shade, shade, np.full_like(shade, 255)], 1)
        index_type = np.uint16 if len(points) < 65535 else np.uint32
        attributes = {
            "POSITION": self._position(points),
            "NORMAL": self.accessor((primitive.normals * 127).round().astype(np.int8), _VERTEX, True),
            "COLOR_0": self.accessor(colour, _VERTEX, True),
            "JOINTS_0": self.accessor(primitive.joints.astype(np.uint8), _VERTEX),
            "WEIGHTS_0": self.accessor(primitive.weights.astype(np.uint8), _VERTEX, True),
        }
        if "baseColorTexture" in self.document["materials"][material]["pbrMetallicRoughness"]:
            attributes["TEXCOORD_0"] = self.accessor((primitive.uv * 65535).round().astype(np.uint16), _VERTEX, True)
        body = {
            "attributes": attributes,
            "indices": self.accessor(indices.ravel().astype(index_type), _INDEX),
            "material": material,
        }
        return self.add("meshes", {"name": name, "primitives": [body]})

    def texture(self, image: Image.Image, quality: int) -> int:
        """Embed an image, once for all materials that use it: PNG where it has alpha, else JPEG."""
        if id(image) in self.textures:
            return self.textures[id(image)]
        encoded = io.BytesIO()
        if image.mode in ("RGBA", "LA"):
            image.save(encoded, "PNG", optimize=True)
            kind = "image/png"
        else:
            image.convert("RGB").save(encoded, "JPEG", quality=quality, optimize=True)
            kind = "image/jpeg"
        if not self._list("samplers"):
            self.add("samplers", {"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497})
        source = self.add("images", {"bufferView": self.view(encoded.getvalue()), "mimeType": kind})
        self.textures[id(image)] = self.add("textures", {"source": source, "sampler": 0})
        return self.textures[id(image)]

    def material(self, material: Material) -> int:
        """Add a material and its images."""
        surface: dict[str, Any] = {
            "baseColorFactor": [*material.colour, 1.0],
            "metallicFactor": material.metalness,
            "roughnessFactor": material.roughness,
        }
        item: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": surface}
        if material.image is not None:
            surface["baseColorTexture"] = {"index": self.texture(material.image, material.quality)}
        if material.normal is not None:
            item["normalTexture"] = {"index": self.texture(material.normal, material.quality)}
        if material.cutoff is not None:
            item.update(alphaMode="MASK", alphaCutoff=material.cutoff)
        if material.double_sided:
            item["doubleSided"] = True
        return self.add("materials", item)

    def tobytes(self) -> bytes:
        """Return the file: header, JSON chunk, binary chunk."""
        document = {**self.document, "buffers": [{"byteLength": len(self.binary)}]}
        text = json.dumps(document, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self.binary) + b"\0" * (-len(self.binary) % 4)
        total = 12 + 8 + len(text) + 8 + len(binary)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
        return struct.pack("<III", 0x46546C67, 2, total) + chunks


def read(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Split a GLB into its document and binary chunk; ValueError says what is wrong with a file that is none."""
    if len(data) < 20 or data[:4] != b"glTF":
        raise ValueError("not a GLB: it does not start with 'glTF'")
    _, version, total = struct.unpack_from("<III", data)
    if version != 2 or total != len(data):
        raise ValueError(f"expected version 2 and {len(data)} bytes, the header says {version} and {total}")
    length, kind = struct.unpack_from("<II", data, 12)
    if kind != 0x4E4F534A:
        raise ValueError("the first chunk is not JSON")
    document: dict[str, Any] = json.loads(data[20 : 20 + length])
    size, kind = struct.unpack_from("<II", data, 20 + length)
    if kind != 0x004E4942:
        raise ValueError("the second chunk is not binary")
    return document, data[28 + length : 28 + length + size]


def array(document: dict[str, Any], binary: bytes, index: int) -> NDArray[Any]:
    """Return an accessor's values (n, k), normalised integers as 0..1 or -1..1 floats."""
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    dtype = np.dtype({code: name for name, code in _COMPONENTS.items()}[accessor["componentType"]])
    width = {name: size for size, name in _TYPES.items()}[accessor["type"]]
    stride = view.get("byteStride", width * dtype.itemsize)
    raw = np.frombuffer(binary, np.uint8, accessor["count"] * stride, view["byteOffset"])
    rows = raw.reshape(-1, stride)[:, : width * dtype.itemsize].copy().view(dtype)
    if accessor.get("normalized"):
        return rows.astype(float) / np.iinfo(dtype).max
    return rows
