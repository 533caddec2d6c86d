"""Where pictures of an unknown episode come from: their nearest neighbours come in, the episodes or
series that they agree on go out, with the evidence.

One look-alike says little. Many of them in one episode, each as far from its beginning as the
unknown picture is from the file's (give or take one offset), say that it is that episode.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NEAR = 0.9  # cosine: another encoding of a picture is nearer, most other pictures are farther
SAME_MOMENT = 2.0  # seconds that two pictures of a held drawing may lie apart
LEAST_PICTURES = 4
EPISODE_SHARE, SERIES_SHARE = 0.5, 0.2  # of the pictures looked up


@dataclass(frozen=True)
class Sighting:
    """A picture of the unknown file at `time` looks like this frame, `distance` is 1 - cosine."""

    time: float
    frame: int
    distance: float
    series: str
    season: int
    number: int
    their_time: float


@dataclass(frozen=True)
class Origin:
    """`number` is None where only the series can be told; `share` of the pictures agree on it."""

    series: str
    season: int
    number: int | None
    share: float
    offset: float
    evidence: tuple[Sighting, ...]


def likely_origins(pictures: Sequence[Sequence[Sighting]]) -> list[Origin]:
    """`pictures` has for each picture that was looked up the frames like it; the best is first."""
    near = [s for found in pictures for s in found if s.distance <= 1 - NEAR]
    episodes: dict[tuple[str, int, int], list[Sighting]] = defaultdict(list)
    for sighting in near:
        episodes[sighting.series, sighting.season, sighting.number].append(sighting)
    origins = []
    for (series, season, number), sightings in episodes.items():
        offset, agreeing = _in_step(sightings)
        share = len(agreeing) / len(pictures)
        if share >= EPISODE_SHARE and len(agreeing) >= LEAST_PICTURES:
            origins.append(Origin(series, season, number, share, offset, tuple(agreeing)))
    known = {origin.series for origin in origins}
    for series in {sighting.series for sighting in near} - known:
        best = _one_a_picture(s for s in near if s.series == series)
        share = len(best) / len(pictures)
        if share >= SERIES_SHARE and len(best) >= LEAST_PICTURES:
            origins.append(Origin(series, best[0].season, None, share, 0.0, tuple(best)))
    return sorted(origins, key=lambda o: (o.number is not None, o.share), reverse=True)


def _in_step(sightings: Sequence[Sighting]) -> tuple[float, list[Sighting]]:
    """The offset (seconds to add to the unknown time) that most pictures agree on, and these."""
    best: tuple[float, list[Sighting]] = (0.0, [])
    for offset in sorted({round(s.their_time - s.time, 1) for s in sightings}, key=abs):
        agreeing = _one_a_picture(
            s for s in sightings if abs(s.their_time - s.time - offset) <= SAME_MOMENT
        )
        if len(agreeing) > len(best[1]):
            best = offset, agreeing
    return best


def _one_a_picture(sightings: Iterable[Sighting]) -> list[Sighting]:
    """The nearest frame of each picture, in order of time."""
    nearest: dict[float, Sighting] = {}
    for sighting in sightings:
        held = nearest.get(sighting.time)
        if held is None or sighting.distance < held.distance:
            nearest[sighting.time] = sighting
    return [nearest[time] for time in sorted(nearest)]
