"""The names of a picture's files in the storage: told by its hash, so that none is there twice."""

THUMBNAIL_WIDTHS = (320, 640)


def image_name(sha256: str) -> str:
    return f"frames/{sha256[:2]}/{sha256}.webp"


def thumbnail_sizes(picture_width: int) -> list[tuple[int, int]]:
    """The thumbnails of a picture, the smallest first: how wide each is, and the width that its
    name says. None is there twice: a picture of 320 pixels or less has one."""
    sizes = {min(nominal, picture_width): nominal for nominal in reversed(THUMBNAIL_WIDTHS)}
    return sorted(sizes.items())


def thumbnail_name(sha256: str, width: int, kind: str) -> str:
    """96 bits of the hash tell pictures apart and keep a page of links to them small.

    `width` is one of `THUMBNAIL_WIDTHS`; the file of a smaller picture is no wider than that.
    """
    return f"thumbnails/{sha256[:2]}/{sha256[:24]}-{width}.{kind}"
