"""Who may see a frame: its labels and the limits set come in, its status goes out."""

from collections.abc import Collection, Mapping

from frames.labels import CONFIRMED, REJECTED

RATINGS = ("general", "sensitive", "questionable", "explicit")  # each may show more than the last


def is_public(labels: Collection[str], *, hidden_from: str, show_unrated: bool) -> bool:
    """Whether everybody may see the frame: its rating, the highest if several are suggested,
    lies below `hidden_from`; without a rating, `show_unrated` decides."""
    ratings = [rating for rating in RATINGS if rating in labels]
    if not ratings:
        return show_unrated
    return RATINGS.index(ratings[-1]) < RATINGS.index(hidden_from)


def one_rating(verdicts: Mapping[str, str]) -> dict[str, str]:
    """A frame has one rating: whoever confirms it rejects the others (tag -> state)."""
    chosen = [rating for rating in RATINGS if verdicts.get(rating) == CONFIRMED]
    others = [rating for rating in RATINGS if chosen and rating != chosen[-1]]
    return {**verdicts, **dict.fromkeys(others, REJECTED)}
