"""A shot and the number of a frame in it come in; the composed picture, uint8 RGB, goes out.

Everything that decides a picture is a `Moment`: equal moments are the same drawing, so it is
composed once and held, on twos and threes as drawn animation is.
"""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from ingest.demo import effects
from ingest.demo.canvas import Sprite, paste
from ingest.demo.characters import figure
from ingest.demo.lettering import line_of_text, logo
from ingest.demo.light import LIGHTS
from ingest.demo.places import paint
from ingest.demo.shots import FLASH, FPS, HEIGHT, WIDTH, Actor, Shot

_ZOOM = 1.16
_BAR = 92
_BLOW = 8  # a blow is seen for so many frames before blades meet
_MOUTHS = ("mid", "open", "mid", "closed", "open", "mid", "open", "closed", "mid", "closed")
_BLINK = {0: "half", 1: "closed", 2: "half"}
_BLINK_EVERY = 21  # drawings
_GROUND = {"street": 0.62, "bridge": 0.87, "rooftop": 0.78, "beach": 0.8, "city": 1.0}


class Cel(NamedTuple):
    """One figure in one drawing."""

    pose: str
    expression: str
    eyes: str
    mouth: str
    x: int


class Moment(NamedTuple):
    """All that decides the picture of a frame."""

    camera: int
    drawing: int
    cels: tuple[Cel, ...]
    flash: int | None
    since: int | None  # drawings since blades met


@lru_cache(maxsize=256)
def _cel(actor: Actor, cel: Cel, light: str, zoom: float) -> Sprite:
    tint, amount = LIGHTS[light].tint
    sprite = figure(
        actor.name,
        outfit=actor.outfit,
        pose=cel.pose,
        expression=cel.expression,
        bearing=actor.expression,  # the head is held: only the face changes
        eyes=cel.eyes,
        mouth=cel.mouth,
        tears=2 if cel.expression == "crying" else 0,
        facing=actor.facing,
        height=round(actor.height * zoom),
    )
    sprite = sprite.tinted(tint, amount)
    rim = LIGHTS[light].rim
    return sprite.rimmed(rim, max(2, round(actor.height * zoom / 160))) if any(rim) else sprite


