"""A made-up index of any size, for measuring: a number of frames comes in, an `Index` goes out.

Tags are Zipf-distributed, about 28 a frame, and go together as they do in films: a scene of 15
frames has one of 40 topics, each of which makes a fortieth of the tags six times as likely; a
scene's rating, time of day and looks are one of several that exclude each other; rare tags
(characters) belong to few series; a tag of a scene shows on every other frame of it, at random.
Each tag is drawn scene by scene with arrays, never frame by frame.
"""

import zlib
from collections.abc import Iterator

import numpy as np

from frames.index import EpisodeInfo, Index
from frames.scores import UNSCORED, Postings, Scores, bitmap, numbers
from frames.vocabulary import SeriesInfo, TagInfo, Vocabulary

SCENE = 15
EPISODE = 20 * SCENE
SERIES = 13 * EPISODE
TAGS = 5000
TAGS_A_FRAME = 28.0
TOPICS = 40
SHOWN = 0.5
COMMONEST = 0.45
# Sets of which every scene has one: shares of their members.
EXCLUSIVE = {
    "rating": [0.78, 0.15, 0.05, 0.02],
    "daytime": [0.5, 0.3, 0.12, 0.08],
    "hair": [0.25, 0.2, 0.18, 0.14, 0.1, 0.07, 0.04, 0.02],
    "place": [0.4, 0.35, 0.25],
    "view": [0.3, 0.25, 0.2, 0.15, 0.1],
}
RARE_FROM = 2000  # by rank; from here on, a tag belongs to one series
CATEGORIES = ("action", "emotion", "setting", "weather", "style", "meta")


def shares() -> np.ndarray:
    """Of the frames, for every tag outside of the exclusive sets, the commonest first (float64).

    Zipf-Mandelbrot, none above `COMMONEST`, scaled so that a frame has `TAGS_A_FRAME` in all.
    """
    ranks = np.arange(TAGS - sum(map(len, EXCLUSIVE.values())))
    weights = 1 / (ranks + 8) ** 1.15
    wanted = TAGS_A_FRAME - len(EXCLUSIVE)
    scale = wanted / weights.sum()
    for _ in range(20):
        scale *= wanted / np.minimum(scale * weights, COMMONEST).sum()
    return np.minimum(scale * weights, COMMONEST)


def made_up_index(frames: int, seed: int = 1) -> Index:
    """Frames 1 to `frames`; the tags are `t0` (commonest) to `t4975` and `rating_0` and so on."""
    index = Index()
    tags: list[TagInfo] = []
    for name, category, ids in postings(frames, seed):
        if len(ids):
            index.lists["tag"][name] = bitmap(ids)
        tags.append(TagInfo(name, category))
    _episodes(index, frames)
    keys = list(index.lists["series"])
    index.vocabulary = Vocabulary(
        tags, [SeriesInfo(str(key), f"show-{key}", f"Show {key}") for key in keys]
    )
    index.scores = Scores(lambda tag: made_up_scores(index, tag))
    index.compact()
    return index


def postings(frames: int, seed: int) -> Iterator[tuple[str, str, np.ndarray]]:
    """(tag, category, ids of its frames), tag after tag; ids are uint32 and ascending."""
    random = np.random.default_rng(seed)
    scenes = -(-frames // SCENE)
    topics = random.integers(0, TOPICS, scenes, np.uint8)
    for group, parts in EXCLUSIVE.items():
        chosen = np.searchsorted(np.cumsum(parts), random.random(scenes)).astype(np.uint8)
        for number in range(len(parts)):
            category = "rating" if group == "rating" else "style"
            ids = _shown(np.flatnonzero(chosen == number), frames, random, 1)
            yield f"{group}_{number}", category, ids
    for rank, share in enumerate(shares() / SHOWN):
        if rank < RARE_FROM:
            inside = min(6 * share, 1)
            outside = max(share - inside / TOPICS, 0) * TOPICS / (TOPICS - 1)
            limits = np.full(TOPICS, outside, np.float32)
            limits[rank % TOPICS] = inside
            has = np.flatnonzero(random.random(scenes, np.float32) < limits[topics])
            category = CATEGORIES[rank % len(CATEGORIES)]
        else:
            here = _series_of(rank, share, scenes, random)
            has = here[random.random(len(here)) < min(share * scenes / max(len(here), 1), 1)]
            category = "character"
        yield f"t{rank}", category, _shown(has, frames, random, SHOWN)


def _series_of(rank: int, share: float, scenes: int, random: np.random.Generator) -> np.ndarray:
    """The scenes of as many whole series as are needed for the tag to show in half of them."""
    a_series = SERIES // SCENE
    count = max(-(-scenes // a_series), 1)
    wanted = min(max(int(2 * share * count), 1), count)
    series = np.sort(random.choice(count, wanted, replace=False))
    found = (series[:, None] * a_series + np.arange(a_series)).ravel()
    return found[found < scenes]


def _shown(
    scenes: np.ndarray, frames: int, random: np.random.Generator, share: float
) -> np.ndarray:
    """This share, drawn at random, of the frames of these scenes."""
    ids = (scenes[:, None] * SCENE + np.arange(1, SCENE + 1)).astype(np.uint32).ravel()
    if share < 1:
        ids = ids[random.random(len(ids), np.float32) < share]
    return ids[ids <= frames]


def _episodes(index: Index, frames: int) -> None:
    """Series, episodes and columns: 300 frames an episode, 13 episodes a series."""
    ids = np.arange(frames + 1, dtype=np.uint32)
    place = (ids - 1) % EPISODE
    ordinals = (ids - 1) // EPISODE
    ordinals[0] = 0
    index.columns["episode"] = ordinals.astype(np.uint32)
    index.columns["time"] = (place * 4500).astype(np.uint32)
    index.columns["shot"] = (place // 3).astype(np.uint16)
    index.all.add_range(1, frames + 1)
    for ordinal in range(int(ordinals[-1]) + 1):
        first, after = ordinal * EPISODE + 1, min((ordinal + 1) * EPISODE, frames) + 1
        series, number = divmod(ordinal, SERIES // EPISODE)
        info = EpisodeInfo(f"e{ordinal}", str(series), 1, number + 1, 1_700_000_000 + ordinal)
        index.episodes.append(info)
        index.ordinals[info.key] = ordinal
        width = (1280, 1920, 960)[series % 3]
        for name, value in (
            ("series", str(series)),
            ("season", 1),
            ("number", number + 1),
            ("width", width),
            ("episode", ordinal),
        ):
            index.lists[name].setdefault(value, type(index.all)()).add_range(first, after)


def made_up_scores(index: Index, tag: str) -> Postings:
    """Levels (uint8) that follow from tag and id, most of them high."""
    ids = numbers(index.ids("tag", tag))
    mixed = (ids * np.uint32(2654435761) ^ np.uint32(zlib.crc32(tag.encode()))) >> np.uint32(16)
    levels = 200 - (mixed % 101) * (mixed % 7 + 1) // 7
    return ids, np.minimum(levels, UNSCORED - 1).astype(np.uint8)
