"""The vocabulary of the storyboards: a shot and who is in it come in, its tags go out.

Lengths are pixels of the 1280 x 720 screen; x is the middle of a figure and y its lower edge.
"""

from dataclasses import dataclass
from typing import Literal

from ingest.demo.light import LIGHTS, Light
from ingest.demo.places import PLACES

FPS = 24
WIDTH, HEIGHT = 1280, 720
FADE = 16  # frames of a fade to or from black, and of a dissolve
WHITE = 12  # frames of a fade to white, and as many back
FLASH = 3  # frames of an impact flash: one white, then the drawing inverted

Camera = Literal["static", "pan_left", "pan_right", "pan_up", "zoom_in", "zoom_out"]
Enter = Literal["cut", "dissolve", "black", "white"]

_SIZES = {"bust": (690, 752), "close": (980, 850), "back": (700, 790), "sit": (400, 690)}
_FULL_SIZE = (500, 692)
_FIGHTING = ("guard", "swing", "attack")
_LEGIBLE = 400  # a figure smaller than this shows no expression
_SMALL = 340  # the figures of a wide shot are not taller
_INDOORS = ("day", "night", "sunset")  # what can be told of the light indoors


@dataclass(frozen=True)
class Actor:
    """One figure: who, doing what, where, and how it feels (`then`: from the middle of the shot).

    The poses "walk" and "run" are cycles; "swing" is a guard and then a blow; "attack" is a
    lunge of `reach` pixels from a guard into a clash. Who `talks` does so all the time, unless
    several do: they take turns.
    """

    name: str
    pose: str
    x: int
    expression: str = "neutral"
    then: str | None = None
    talks: bool = False
    facing: Literal["right", "left"] = "right"
    outfit: Literal["uniform", "coat", "summer"] = "uniform"
    size: int | None = None
    floor: int | None = None
    speed: int = 0
    reach: int = 0

    @property
    def height(self) -> int:
        """From the lower edge of the figure to the top of its head."""
        return self.size or _SIZES.get(self.pose, _FULL_SIZE)[0]

    @property
    def y(self) -> int:
        """Where the figure stands; below the screen for all but full figures."""
        return self.floor or _SIZES.get(self.pose, _FULL_SIZE)[1]

    @property
    def whole(self) -> bool:
        """Whether the figure is seen from head to foot."""
        return self.pose not in ("bust", "close", "back")

    def tags(self, late: bool) -> set[str]:
        """What is true of this figure, in the second half of the shot if `late`."""
        tags = {self.name}
        if self.pose == "back":
            tags.add("back_view")
        elif self.height >= _LEGIBLE:
            expression = self.then if late and self.then else self.expression
            # Who laughs smiles as well.
            tags |= {"laugh", "smile"} if expression == "laugh" else {expression}
        if self.talks:
            tags.add("talking")
        tags |= {"walk": {"walking"}, "run": {"running"}}.get(self.pose, set())
        if self.pose in _FIGHTING:
            tags.add("holding_sword")
        return tags


@dataclass(frozen=True)
class Shot:
    """One shot: where and in what light, for how many seconds, with whom, how it is filmed.

    `near` puts the place out of focus, as behind a face; `view` shows the place from elsewhere.
    `speed` is the way of a pan in whole pixels a frame, so that nothing shimmers. `enter` says
    how the shot begins. `lettering` is lines of text: (text, y, size).
    """

    place: str
    light: str
    seconds: float
    actors: tuple[Actor, ...] = ()
    view: int = 1
    near: bool = False
    camera: Camera = "static"
    speed: int = 3
    enter: Enter = "cut"
    effects: tuple[str, ...] = ()
    subtitle: str | None = None
    lettering: tuple[tuple[str, int, int], ...] = ()
    letterboxed: bool = False
    monochrome: bool = False
    meta: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """How many frames the shot lasts."""
        return round(self.seconds * FPS)

    @property
    def middle(self) -> int:
        """The frame at which expressions change and blows fall."""
        return self.frames // 12 * 6

    @property
    def lamp(self) -> Light:
        """The light of the shot."""
        return LIGHTS[self.light]

    @property
    def indoors(self) -> bool:
        """Whether there is a roof between the shot and the weather."""
        return "indoors" in PLACES[self.place].tags

    @property
    def fight(self) -> bool:
        """Whether swords are drawn."""
        return any(actor.pose in _FIGHTING for actor in self.actors)

    @property
    def clash(self) -> bool:
        """Whether blades meet, with an impact flash, in the middle of the shot."""
        return any(actor.pose == "attack" for actor in self.actors)

    @property
    def changes(self) -> bool:
        """Whether an expression changes in the middle of the shot."""
        return any(actor.then for actor in self.actors)

    @property
    def motion(self) -> str:
        """The most that happens: "held", "lip_flap", "moving" or "action"."""
        if self.fight and (self.effects or self.clash):
            return "action"
        falling = not self.indoors and (self.lamp.wet or self.lamp.snowy)
        moving = any(actor.pose in ("walk", "run") or actor.speed for actor in self.actors)
        if falling or moving or self.effects or self.camera != "static":
            return "moving"
        return "lip_flap" if any(actor.talks for actor in self.actors) else "held"

    def tags(self, late: bool = False) -> list[str]:
        """What is true of the shot, in its second half if `late`."""
        light = self.lamp.tags
        tags = set(PLACES[self.place].tags) | set(self.meta)
        tags |= {tag for tag in light if not self.indoors or tag in _INDOORS}
        for actor in self.actors:
            tags |= actor.tags(late)
        tags |= {0: {"no_humans"}, 1: {"solo"}, 2: {"two_shot"}}.get(len(self.actors), set())
        if any(actor.pose == "close" for actor in self.actors):
            tags.add("close_up")
        if not self.near and all(a.whole and a.height <= _SMALL for a in self.actors):
            tags.add("wide_shot")
        marks = {
            "fight": self.fight,
            "subtitled": self.subtitle is not None,
            "letterboxed": self.letterboxed,
            "monochrome": self.monochrome,
            "speed_lines": bool({"speed_lines", "streaks"} & set(self.effects)),
        }
        return sorted(tags | {mark for mark, seen in marks.items() if seen})
