"""A folder of MakeHuman assets: what is in it, what each piece covers, and what is left out and why.

The folder is laid out as MakeHuman's own: ``clothes/``, ``hair/``, ``eyebrows/``, ``eyelashes/``, ``eyes/``, each with
a folder per piece (``.mhclo``, ``.obj``, ``.mhmat``, pictures); ``eyes/materials/*.mhmat``; and
``skins/<age>_<descent>_<sex>/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from tools.characters.dressed.mhclo import AssetError, Fit, Surface, read_fit, read_surface, read_texture
from tools.characters.source import Int, load

# What was seen in pictures of them, sitting, walking and on crutches.
DENIED = {
    "shoes05": "shows stripes like a sports brand's mark",
    "shoes06": "shows a sports brand's mark",
    "toon01": "is no person's skin",
}
REGIONS = ("head", "torso", "legs", "feet")
# A piece covers a region from this share of its vertices on: hems and collars reach over.
COVERS = 0.08
AGES = {"young": 27.0, "middleage": 50.0, "old": 75.0}


@dataclass(frozen=True)
class Piece:
    """One piece of clothes, hair or the like; files are read when they are first asked for."""

    kind: str
    name: str
    file: Path
    texture: Path

    @cached_property
    def fit(self) -> Fit:
        """How it hangs on the base mesh."""
        return read_fit(self.file)

    @cached_property
    def surface(self) -> Surface:
        """Return the mesh; AssetError when it has another number of vertices than the fit."""
        path = self.file.parent / _said(self.file, "obj_file")
        surface = read_surface(path)
        if len(surface.points) != len(self.fit.shares):
            raise AssetError(f"{path}: {len(surface.points)} vertices, but {self.file} fits {len(self.fit.shares)}")
        return surface

    @cached_property
    def covers(self) -> frozenset[str]:
        """Regions of the body that it covers."""
        region = _regions()[self.fit.weights(load().weights).argmax(1)]
        share = np.bincount(region[region >= 0], minlength=len(REGIONS)) / len(region)
        return frozenset(name for name, part in zip(REGIONS, share, strict=True) if part >= COVERS)

    @property
    def sex(self) -> str | None:
        """``male`` or ``female`` where its tags say so."""
        for sex in ("female", "male"):
            if sex in self.fit.tags:
                return sex
        return None


@dataclass(frozen=True)
class SkinPicture:
    """A picture of the whole skin, in the base mesh's texture layout."""

    name: str
    texture: Path
    sex: str
    age: float
    descent: str


@dataclass(frozen=True)
class Wardrobe:
    """What a folder offers; ``left_out`` says why for what it does not."""

    pieces: tuple[Piece, ...]
    skins: tuple[SkinPicture, ...]
    irises: tuple[Path, ...]
    left_out: dict[str, str]

    def of(self, kind: str) -> list[Piece]:
        """Pieces of a folder (``clothes``, ``hair``, …), by name."""
        return [piece for piece in self.pieces if piece.kind == kind]

    def clothes(self, covers: set[str], without: set[str], sex: str) -> list[Piece]:
        """Clothes that cover some regions and not others. What men wear women wear too, as in the street."""
        return [
            piece
            for piece in self.of("clothes")
            if covers <= piece.covers and not without & piece.covers and (sex == "female" or piece.sex != "female")
        ]


@cache
def _regions() -> Int:
    """Region of each bone: an index into REGIONS, -1 for arms and hands."""
    rules = (("Head", 0), ("Neck", -1), ("Hips", -1), ("Spine", 1), ("UpLeg", 2), ("Foot", 3), ("Toe", 3))
    return np.array([next((at for key, at in rules if key in bone.name), -1) for bone in load().bones])


def _said(file: Path, key: str) -> str:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == key:
            return rest.strip()
    raise AssetError(f"{file}: expected a line that begins with {key}")


def _piece(kind: str, file: Path, left_out: dict[str, str]) -> Piece | None:
    name = file.parent.name
    if name in DENIED:
        left_out[f"{kind}/{name}"] = DENIED[name]
        return None
    material = file.parent / _said(file, "material")
    texture = read_texture(material) if material.is_file() else None
    if texture is None and kind != "eyes":  # eyes have their pictures beside them, one of which is chosen
        left_out[f"{kind}/{name}"] = "its picture is missing"
        return None
    return Piece(kind, name, file, texture or file)


def _skin(file: Path, left_out: dict[str, str]) -> SkinPicture | None:
    name = file.parent.name
    words = name.rstrip("0123456789").split("_")
    texture = read_texture(file)
    if name in DENIED or texture is None:
        left_out[f"skins/{name}"] = DENIED.get(name, "its picture is missing")
        return None
    if len(words) != 3 or words[0] not in AGES or words[2] not in ("male", "female"):
        left_out[f"skins/{name}"] = "its name does not say <age>_<descent>_<sex>"
        return None
    return SkinPicture(name, texture, words[2], AGES[words[0]], words[1])


def open_wardrobe(folder: Path) -> Wardrobe:
    """List a folder of assets; AssetError when what a person needs is missing, naming it."""
    if not folder.is_dir():
        raise AssetError(f"{folder}: there is no such folder; it should hold MakeHuman's clothes, hair, eyes and skins")
    left_out: dict[str, str] = {}
    found = [
        _piece(kind, file, left_out)
        for kind in ("clothes", "hair", "eyebrows", "eyelashes", "eyes")
        for file in sorted((folder / kind).glob("*/*.mhclo"))
    ]
    pieces = tuple(piece for piece in found if piece)
    skins = tuple(s for s in (_skin(file, left_out) for file in sorted((folder / "skins").glob("*/*.mhmat"))) if s)
    irises = tuple(filter(None, (read_texture(file) for file in sorted((folder / "eyes/materials").glob("*.mhmat")))))
    wardrobe = Wardrobe(pieces, skins, irises, left_out)
    lacking = [kind for kind in ("clothes", "hair", "eyes") if not wardrobe.of(kind)]
    lacking += [name for name, some in (("skins", skins), ("eyes/materials", irises)) if not some]
    if lacking:
        raise AssetError(f"{folder}: expected MakeHuman assets, found none that can be used in {', '.join(lacking)}")
    return wardrobe
