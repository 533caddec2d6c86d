"""Consensus over time: the scores of a shot's frames come in, steadier scores go out.

Each score becomes the median of itself and its neighbours in the shot (a running median of three,
Tukey 1977): a single odd one is voted down or filled in, while an expression that changes in the
middle of the shot keeps its edge. Of two frames nobody can say which is odd: the other can only
lower a score, by a third of what it is short of it, so that a strong one stands and a weak one
needs support. A frame that is a shot by itself has only its own word.
"""

from collections.abc import Collection, Mapping, Sequence
from statistics import median


def combined(shot: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """For each frame of one shot, in order of time, its scores by tag after the vote.

    A tag that a frame has no score for counts as 0 there.
    """
    if len(shot) == 1:
        return [dict(shot[0])]
    if len(shot) == 2:
        return [_supported(shot[0], shot[1]), _supported(shot[1], shot[0])]
    answer: list[dict[str, float]] = [{} for _ in shot]
    for tag in set().union(*shot):
        series = [scores.get(tag, 0.0) for scores in shot]
        for index, scores in enumerate(answer):
            first = min(max(index - 1, 0), len(shot) - 3)
            if score := median(series[first : first + 3]):
                scores[tag] = score
    return answer


def _supported(own: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """Each score, lowered as far as the other frame of the shot does not support it."""
    shortage = {tag: max(0.0, score - other.get(tag, 0.0)) for tag, score in own.items()}
    return {tag: score - shortage[tag] / 3 for tag, score in own.items()}


def suggestions(
    own: Mapping[str, float], voted: Mapping[str, float], thresholds: Mapping[str, float]
) -> tuple[dict[str, float], set[str]]:
    """What to suggest for a frame (tag -> score), and which of it is for review only.

    A tag is suggested if the vote reaches its threshold; if only the frame's own score does, the
    others speak against it, and a curator should look.
    """
    shown = {tag: score for tag, score in voted.items() if score >= thresholds[tag]}
    lone = {tag for tag, score in own.items() if score >= thresholds[tag]} - shown.keys()
    return shown | {tag: own[tag] for tag in lone}, lone


def one_of(scores: Mapping[str, float], names: Collection[str]) -> dict[str, float]:
    """The scores with only the highest of those in `names` (a picture has one rating)."""
    rivals = [name for name in names if name in scores]
    best = max(rivals, key=lambda name: scores[name], default=None)
    return {tag: score for tag, score in scores.items() if tag == best or tag not in rivals}
