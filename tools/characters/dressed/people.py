"""Who is built: measures, skin, hair and clothes of a person, drawn by chance from a wardrobe."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from tools.characters.dressed.colours import Tone, cloth_tone
from tools.characters.dressed.wardrobe import Piece, SkinPicture, Wardrobe
from tools.characters.hair import Hair
from tools.characters.haircap import Cap
from tools.characters.shape import Body, identity
from tools.characters.skin import Colour

YOUNGEST, OLDEST = 19, 85
DESCENTS = ("caucasian", "african", "asian")
# Mean and deviation of adults' stature, metres; from the age of 65 on, people have lost some of it.
STATURE = {"male": (1.76, 0.075), "female": (1.63, 0.07)}
SHRUNK = 0.035
SHORTEST, TALLEST = 1.46, 1.98
# Colours as sRGB in 0..1. Skins of a descent lie about these; a picture that is far from them is recoloured.
SKIN_TONES: dict[str, tuple[Tone, ...]] = {
    "caucasian": ((0.83, 0.66, 0.56), (0.78, 0.61, 0.51), (0.71, 0.54, 0.43)),
    "asian": ((0.8, 0.63, 0.5), (0.74, 0.57, 0.44), (0.63, 0.46, 0.35)),
    "african": ((0.45, 0.3, 0.22), (0.36, 0.23, 0.17), (0.27, 0.18, 0.14), (0.55, 0.38, 0.28)),
}
BLACK: Tone = (0.1, 0.085, 0.08)
HAIR_TONES: dict[str, tuple[Tone, ...]] = {
    "caucasian": (
        BLACK,
        (0.22, 0.15, 0.1),
        (0.34, 0.23, 0.15),
        (0.55, 0.4, 0.24),
        (0.72, 0.58, 0.38),
        (0.45, 0.2, 0.1),
    ),
    "asian": (BLACK, (0.12, 0.09, 0.08), (0.2, 0.13, 0.1)),
    "african": (BLACK, (0.09, 0.075, 0.07), (0.17, 0.11, 0.08)),
}
GREYS: tuple[Tone, ...] = ((0.45, 0.44, 0.43), (0.62, 0.61, 0.59), (0.8, 0.79, 0.76))


@dataclass(frozen=True)
class Person:
    """One person. ``dyes`` has a colour or None (as it is) per piece of clothes, for its upper, lower and foot parts.

    ``hair``: a piece of the wardrobe, hair of the product's own builder, or None (shaved or bald).
    """

    name: str
    sex: str
    descent: str
    body: Body
    skin: SkinPicture
    skin_tone: Tone
    hair: Piece | Hair | None
    hair_tone: Tone
    brows: Piece | None
    lashes: Piece | None
    eyes: Piece
    iris: Path
    clothes: tuple[Piece, ...]
    dyes: tuple[tuple[Tone | None, Tone | None, Tone | None], ...]


def draw(wardrobe: Wardrobe, seed: int, index: int) -> Person:
    """Return person ``index`` of a seed: the same whatever the number of others."""
    chance = random.Random(f"dressed/{seed}/{index}")  # noqa: S311 - no secret
    sex = ("female", "male")[index % 2]
    descent = chance.choice(DESCENTS)
    body = _body(chance, sex, descent)
    skin = _skin(chance, wardrobe, sex, descent, body.age)
    grey = chance.random() < min(0.95, max(0.0, (body.age - 42) / 28))
    hair_tone = chance.choice(GREYS if grey else HAIR_TONES[descent])
    clothes = _outfit(chance, wardrobe, sex)
    return Person(
        name=f"dressed-{seed}-{index + 1:02d}",
        sex=sex,
        descent=descent,
        body=body,
        skin=skin,
        skin_tone=_near(chance, chance.choice(SKIN_TONES[descent])),
        hair=_hair(chance, wardrobe, sex, descent, hair_tone),
        hair_tone=hair_tone,
        brows=_any(chance, wardrobe.of("eyebrows")),
        lashes=_any(chance, wardrobe.of("eyelashes")),
        eyes=min(wardrobe.of("eyes"), key=lambda piece: len(piece.surface.faces)),
        iris=_iris(chance, wardrobe, descent),
        clothes=clothes,
        dyes=tuple((_dye(chance, 0.8), _dye(chance, 0.7), _dye(chance, 0.4)) for _ in clothes),
    )


def _any(chance: random.Random, pieces: list[Piece]) -> Piece | None:
    return chance.choice(pieces) if pieces else None


def _near(chance: random.Random, tone: Tone) -> Tone:
    light, warm = chance.uniform(0.93, 1.07), chance.uniform(-0.02, 0.02)
    return (tone[0] * light * (1 + warm), tone[1] * light, tone[2] * light * (1 - warm))


def _body(chance: random.Random, sex: str, descent: str) -> Body:
    age = round(chance.uniform(YOUNGEST, OLDEST))
    mean, deviation = STATURE[sex]
    height = chance.gauss(mean, deviation) - (SHRUNK if age > 65 else 0.0)
    main = chance.uniform(0.6, 1.0)
    second = chance.choice([other for other in DESCENTS if other != descent])
    return Body(
        male=chance.uniform(0.9, 1.0) if sex == "male" else chance.uniform(0.0, 0.1),
        age=age,
        height=round(min(TALLEST, max(SHORTEST, height)), 3),
        muscle=chance.uniform(0.3, 0.75) - (0.1 if age > 65 else 0.0),
        weight=min(0.95, max(0.25, chance.gauss(0.57, 0.17))),
        cup=chance.uniform(0.3, 0.65),
        descent={descent: main, second: 1 - main},
        details=identity(chance.randrange(1 << 30)),
        smile=chance.uniform(0.2, 0.8),
    )


def _skin(chance: random.Random, wardrobe: Wardrobe, sex: str, descent: str, age: float) -> SkinPicture:
    """Return a skin of that sex (of any, where there is none): of the descent if there is one, of the nearest age."""
    skins = [skin for skin in wardrobe.skins if skin.sex == sex] or list(wardrobe.skins)
    skins = [skin for skin in skins if skin.descent == descent] or skins
    nearest = min(abs(skin.age - age) for skin in skins)
    return chance.choice([skin for skin in skins if abs(skin.age - age) <= nearest + 1e-9])


def _hair(chance: random.Random, wardrobe: Wardrobe, sex: str, descent: str, tone: Tone) -> Piece | Hair | None:
    """Hair of the folder; natural hair, which few folders have, of the product's builder; some men have none."""
    colour: Colour = (round(255 * tone[0]), round(255 * tone[1]), round(255 * tone[2]))
    if sex == "male" and chance.random() < 0.2:
        return None
    if descent == "african" and chance.random() < 0.65:
        high = chance.uniform(0.3, 0.65) if sex == "female" else chance.uniform(0.1, 0.4)
        return Hair(colour, Cap(top=high, side=high * chance.uniform(0.4, 0.85), curl=1.0, shells=3))
    other = {"male": "female", "female": "male"}[sex]
    short = [piece for piece in wardrobe.of("hair") if piece.sex != other]
    return chance.choice(short or wardrobe.of("hair"))


