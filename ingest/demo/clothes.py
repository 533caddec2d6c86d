"""A name and an outfit come in; what is worn, and in which colours, goes out."""

from dataclasses import dataclass

from ingest.demo.canvas import Tone, tone


@dataclass(frozen=True)
class Clothes:
    """What is worn and in which colours."""

    kind: str  # sailor, blazer, coat, dress or shirt
    top: Tone
    bottom: Tone
    accent: Tone
    legs: Tone
    shoes: Tone


_NAVY, WHITE = tone((62, 72, 112)), Tone((250, 250, 252), (196, 204, 228), (84, 88, 122))
_BROWN, _DARK = tone((112, 66, 48)), tone((52, 52, 74))
CLOTHES = {
    ("haru", "uniform"): Clothes("sailor", WHITE, _NAVY, tone((222, 66, 70)), _DARK, _BROWN),
    ("mio", "uniform"): Clothes("sailor", WHITE, _NAVY, tone((76, 150, 206)), WHITE, _BROWN),
    ("ren", "uniform"): Clothes(
        "blazer", _NAVY, tone((98, 102, 124)), tone((188, 62, 66)), _DARK, _DARK
    ),
    ("aoi", "uniform"): Clothes("sailor", WHITE, _NAVY, tone((240, 176, 62)), WHITE, _DARK),
    ("aoi", "coat"): Clothes(
        "coat", tone((160, 66, 84)), _NAVY, tone((240, 214, 150)), _DARK, _DARK
    ),
    ("aoi", "summer"): Clothes(
        "dress", tone((126, 198, 206)), WHITE, WHITE, WHITE, tone((206, 170, 120))
    ),
    ("haru", "coat"): Clothes(
        "coat", tone((216, 178, 128)), _NAVY, tone((206, 70, 70)), _DARK, _BROWN
    ),
    ("mio", "coat"): Clothes("coat", tone((120, 134, 186)), _NAVY, WHITE, _DARK, _BROWN),
    ("ren", "coat"): Clothes(
        "coat", tone((72, 80, 100)), _DARK, tone((86, 148, 140)), _DARK, _DARK
    ),
    ("haru", "summer"): Clothes(
        "shirt", tone((255, 216, 108)), tone((92, 136, 190)), WHITE, WHITE, tone((236, 110, 90))
    ),
    ("mio", "summer"): Clothes(
        "dress",
        Tone((252, 252, 255), (190, 208, 238), (92, 104, 146)),
        WHITE,
        tone((112, 178, 222)),
        WHITE,
        tone((206, 170, 120)),
    ),
    ("ren", "summer"): Clothes(
        "shirt", tone((110, 190, 190)), tone((76, 84, 110)), WHITE, WHITE, tone((90, 90, 110))
    ),
}