class Stage:
    """A shot with its background painted, ready to compose any of its frames."""

    def __init__(self, shot: Shot):
        self.shot = shot
        self.zoom = _ZOOM if shot.camera.startswith("zoom") else 1.0
        self.way = shot.speed * shot.frames if shot.camera.startswith("pan") else 0
        across, down = (0, self.way) if shot.camera == "pan_up" else (self.way, 0)
        size = round(WIDTH * self.zoom) + across, round(HEIGHT * self.zoom) + down
        self.background = paint(shot.place, shot.light, *size, view=shot.view, near=shot.near)
        self._last: tuple[Moment, np.ndarray] | None = None

    def picture(self, frame: int) -> np.ndarray:
        """The picture of a frame of the shot; a held drawing is the very same array."""
        moment = self._moment(min(max(frame, 0), self.shot.frames - 1))
        if self._last is None or self._last[0] != moment:
            self._last = moment, self._compose(moment)
        return self._last[1]

    def _moment(self, frame: int) -> Moment:
        shot = self.shot
        step = {"held": FPS, "lip_flap": 3, "moving": 3, "action": 2}[shot.motion]
        if any(actor.pose == "run" for actor in shot.actors) or shot.lamp.wet:
            step = 2
        flash = since = None
        if shot.clash and frame >= shot.middle:
            flash = frame - shot.middle if frame - shot.middle < FLASH else None
            since = (frame - shot.middle) // 2
        falling = not shot.indoors and (shot.lamp.wet or shot.lamp.snowy)
        drawing = frame // step if shot.effects or falling else 0
        cels = tuple(self._place(actor, number, frame) for number, actor in enumerate(shot.actors))
        return Moment(0 if shot.camera == "static" else frame, drawing, cels, flash, since)

    def _place(self, actor: Actor, number: int, frame: int) -> Cel:
        shot = self.shot
        late = frame >= shot.middle
        expression = actor.then if late and actor.then else actor.expression
        drawing = frame // 3
        eyes, mouth = "open", "closed"
        speakers = [other for other in shot.actors if other.talks]
        if speakers:
            blink = (drawing + 8 + 5 * number) % _BLINK_EVERY
            eyes = _BLINK.get(blink, "open")
            turn = min(frame * len(speakers) // shot.frames, len(speakers) - 1)
            if speakers[turn] is actor:
                mouth = _MOUTHS[(drawing + 3 * number) % len(_MOUTHS)]
        pose, x = actor.pose, actor.x
        towards = 1 if actor.facing == "right" else -1
        if pose == "walk":
            pose = f"walk{(drawing + 3 * number) % 8}"
            x += towards * actor.speed * drawing
        elif pose == "run":
            pose = f"run{frame // 2 % 8}"
            x += towards * actor.speed * (frame // 2)
        elif pose in ("swing", "attack"):
            ahead = shot.middle - frame
            pose = "guard" if ahead > 2 * _BLOW else "raise" if ahead > _BLOW else "swing"
            if actor.pose == "swing":
                pose = "follow" if ahead <= -_BLOW else pose
            else:
                pose = "clash" if ahead <= 0 else pose
                share = min(max(ahead // 2 * 2 / _BLOW, 0), 1)
                x -= round(towards * actor.reach * share)
        return Cel(pose, expression, eyes, mouth, x)

    def _compose(self, moment: Moment) -> np.ndarray:
        shot = self.shot
        if self.zoom > 1:
            picture = self._zoomed(self._populate(self.background.copy(), moment, 0), moment.camera)
        else:
            picture, shift = self._crop(moment.camera)
            picture = self._populate(picture, moment, shift)
        picture = effects.wash(picture, shot.lamp.wash, shot.view % 2 == 0)
        picture = self._weather(picture, moment.drawing)
        picture = self._blows(picture, moment)
        if shot.monochrome:
            picture = effects.grey(picture)
        if moment.flash is not None:
            picture = effects.impact(picture, moment.flash)
        if shot.letterboxed:
            effects.letterbox(picture, _BAR)
        self._letter(picture)
        return picture

    def _crop(self, frame: int) -> tuple[np.ndarray, int]:
        """What the camera sees of the background, and how far figures on it have gone left."""
        way = self.shot.speed * frame
        if self.shot.camera == "pan_up":
            top = self.way - way
            return self.background[top : top + HEIGHT].copy(), 0
        left = {"pan_right": way, "pan_left": self.way - way}.get(self.shot.camera, 0)
        shift = left - self.way // 2
        return self.background[:, left : left + WIDTH].copy(), shift

    def _zoomed(self, stage: np.ndarray, frame: int) -> np.ndarray:
        share = frame / max(self.shot.frames - 1, 1)
        share = share if self.shot.camera == "zoom_in" else 1 - share
        scale = _ZOOM ** (share - 1)  # of the stage's pixels on the screen
        height, width = stage.shape[:2]
        centre = width * 0.5, height * 0.46
        matrix = np.array(
            [
                [scale, 0, WIDTH * 0.5 - scale * centre[0]],
                [0, scale, HEIGHT * 0.46 - scale * centre[1]],
            ]
        )
        return cv2.warpAffine(stage, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)

    def _populate(self, picture: np.ndarray, moment: Moment, shift: int) -> np.ndarray:
        shot, zoom = self.shot, self.zoom
        if "glitter" in shot.effects:
            picture = effects.glitter(picture, moment.drawing, 0.47, 0.7)
        if "streaks" in shot.effects:
            picture = effects.streaks(picture, moment.drawing)
        for actor, cel in zip(shot.actors, moment.cels, strict=True):
            # The camera follows who walks or runs on the spot; all others stay where they are.
            followed = actor.pose in ("walk", "run") and not actor.speed
            x, y = (cel.x - (0 if followed else shift)) * zoom, actor.y * zoom
            if actor.whole:
                effects.shadow(picture, x, y - 4, actor.height * zoom * 0.2)
            paste(picture, _cel(actor, cel._replace(x=0), shot.light, zoom), round(x), round(y))
        return picture

    def _weather(self, picture: np.ndarray, drawing: int) -> np.ndarray:
        shot = self.shot
        if "petals" in shot.effects:
            picture = effects.petals(picture, drawing, shot.view)
        if shot.indoors:
            return picture
        if shot.lamp.wet:
            whole = not shot.near and all(actor.whole for actor in shot.actors)
            ground = _GROUND.get(shot.place, 0.75) if whole else 1.0
            picture = effects.rain(picture, drawing, ground)
        if shot.lamp.snowy:
            picture = effects.snow(picture, drawing, shot.view)
        return picture

    def _blows(self, picture: np.ndarray, moment: Moment) -> np.ndarray:
        shot = self.shot
        if "speed_lines" in shot.effects:
            x = round(np.mean([actor.x for actor in shot.actors]))
            colour = (20, 24, 52) if shot.lamp.snowy or not shot.lamp.dark else (226, 234, 255)
            picture = effects.speed_lines(picture, moment.drawing, x, 300, colour)
        for actor, cel in zip(shot.actors, moment.cels, strict=True):
            if cel.pose == "swing":
                side = 1 if actor.facing == "right" else -1
                x, y = cel.x + side * actor.height // 5, actor.y - actor.height // 2
                picture = effects.slash(picture, x, y, actor.height * 4 // 9, side)
        if moment.since is not None and moment.since < 12:
            x = round(np.mean([actor.x for actor in shot.actors]))
            y = round(np.mean([actor.y - actor.height * 0.62 for actor in shot.actors]))
            picture = effects.sparks(picture, moment.since, x, y)
            picture = _shaken(picture, moment.since)
        return picture

    def _letter(self, picture: np.ndarray) -> None:
        if self.shot.subtitle:
            paste(picture, line_of_text(self.shot.subtitle, 40), WIDTH // 2, 656)
        for text, y, size in self.shot.lettering:
            letters = logo if "title_card" in self.shot.meta and size > 100 else line_of_text
            paste(picture, letters(text, size), WIDTH // 2, y)


def _shaken(picture: np.ndarray, since: int) -> np.ndarray:
    """The picture moved a little, less with every drawing since the blow."""
    reach = 14 * 0.6**since
    if reach < 1:
        return picture
    x, y = ((0.6, 1), (-0.8, -0.7), (0.9, -0.5), (-0.5, 0.8))[since % 4]
    matrix = np.array([[1, 0, round(x * reach)], [0, 1, round(y * reach)]], np.float64)
    return cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