def _iris(chance: random.Random, wardrobe: Wardrobe, descent: str) -> Path:
    brown = [path for path in wardrobe.irises if "brown" in path.name]
    if brown and chance.random() < (0.5 if descent == "caucasian" else 0.93):
        return chance.choice(brown)
    return chance.choice(wardrobe.irises)


def _outfit(chance: random.Random, wardrobe: Wardrobe, sex: str) -> tuple[Piece, ...]:
    """Return clothes for trunk and legs, in one piece or two, and shoes unless these have some."""
    whole = wardrobe.clothes({"torso", "legs"}, set(), sex)
    own = [piece for piece in whole if piece.sex == sex]
    tops = wardrobe.clothes({"torso"}, {"legs"}, sex)
    bottoms = wardrobe.clothes({"legs"}, {"torso"}, sex)
    pairs = len(tops) * len(bottoms)
    chosen: list[Piece] = []
    if whole and chance.random() < len(whole) / (len(whole) + pairs):
        chosen.append(chance.choice(own if own and chance.random() < 0.5 else whole))
    elif pairs:
        chosen += [chance.choice(tops), chance.choice(bottoms)]
    else:
        raise ValueError(f"the wardrobe has nothing to wear for a {sex} person")
    if not any("feet" in piece.covers for piece in chosen):
        shoes = wardrobe.clothes({"feet"}, {"torso", "legs"}, sex)
        chosen += [chance.choice(shoes)] if shoes else []
    return tuple(chosen)


def _dye(chance: random.Random, share: float) -> Tone | None:
    return cloth_tone(chance) if chance.random() < share else None
