"""What happens to a frame on its way to somebody's screenshot folder."""

import io
import random

from PIL import Image, ImageDraw, ImageFont, ImageOps

SUBTITLES = ("What are you doing here?", "I never wanted to fight you.\nNot like this.")
BORDERS = ("black", "white", "#1e1e1e", "#c8283c")


def crop(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A part of 60 to 90 % of each side."""
    width, height = (round(side * chance.uniform(0.6, 0.9)) for side in picture.size)
    left = chance.randint(0, picture.width - width)
    top = chance.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def mirror(picture: Image.Image, chance: random.Random) -> Image.Image:
    return ImageOps.mirror(picture)


def jpeg(picture: Image.Image, chance: random.Random) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=40)
    return Image.open(buffer).convert("RGB")


def subtitle(picture: Image.Image, chance: random.Random) -> Image.Image:
    picture = picture.copy()
    font = ImageFont.load_default(max(14, picture.height // 14))
    ImageDraw.Draw(picture).multiline_text(
        (picture.width / 2, picture.height * 0.88),
        chance.choice(SUBTITLES),
        font=font,
        fill="white",
        stroke_width=3,
        stroke_fill="black",
        anchor="mm",
        align="center",
    )
    return picture


def borders(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Bars above and below, at the sides, or a frame all around, of 6 to 20 % of the width."""
    thick = round(picture.width * chance.uniform(0.06, 0.2))
    around = chance.choice([(0, thick), (thick, 0), (thick // 2, thick // 2)])
    return ImageOps.expand(picture, around, chance.choice(BORDERS))


def resize(picture: Image.Image, chance: random.Random) -> Image.Image:
    width = chance.choice([320, 480, 640, 960])
    return picture.resize((width, max(1, picture.height * width // picture.width)))


KINDS = {
    "as it is": [],
    "JPEG 40": [jpeg],
    "crop": [crop],
    "mirror": [mirror],
    "subtitle": [subtitle],
    "borders": [borders],
    "crop, subtitle, JPEG 40": [crop, subtitle, jpeg],
    "crop, mirror, JPEG 40": [crop, mirror, jpeg],
    "subtitle, borders, JPEG 40": [subtitle, borders, jpeg],
    "all of it, resized": [subtitle, crop, mirror, borders, resize, jpeg],
}


def screenshot(picture: Image.Image, kind: str, seed: int) -> bytes:
    """The picture after everything of that kind, as a JPEG of quality 40 or 90; the same seed
    gives the same picture."""
    chance = random.Random(f"{kind} {seed}")
    for step in KINDS[kind]:
        picture = step(picture, chance)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=40 if "JPEG 40" in kind else 90)
    return buffer.getvalue()
