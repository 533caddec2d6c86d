"""A name comes in; the colours and the hair of that character go out."""

from typing import NamedTuple

from ingest.demo.canvas import Colour, Tone
from ingest.demo.hair import AOI, HARU, MIO, REN, Hair


class Person(NamedTuple):
    """Who is drawn."""

    name: str
    hair: Hair
    paint: Tone
    gloss: Colour
    iris: Colour
    skin: Tone
    boy: bool = False


PEOPLE = {
    "haru": Person(
        "haru",
        HARU,
        paint=Tone((196, 92, 58), (142, 54, 50), (72, 22, 32)),
        gloss=(247, 168, 112),
        iris=(70, 152, 96),
        skin=Tone((255, 231, 214), (238, 186, 172), (128, 66, 62)),
    ),
    "mio": Person(
        "mio",
        MIO,
        paint=Tone((58, 72, 132), (36, 40, 88), (16, 14, 44)),
        gloss=(128, 160, 222),
        iris=(142, 92, 196),
        skin=Tone((255, 236, 226), (232, 190, 190), (116, 64, 76)),
    ),
    "aoi": Person(
        "aoi",
        AOI,
        paint=Tone((240, 200, 116), (206, 146, 84), (112, 62, 44)),
        gloss=(255, 240, 196),
        iris=(60, 140, 206),
        skin=Tone((255, 231, 214), (238, 186, 172), (128, 66, 62)),
    ),
    "ren": Person(
        "ren",
        REN,
        paint=Tone((214, 220, 232), (150, 156, 186), (62, 60, 88)),
        gloss=(255, 255, 255),
        iris=(66, 122, 188),
        skin=Tone((250, 220, 196), (224, 172, 152), (112, 58, 54)),
        boy=True,
    ),
}
