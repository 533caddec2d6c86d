"""The name of the demo series comes from here, and the storyboards of its episodes go out."""

from typing import Any, NamedTuple

from ingest.demo.episode_one import EPISODE_ONE
from ingest.demo.episode_two import EPISODE_TWO
from ingest.demo.opening import OPENING
from ingest.demo.shots import Shot

TITLE = "Kazemachi Diary"
ALTERNATIVE_TITLES = ("風待ち日記", "Kazemachi Nikki", "Diary of Waiting for the Wind")
YEAR = 2026


class Episode(NamedTuple):
    """One episode: its title and all its shots, the opening first."""

    title: str
    shots: tuple[Shot, ...]

    @property
    def frames(self) -> int:
        """How many frames it lasts."""
        return sum(shot.frames for shot in self.shots)


EPISODES = {
    1: Episode("The Day the Wind Stopped", OPENING + EPISODE_ONE),
    2: Episode("Four Umbrellas", OPENING + EPISODE_TWO),
}


def file_name(number: int) -> str:
    """What the video of an episode is called."""
    return f"{TITLE} - {number:02}.mp4"


def series_json() -> dict[str, Any]:
    """What `series.json` beside the videos says about them, for the ingest to read."""
    return {
        "title": TITLE,
        "alternative_titles": list(ALTERNATIVE_TITLES),
        "year": YEAR,
        "episodes": {
            file_name(number): {"number": number, "title": episode.title}
            for number, episode in EPISODES.items()
        },
    }
