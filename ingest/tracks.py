"""A video file comes in; the lines of its subtitles and its chapters go out, by time."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.error import FFmpegError
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle

from ingest.video import open_video, video_stream

TEXT_CODECS = frozenset(("ass", "ssa", "subrip", "srt", "text", "webvtt", "mov_text"))
_OVERRIDE = re.compile(r"\{[^}]*\}|<[^>]*>")
_BREAK = re.compile(r"\\[Nnh]|\s+")
_NAMES = (
    ("opening", re.compile(r"^(op\d*|opening|オープニング)\b", re.IGNORECASE)),
    ("ending", re.compile(r"^(ed\d*|ending|エンディング)\b", re.IGNORECASE)),
)


@dataclass(frozen=True)
class Span:
    """From `start` up to `end`, in seconds from the first picture."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Tracks:
    """Lines and chapters in order of their start; `warnings` tells what could not be read."""

    lines: Sequence[Span] = ()
    chapters: Sequence[Span] = ()
    warnings: list[str] = field(default_factory=list)

    def text_at(self, time: float) -> str:
        """What is written on the screen, one line for each subtitle."""
        starts = bisect_right(self.lines, time, key=lambda line: line.start)
        return "\n".join(line.text for line in self.lines[:starts] if time < line.end)

    def chapter_at(self, time: float) -> str:
        """ "opening", "ending", or the chapter as the file calls it; empty where there is none."""
        return next((c.text for c in self.chapters if c.start <= time < c.end), "")


def read_tracks(path: Path) -> Tracks:
    """The subtitles of the default text stream, else of the first one, and the chapters.

    Pictures of text (from discs) are not read. Raises `UnreadableVideo` for what is no video.
    """
    warnings: list[str] = []
    with open_video(path) as container:
        video = video_stream(container)
        assert video is not None
        begin = float((video.start_time or 0) * video.time_base) if video.time_base else 0.0
        chapters = _chapters(container, begin)
        stream = _text_stream(container)
        lines = []
        if stream is not None:
            try:
                lines = _lines(container, stream, begin)
            except FFmpegError as error:
                warnings.append(f"subtitles cannot be read to their end ({error.strerror})")
    return Tracks(sorted(lines, key=lambda line: line.start), chapters, warnings)


def _text_stream(container: "av.container.InputContainer") -> "SubtitleStream | None":
    streams = [s for s in container.streams.subtitles if s.codec_context.name in TEXT_CODECS]
    whole = [s for s in streams if not s.disposition & Disposition.forced] or streams
    return next((s for s in whole if s.disposition & Disposition.default), next(iter(whole), None))


def _lines(
    container: "av.container.InputContainer", stream: SubtitleStream, begin: float
) -> list[Span]:
    lines = []
    for packet in container.demux(stream):
        if packet.pts is None or packet.time_base is None:
            continue
        start = float(packet.pts * packet.time_base) - begin
        end = start + float((packet.duration or 0) * packet.time_base)
        for rect in packet.decode():
            text = plain(rect.dialogue) if isinstance(rect, AssSubtitle) else ""
            if text:
                lines.append(Span(start, end, text))
    return lines


def plain(dialogue: bytes | str) -> str:
    """A line without its markup: ASS overrides, HTML, forced breaks."""
    text = dialogue.decode(errors="replace") if isinstance(dialogue, bytes) else dialogue
    return _BREAK.sub(" ", _OVERRIDE.sub("", text)).strip()


def _chapters(container: "av.container.InputContainer", begin: float) -> list[Span]:
    spans = []
    for chapter in container.chapters():
        unit = float(chapter["time_base"] or 0)
        title = chapter["metadata"].get("title", "")
        start, end = chapter["start"] * unit - begin, chapter["end"] * unit - begin
        spans.append(Span(start, end, chapter_name(title)))
    return spans


def chapter_name(title: str) -> str:
    """`OP`, `Opening Theme` -> "opening"; `ED 2`, `エンディング` -> "ending"; else as it is."""
    title = title.strip()
    return next((name for name, pattern in _NAMES if pattern.match(title)), title[:100])
