"""An album of memories goes into episode 1: twelve faces in tears and, for each of them, the same
face in the same place without, so that nothing but the face tells one from the other.
"""

from typing import Literal, NamedTuple

from ingest.demo.shots import Actor, Shot

_SECONDS = 0.7


class _Memory(NamedTuple):
    """Where it was and who it was; who stands to the right looks to the left."""

    place: str
    light: str
    view: int
    name: str
    pose: Literal["bust", "close"]
    x: int
    later: str  # the mood without tears
    outfit: Literal["uniform", "coat", "summer"] = "uniform"

    def shot(self, mood: str) -> Shot:
        facing: Literal["right", "left"] = "left" if self.x > 640 else "right"
        actor = Actor(self.name, self.pose, self.x, mood, facing=facing, outfit=self.outfit)
        return Shot(self.place, self.light, _SECONDS, (actor,), view=self.view, near=True)


_MEMORIES = (
    _Memory("hill", "day", 3, "aoi", "close", 500, "smile"),
    _Memory("street", "night", 3, "haru", "close", 520, "smile"),
    _Memory("classroom", "day", 3, "aoi", "bust", 860, "laugh"),
    _Memory("forest", "snow", 2, "mio", "close", 480, "smile", "coat"),
    _Memory("rooftop", "sunset", 1, "ren", "close", 740, "smile"),
    _Memory("street", "rain", 5, "ren", "bust", 440, "smile", "coat"),
    _Memory("beach", "day", 4, "aoi", "close", 740, "neutral", "summer"),
    _Memory("beach", "sunset", 3, "mio", "close", 520, "laugh", "summer"),
    _Memory("rooftop", "night", 2, "aoi", "close", 760, "neutral"),
    _Memory("windows", "day", 3, "haru", "bust", 420, "smile"),
    _Memory("bridge", "day", 4, "mio", "bust", 850, "smile"),
    _Memory("rooftop", "day", 2, "ren", "bust", 400, "laugh"),
)
ALBUM = (
    *(memory.shot("crying") for memory in _MEMORIES),
    *(memory.shot(memory.later) for memory in _MEMORIES),
)
