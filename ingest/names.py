"""The path of a video comes in; which episode of which series it is goes out, and any doubt.

File names are read by anitopy: of 180 names of releases it reads 133 as a person does, guessit
4.4.0 reads 116 and aniparse 2.0.0 reads 115. What it does not know is done here: numbers in titles,
folders, specials, Japanese counters (see `tests.benchmarks.names`).
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anitopy

SPECIALS = 0  # the season of specials

_JAPANESE_SEASON = re.compile(r"第?\s*(\d+)\s*期")
_JAPANESE_NUMBER = re.compile(r"第\s*(\d+)\s*[話回]")
_QUOTED = re.compile(r"「([^」]*)」|『([^』]*)』")
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_LABEL = re.compile(r"【[^】]*】|\{[^}]*\}")
_BARE = re.compile(r"^(?:E|EP|Episode\s*)?#?(\d{1,4})(?:v\d)?(?:\s+-\s+(?P<title>.+))?$", re.I)
_PAIR = re.compile(
    r"(?:^|[\s_-])(?:S(\d{1,2})[\s_]?E(\d{1,4})|(\d{1,2})x(\d{2,4}))(?:v\d)?(?=$|[\s_\[(-])", re.I
)
_IN_BRACKETS = re.compile(r"^\[[^\]]*\]\s*([^\[\]]+?)\s*\[(\d{2,3})(?:v\d)?\]")
_GROUP = re.compile(r"^\s*\[[^\]]*\]")
_CHANNELS = re.compile(
    r"(?<=AAC|C-3|AC3|DDP|DTS|LAC|.HD|.MA|PCM|.DD)[. ]?[1-9]\.[01]\b|\bUHD\b", re.I
)
_KIND = re.compile(r"\s*(?:\((?:TV|OVA|Movie)\)|- Movie)$", re.I)
_SPECIAL = re.compile(r"(?:^|[\s-])(?:OVA|OAD|SP|Specials?)[\s-]*(\d{1,3})?(?=$|[\s(\[-])", re.I)
_SEASON_IN_FOLDER = re.compile(r"\bS(\d{1,2})\b|\bSeason (\d{1,2})\b", re.I)
_SEASON_FOLDER = re.compile(r"^(?:Season\s*|S|第)(\d{1,2})期?(?:$|\s*[\[(])", re.I)
_SPECIALS_FOLDER = re.compile(r"^(?:Specials?|OVAs?|Extras?|SP)$", re.I)
_BATCH = re.compile(
    r"\[\d+\s*[-~]\s*\d+\]|\b\d{2,}\s*[-~]\s*\d{2,}\b|\bS\d{1,2}\b(?!E)|\(Season \d+\)"
)
_YEAR = re.compile(r"\s*\(?\b((?:19|20)\d\d)\)?$")
_NO_EPISODE = frozenset(("NCOP", "NCED", "OP", "ED", "PV", "CM", "MENU", "PREVIEW", "TRAILER"))
_SAYS_NOTHING = frozenset(
    (
        *("", "anime", "desktop", "downloads", "films", "home", "media", "movies", "new"),
        *("new folder", "series", "tmp", "torrents", "tv", "video", "videos"),
    )
)


@dataclass(frozen=True)
class Identity:
    """Which episode of which series a file is; season 0 holds the specials.

    `doubt` says, for people, what the name leaves open; it is empty if nothing.
    """

    series: str
    season: int = 1
    number: int = 1
    title: str = ""
    year: int | None = None
    alternative_titles: tuple[str, ...] = ()
    doubt: str = ""


def identify(path: Path, *, series: str = "") -> Identity:
    """`[Group] Some Title - 03 (1080p).mkv` is episode 3 of "Some Title".

    What the file's name does not tell is told by its folders (`Title/Season 2/E05.mkv`); a name
    without a number is a film: episode 1 of a series of its own. `series`, if given, is the title.
    """
    found = _from_name(path)
    found.series = series or found.series
    season, folder = _from_folders(path)
    if found.season is None:
        found.season = 1 if season is None else season
    if not found.series and found.number is None:  # a film, called like a term of the trade
        found.series = path.stem
    named = found.series or folder
    number = 1 if found.number is None else found.number
    identity = Identity(named or path.stem, found.season, number, found.title)
    if not series and (year := _YEAR.search(identity.series)):
        title = identity.series[: year.start()].strip()
        if title:
            identity = replace(identity, series=title, year=int(year[1]))
    return replace(identity, doubt=_doubt(found, named, in_season=season is not None))


@dataclass
class _Found:
    """What a file's name tells; None or empty where it tells nothing."""

    series: str = ""
    season: int | None = None
    number: int | None = None
    title: str = ""
    kind: str = ""
    episodes: tuple[str, ...] = ()


