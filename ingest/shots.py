"""Pictures come in, the same pictures with the transitions between shots go out.

What a transition is and where it lies is said in `detectors`. A detector needs to see a moment
ahead, so that many pictures are held back, and no more.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from ingest.detectors import Detector, Transition
from ingest.picture import Picture


def find_shots(pictures: Iterable[Picture], detector: Detector) -> Iterator[Picture | Transition]:
    """The pictures in order, each transition before the first picture of the new shot."""
    held: deque[Picture] = deque()
    transitions: dict[int, Transition] = {}
    for picture in pictures:
        transitions.update((found.index, found) for found in detector.add(picture.small))
        held.append(picture)
        if len(held) > detector.lookahead:
            yield from _due(held.popleft(), transitions)
    transitions.update((found.index, found) for found in detector.finish())
    for picture in held:
        yield from _due(picture, transitions)


def _due(picture: Picture, transitions: dict[int, Transition]) -> Iterator[Picture | Transition]:
    transition = transitions.pop(picture.index, None)
    if transition is not None:
        yield transition
    yield picture
