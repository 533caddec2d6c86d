"""The name of a light comes in; what it does to a scene, and the tags it makes true, go out."""

from dataclasses import dataclass

from ingest.demo.canvas import Colour


@dataclass(frozen=True)
class Light:
    """The light of a scene: what it does to colours, and the tags that are true of it.

    `sky` is the colour overhead, half-way and at the horizon; `ambient` multiplies every colour.
    `disc` is the sun or moon: x, y and radius in heights of the picture, and its colour. Figures
    are tinted by `tint` and its amount and lit from behind by `rim`; `wash` shines over everything
    from the upper left.
    """

    tags: tuple[str, ...]
    sky: tuple[Colour, Colour, Colour]
    ambient: Colour
    haze: Colour
    cloud: tuple[Colour, Colour]
    tint: tuple[Colour, float]
    wash: Colour = (0, 0, 0)
    rim: Colour = (0, 0, 0)
    disc: tuple[float, float, float, Colour] | None = None
    lamps: float = 0.0  # the share of windows that are lit
    snowy: bool = False
    wet: bool = False

    @property
    def dark(self) -> bool:
        return "night" in self.tags


LIGHTS = {
    "day": Light(
        tags=("day", "sunny"),
        sky=((42, 112, 206), (104, 178, 238), (206, 236, 250)),
        ambient=(1.0, 1.0, 1.0),
        haze=(182, 216, 242),
        cloud=((255, 255, 255), (168, 196, 230)),
        tint=((255, 248, 225), 0.05),
        wash=(30, 27, 16),
    ),
    "sunset": Light(
        tags=("sunset",),
        sky=((84, 70, 148), (236, 120, 104), (255, 210, 122)),
        ambient=(0.92, 0.62, 0.56),
        haze=(248, 156, 108),
        cloud=((255, 196, 138), (158, 88, 132)),
        tint=((236, 112, 60), 0.24),
        wash=(66, 30, 4),
        rim=(120, 70, 20),
        disc=(1.22, 0.42, 0.055, (255, 244, 196)),
        lamps=0.12,
    ),
    "night": Light(
        tags=("night",),
        sky=((8, 14, 46), (22, 38, 92), (62, 84, 142)),
        ambient=(0.27, 0.34, 0.58),
        haze=(42, 58, 112),
        cloud=((74, 92, 148), (30, 42, 90)),
        tint=((30, 48, 118), 0.33),
        wash=(8, 12, 30),
        rim=(96, 128, 190),
        disc=(1.28, 0.19, 0.062, (255, 250, 222)),
        lamps=0.5,
    ),
    "dark": Light(
        tags=("night",),
        sky=((4, 6, 18), (8, 13, 34), (17, 24, 52)),
        ambient=(0.10, 0.12, 0.22),
        haze=(12, 17, 38),
        cloud=((22, 28, 52), (10, 14, 32)),
        tint=((10, 14, 40), 0.68),
        rim=(30, 44, 84),
        lamps=0.03,
    ),
    "rain": Light(
        tags=("rain", "cloudy", "day"),
        sky=((92, 112, 124), (134, 154, 162), (176, 192, 194)),
        ambient=(0.56, 0.68, 0.72),
        haze=(150, 170, 174),
        cloud=((168, 184, 188), (96, 116, 128)),
        tint=((88, 120, 132), 0.26),
        lamps=0.18,
        wet=True,
    ),
    "rainy_night": Light(
        tags=("rain", "night"),
        sky=((10, 20, 34), (22, 40, 58), (48, 70, 88)),
        ambient=(0.24, 0.34, 0.44),
        haze=(44, 66, 84),
        cloud=((46, 64, 82), (20, 32, 48)),
        tint=((22, 46, 74), 0.36),
        rim=(90, 84, 60),
        lamps=0.55,
        wet=True,
    ),
    "snow": Light(
        tags=("snow", "cloudy", "day"),
        sky=((170, 188, 212), (204, 216, 232), (234, 240, 246)),
        ambient=(0.82, 0.88, 0.98),
        haze=(222, 230, 240),
        cloud=((238, 243, 248), (182, 196, 218)),
        tint=((206, 220, 244), 0.16),
        wash=(10, 12, 18),
        lamps=0.1,
        snowy=True,
    ),
    "snowy_night": Light(
        tags=("snow", "night"),
        sky=((16, 22, 54), (36, 48, 98), (84, 98, 150)),
        ambient=(0.36, 0.43, 0.66),
        haze=(70, 84, 136),
        cloud=((74, 88, 136), (36, 46, 90)),
        tint=((44, 58, 122), 0.3),
        rim=(80, 104, 160),
        lamps=0.45,
        snowy=True,
    ),
}