def _from_name(path: Path) -> _Found:
    found = _Found()
    name = _CHANNELS.sub("", _LABEL.sub("", path.stem))
    if " " not in name and "_" not in name:
        name = name.replace(".", " ") if name.count(".") > 1 else name
    if match := _QUOTED.search(name):
        found.title, name = match[1] or match[2], _QUOTED.sub(" ", name)
    if match := _JAPANESE_SEASON.search(name):
        found.season, name = int(match[1]), _JAPANESE_SEASON.sub(" ", name, count=1)
    if match := _JAPANESE_NUMBER.search(name):
        found.number, name = int(match[1]), name[: match.start()]
    if (match := _BARE.match(name.strip())) and not _PAIR.search(name):
        found.number, found.title = int(match[1]), match["title"] or found.title
        return found
    if match := _SPECIAL.search(_outside_brackets(name)):
        found.season, found.number = SPECIALS, int(match[1] or 1)
        name = name[: match.start()] + " " + name[match.end() :]
    _parse(found, name.strip() + path.suffix)
    _mend(found, name)
    return found


def _mend(found: _Found, name: str) -> None:
    """What is certain in a name overrules anitopy, which numbers in titles ("86") lead astray."""
    if match := _PAIR.search(_outside_brackets(name)):  # S01E02, 1x02
        found.season, found.number = (int(digits) for digits in match.groups() if digits)
        series = _plain(name[: match.start()])
        if not series:
            found.title = found.title or found.series
        found.series = series
    elif (match := _IN_BRACKETS.search(name)) and found.number != int(match[2]):
        found.series, found.number = match[1], int(match[2])
    if " " in name:  # then points are part of the title
        words = r"[ .]".join(map(re.escape, found.series.split(" ")))
        if match := re.search(rf"(?:(?<=\s)\.)?{words}", name):
            found.series = match[0]
    found.series = _KIND.sub("", found.series)


def _outside_brackets(name: str) -> str:
    """The name with what is in brackets blanked."""
    return re.sub(r"\[[^\]]*\]|\([^)]*\)", lambda match: " " * len(match[0]), name)


def _plain(text: str) -> str:
    """The title before a number: without the group, underscores, hyphens at the ends."""
    return _GROUP.sub("", text).replace("_", " ").strip(" -")


def _parse(found: _Found, name: str) -> None:
    """What anitopy reads in a file name, where nothing was found before."""
    parsed: dict[str, Any] = anitopy.parse(name) or {}
    found.series = str(parsed.get("anime_title", "")).strip(" -_")
    if not found.series and len(parts := _BRACKETS.findall(name)) > 2:
        found.series = parts[1]  # [Group][Title][03][1080p]
    if year := parsed.get("anime_year"):
        found.series += f" ({_first(year)})"
    season, number = _first(parsed.get("anime_season")), _first(parsed.get("episode_number"))
    if found.season is None and season:
        found.season = int(season)
    if found.number is None and number:
        if not float(number).is_integer():  # 06.5 stands between episodes
            found.season = SPECIALS
        found.number = int(float(number))
    found.title = found.title or str(parsed.get("episode_title", "")).strip()
    if found.title == "END":
        found.title = ""
    kinds = parsed.get("anime_type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    found.kind = next((kind for kind in kinds if kind.upper() in _NO_EPISODE), "")
    episodes = parsed.get("episode_number", ())
    found.episodes = tuple(episodes) if isinstance(episodes, list) else ()


def _from_folders(path: Path) -> tuple[int | None, str]:
    """The season and the series that the folders of a file name; None and empty if they do not."""
    season: int | None = None
    for folder in path.absolute().parents[:3]:
        name = folder.name
        if match := _SEASON_FOLDER.match(name):
            season = int(match[1])
        elif _SPECIALS_FOLDER.match(name):
            season = SPECIALS
        else:
            if name.lower() in _SAYS_NOTHING:
                return season, ""
            seasons = {int(one or other) for one, other in _SEASON_IN_FOLDER.findall(name)}
            if season is None and len(seasons) == 1:
                season = seasons.pop()
            parsed = anitopy.parse(_BATCH.sub("", name)) or {}
            return season, str(parsed.get("anime_title") or name).strip(" -_.")
    return season, ""


def _doubt(found: _Found, series: str, *, in_season: bool) -> str:
    if not series:
        return "neither the file nor its folder names a series"
    if found.kind:
        return f"it is called {found.kind}, which is no episode"
    if len(found.episodes) > 1:
        return f"it holds the episodes {found.episodes[0]} to {found.episodes[-1]}"
    if found.number is None and in_season:
        return "it lies in the folder of a season but has no episode number"
    return ""


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value
