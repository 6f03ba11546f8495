"""The people that ship: a small table. Names are of trees, and say nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tools.characters.fabric import Cloth
from tools.characters.garments import Shirt, Trousers
from tools.characters.hair import Hair
from tools.characters.haircap import Cap
from tools.characters.shape import Body, identity
from tools.characters.shoes import Shoes
from tools.characters.skin import Colour, Skin


@dataclass(frozen=True)
class Recipe:
    """One person. ``seed`` chooses the face; ``missing_forearm`` and ``prosthesis`` (below the knee) name a side."""

    name: str
    about: str
    seed: int
    body: Body
    skin: Skin
    iris: Colour
    hair: Hair | None
    shirt: Shirt
    trousers: Trousers
    shoes: Shoes
    missing_forearm: str | None = None
    prosthesis: str | None = None

    def __post_init__(self) -> None:
        for side in (self.missing_forearm, self.prosthesis):
            if side not in (None, "l", "r"):
                raise ValueError(f"side: expected l or r, got {side!r}")
        if self.missing_forearm and self.shirt.sleeve not in ("none", "short"):
            raise ValueError("a missing forearm needs short sleeves: a long one would keep the arm's shape")

    @property
    def full_body(self) -> Body:
        """The body with the seed's face added to its own details."""
        return replace(self.body, details={**identity(self.seed), **self.body.details})


def _descent(caucasian: float, african: float, asian: float) -> dict[str, float]:
    return {"caucasian": caucasian, "african": african, "asian": asian}


