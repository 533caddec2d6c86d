"""Pictures come in, the same pictures with the number of their shot go out.

Cuts are found by PySceneDetect's adaptive detector (a content score against its own rolling
average), fed with the small pictures of the one decode pass.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from scenedetect import AdaptiveDetector
from scenedetect.common import FrameTimecode

from ingest.video import Picture

MIN_SHOT_SECONDS = 0.3


def number_shots(pictures: Iterable[Picture], fps: float) -> Iterator[tuple[int, Picture]]:
    """Pairs of (shot number from 0, picture), in order.

    `fps` is the video's average rate. The detector knows a cut a few pictures after it has
    happened; so many pictures are held back, and no more.
    """
    fps = fps or 24.0
    detector = AdaptiveDetector(min_scene_len=max(1, round(MIN_SHOT_SECONDS * fps)))
    held: deque[Picture] = deque()
    cuts: set[int] = set()
    shot = 0
    for picture in pictures:
        timecode = FrameTimecode(picture.index, fps)
        cuts.update(cut.frame_num for cut in detector.process_frame(timecode, picture.small))
        held.append(picture)
        if len(held) > detector.event_buffer_length:
            due = held.popleft()
            shot += due.index in cuts
            cuts.discard(due.index)
            yield shot, due
    for due in held:
        shot += due.index in cuts
        yield shot, due
