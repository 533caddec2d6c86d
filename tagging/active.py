"""Which taggers work here: the setting `TAGGERS` comes in, taggers go out."""

from django.conf import settings
from django.utils.module_loading import import_string

from frames.models import Tag
from tagging.loading import load_vocabulary
from tagging.taggers import Tagger


class NoSuchTagger(ValueError):
    """No tagger of this name is set up; the message says which are."""


def active_taggers() -> list[Tagger]:
    """The taggers that are set up and ready, in the order of the setting.

    An entry of `TAGGERS` is called without arguments; it gives a tagger, or None if it has
    nothing to work with yet (no weights, nothing learnt).
    """
    if not Tag.objects.filter(name="rain").exists():
        load_vocabulary()  # `make run` has done so; whoever uses the commands alone has not
    made = [import_string(name)() for name in settings.TAGGERS]
    return [tagger for tagger in made if tagger is not None]


def tagger_named(name: str) -> Tagger:
    """Raises `NoSuchTagger`."""
    taggers = {tagger.name: tagger for tagger in active_taggers()}
    if name not in taggers:
        raise NoSuchTagger(f"there is no tagger {name} here; there is {', '.join(taggers)}")
    return taggers[name]
