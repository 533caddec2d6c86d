"""Seconds as people read them."""


def clock(seconds: float) -> str:
    """`754.2` -> `12:34`, from an hour on `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