BROWN_EYES: Colour = (62, 40, 26)
HAZEL_EYES: Colour = (96, 74, 44)
BLUE_EYES: Colour = (88, 112, 128)

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "alder",
        "man in his thirties, brown hair, striped t-shirt, jeans",
        1,
        Body(male=1.0, age=34, height=1.79, muscle=0.62, weight=0.5, descent=_descent(0.9, 0.05, 0.05)),
        Skin(tone=(222, 181, 154), hair=(72, 49, 34), stubble=0.7),
        BLUE_EYES,
        Hair((72, 49, 34), Cap(top=0.26, side=0.06, sweep=0.3)),
        Shirt(Cloth((232, 230, 224), "stripes", (40, 60, 98), seed=1), collar_colour=(40, 60, 98), hem=0.08),
        Trousers(Cloth((52, 74, 112), "denim", seed=2)),
        Shoes((60, 62, 68)),
    ),
    Recipe(
        "birch",
        "woman in her twenties, long black hair, checked shirt, dark jeans",
        2,
        Body(male=0.0, age=27, height=1.63, muscle=0.45, weight=0.44, descent=_descent(0.05, 0.05, 0.9)),
        Skin(tone=(218, 176, 148), hair=(26, 21, 21), lips=(190, 104, 98), brow_width=0.032),
        BROWN_EYES,
        Hair((26, 21, 21), Cap(top=0.05, side=0.04, shells=0), hang="curtain", length=4.9),
        Shirt(
            Cloth((150, 38, 44), "plaid", (30, 30, 44), seed=5),
            sleeve="long",
            collar="fold",
            collar_colour=(112, 34, 42),
            hem=0.05,
            buttons=True,
            loose=0.8,
        ),
        Trousers(Cloth((40, 46, 62), "denim", seed=3), wide=0.15),
        Shoes((120, 74, 46), sole=(60, 46, 36), kind="plain"),
    ),
    Recipe(
        "cedar",
        "man of seventy-one, grey beard, bald crown, green pullover, chinos",
        3,
        Body(male=1.0, age=71, height=1.74, muscle=0.4, weight=0.8, descent=_descent(0.9, 0.05, 0.05)),
        Skin(tone=(228, 188, 166), hair=(176, 172, 166), beard=0.85, age_marks=0.5, crown=1.0),
        BLUE_EYES,
        Hair((186, 182, 176), Cap(top=0.07, side=0.07, crown=1.0, shells=1)),
        Shirt(Cloth((82, 108, 88), "knit", seed=6), sleeve="long", collar="fold", hem=0.0),
        Trousers(Cloth((172, 150, 116), seed=8), wide=0.6),
        Shoes((70, 46, 32), sole=(36, 28, 24), kind="plain"),
    ),
    Recipe(
        "hazel",
        "woman in her forties, natural hair, yellow hooded jumper",
        4,
        Body(male=0.0, age=42, height=1.68, muscle=0.5, weight=0.62, descent=_descent(0.05, 0.9, 0.05)),
        Skin(tone=(112, 74, 54), hair=(26, 20, 18), lips=(118, 58, 56), brow_width=0.034),
        BROWN_EYES,
        Hair((30, 23, 20), Cap(top=0.62, side=0.52, curl=1.0, shells=3)),
        Shirt(Cloth((206, 154, 44), seed=4), sleeve="long", collar="hood", hem=0.1, loose=0.9),
        Trousers(Cloth((44, 60, 72), seed=9), wide=0.7),
        Shoes((236, 236, 232), accent=(150, 60, 56)),
    ),
    Recipe(
        "juniper",
        "girl of nine, pigtails and fringe, red t-shirt, shorts",
        5,
        Body(male=0.0, age=9, height=1.33, weight=0.48, descent=_descent(0.5, 0.1, 0.4), smile=0.65),
        Skin(tone=(200, 152, 122), hair=(52, 34, 26), freckles=0.5, brow_width=0.03),
        HAZEL_EYES,
        Hair((52, 34, 26), Cap(top=0.12, side=0.09, shells=1), hang="pigtails", length=2.3, fringe=True),
        Shirt(Cloth((184, 48, 44), "print", (244, 206, 92), seed=7), hem=0.05),
        Trousers(Cloth((88, 96, 88), seed=4), length="shorts", wide=0.7),
        Shoes((40, 96, 150)),
    ),
    Recipe(
        "linden",
        "athletic man in his twenties with a below-knee prosthesis, t-shirt and shorts",
        6,
        Body(male=1.0, age=26, height=1.84, muscle=0.78, weight=0.45, descent=_descent(0.05, 0.9, 0.05)),
        Skin(tone=(78, 52, 40), hair=(22, 18, 16), stubble=0.5, scalp=0.85),
        BROWN_EYES,
        Hair((22, 18, 16), Cap(top=0.07, side=0.045, curl=1.0, shells=1)),
        Shirt(Cloth((44, 44, 50), "block", (168, 44, 42), seed=9), hem=0.0),
        Trousers(Cloth((104, 110, 98), seed=3), length="shorts", wide=0.8),
        Shoes((30, 90, 150)),
        prosthesis="l",
    ),
    Recipe(
        "maple",
        "woman in her thirties whose right forearm is missing, auburn bun, purple t-shirt",
        7,
        Body(male=0.0, age=38, height=1.66, muscle=0.5, weight=0.58, descent=_descent(0.7, 0.1, 0.2)),
        Skin(tone=(214, 168, 140), hair=(96, 54, 34), freckles=0.8, brow=(84, 52, 36), brow_width=0.034),
        HAZEL_EYES,
        Hair((98, 56, 36), Cap(top=0.11, side=0.07, shells=1, slick=0.7), hang="bun"),
        Shirt(Cloth((108, 82, 138), seed=12), vee=0.35, hem=0.1),
        Trousers(Cloth((40, 42, 48), "track", seed=5), wide=0.35),
        Shoes((196, 76, 92)),
        missing_forearm="r",
    ),
    Recipe(
        "olive",
        "woman of sixty-six, grey bob, blue knitted pullover, wide trousers",
        8,
        Body(male=0.0, age=66, height=1.61, muscle=0.4, weight=0.78, cup=0.6, descent=_descent(0.8, 0.05, 0.15)),
        Skin(tone=(216, 172, 148), hair=(150, 146, 142), brow=(120, 108, 100), age_marks=0.4, brow_width=0.032),
        HAZEL_EYES,
        Hair((158, 154, 150), Cap(top=0.05, side=0.04, shells=0), hang="curtain", length=2.55, wave=0.25),
        Shirt(Cloth((74, 96, 128), "knit", seed=15), sleeve="three-quarter", scoop=0.06, hem=0.08),
        Trousers(Cloth((70, 62, 64), seed=11), wide=0.85),
        Shoes((52, 48, 50), sole=(90, 84, 80), kind="plain"),
    ),
    Recipe(
        "rowan",
        "boy of twelve, curly red hair, freckles, grey hooded jumper, jeans",
        9,
        Body(male=1.0, age=12, height=1.52, muscle=0.5, weight=0.45, descent=_descent(0.95, 0.03, 0.02), smile=0.65),
        Skin(tone=(232, 190, 166), hair=(132, 70, 38), freckles=1.0, brow=(120, 72, 46), brow_width=0.034),
        BLUE_EYES,
        Hair((134, 72, 40), Cap(top=0.36, side=0.2, curl=0.8, shells=3)),
        Shirt(Cloth((128, 132, 138), seed=18), sleeve="long", collar="hood", hem=0.1),
        Trousers(Cloth((66, 88, 124), "denim", seed=13), wide=0.4),
        Shoes((226, 226, 222), accent=(60, 120, 90)),
    ),
    Recipe(
        "sorrel",
        "man of fifty, black hair, stubble, white shirt, grey trousers",
        10,
        Body(male=1.0, age=50, height=1.71, muscle=0.45, weight=0.68, descent=_descent(0.65, 0.1, 0.25)),
        Skin(tone=(158, 112, 82), hair=(34, 28, 26), stubble=0.8),
        BROWN_EYES,
        Hair((38, 32, 30), Cap(top=0.18, side=0.05, sweep=0.25)),
        Shirt(Cloth((226, 228, 232), seed=21), sleeve="long", collar="fold", hem=0.05, buttons=True, loose=0.9),
        Trousers(Cloth((78, 82, 90), seed=17), wide=0.5),
        Shoes((44, 34, 30), sole=(30, 26, 24), kind="plain"),
    ),
    Recipe(
        "willow",
        "slight woman of eighty-three, short white curls, rose cardigan",
        11,
        Body(male=0.0, age=83, height=1.54, muscle=0.3, weight=0.36, descent=_descent(0.95, 0.02, 0.03)),
        Skin(tone=(224, 186, 166), hair=(226, 224, 220), brow=(190, 180, 172), age_marks=0.7, brow_width=0.028),
        BLUE_EYES,
        Hair((232, 230, 226), Cap(top=0.3, side=0.22, curl=0.7, shells=3)),
        Shirt(Cloth((186, 132, 140), "knit", seed=24), sleeve="long", hem=0.1, buttons=True),
        Trousers(Cloth((98, 104, 118), seed=19), wide=0.7),
        Shoes((168, 160, 150), sole=(220, 216, 210), kind="plain"),
    ),
    Recipe(
        "laurel",
        "woman of thirty, ponytail, teal sports top, leggings",
        12,
        Body(male=0.0, age=30, height=1.72, muscle=0.68, weight=0.42, descent=_descent(0.4, 0.45, 0.15)),
        Skin(tone=(166, 116, 84), hair=(44, 30, 24), lips=(150, 82, 74), brow_width=0.034),
        BROWN_EYES,
        Hair((46, 32, 25), Cap(top=0.1, side=0.08, shells=1, slick=0.8), hang="ponytail", length=3.4),
        Shirt(Cloth((40, 118, 116), "track", (226, 230, 230), seed=27), sleeve="long", hem=0.0, loose=0.45),
        Trousers(Cloth((38, 40, 50), seed=23, folds=0.4), length="cropped", wide=0.0),
        Shoes((230, 232, 234), accent=(230, 110, 70)),
    ),
)
