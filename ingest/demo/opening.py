"""The shots with which every episode begins, picture by picture the same."""

from ingest.demo.shots import Actor, Shot

OPENING = (
    Shot("hill", "day", 1.75, camera="pan_up", speed=5, view=3, effects=("petals",)),
    Shot(
        "bridge",
        "sunset",
        1.5,
        (Actor("haru", "run", 520, "laugh", size=520, floor=712),),
        camera="pan_right",
        speed=11,
    ),
    Shot(
        "street",
        "snow",
        1.5,
        (Actor("mio", "bust", 820, "smile", facing="left", outfit="coat"),),
        near=True,
    ),
    Shot(
        "rooftop",
        "night",
        1.75,
        (
            Actor("ren", "attack", 500, "angry", reach=330, size=470),
            Actor("aoi", "attack", 780, "angry", facing="left", reach=330, size=470),
        ),
        effects=("streaks",),
    ),
    Shot(
        "beach",
        "sunset",
        1.25,
        (
            Actor("aoi", "wave", 330, "smile", outfit="summer", size=330, floor=672),
            Actor("haru", "hands_back", 540, "laugh", outfit="summer", size=310, floor=690),
            Actor(
                "mio",
                "hands_back",
                730,
                "smile",
                facing="left",
                outfit="summer",
                size=318,
                floor=680,
            ),
            Actor(
                "ren",
                "stand_side",
                930,
                "neutral",
                facing="left",
                outfit="summer",
                size=340,
                floor=694,
            ),
        ),
        effects=("glitter",),
        view=3,
    ),
    Shot(
        "sky",
        "day",
        2.25,
        view=5,
        effects=("petals",),
        lettering=(("Kazemachi Diary", 296, 148), ("waiting for the wind", 462, 44)),
        meta=("title_card",),
    ),
)
