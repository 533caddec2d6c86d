"""What readers say about tags: a frame, a word and an address come in, a row of the curators'
queue goes out; a curator's answer comes in, the frame's tags follow.
"""

from datetime import timedelta

from django.db import IntegrityError
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from frames.labels import CONFIRMED, REJECTED
from frames.models import Frame, Tag, TagSuggestion
from frames.query import tag_name
from frames.verdicts import save_verdicts, take_back

AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 30


class NotTaken(Exception):
    """The suggestion was not taken; the text says why. `status` is the HTTP status that fits."""

    status = 400


class TooMany(NotTaken):
    status = 429


def suggest(frame: Frame, text: str, kind: str, *, address: str) -> TagSuggestion:
    """Put it into the queue, once: the same words again find the row that is there.

    Raises `NotTaken` for a tag that does not exist or fits already, `TooMany` when the address
    has sent its share of this hour.
    """
    tag = known_tag(text)
    if (tag in frame.labels) == (kind == TagSuggestion.Kind.MISSING):
        why = _("“%s” is there already.") if tag in frame.labels else _("“%s” is not there.")
        raise NotTaken(why % tag.replace("_", " "))
    sender = salted_hmac("frames.suggestions", address).hexdigest()
    recent = TagSuggestion.objects.filter(sender=sender, created__gt=timezone.now() - AN_HOUR)
    if recent.count() >= MOST_AN_HOUR:
        raise TooMany(_("Too many suggestions in one hour. Please go on later."))
    said = {"frame": frame, "tag": tag, "kind": kind}
    try:
        return TagSuggestion.objects.create(**said, sender=sender)
    except IntegrityError:
        return TagSuggestion.objects.get(**said)


def answer(suggestion: TagSuggestion, *, accepted: bool, by: str) -> None:
    """A curator's word on a suggestion: an accepted one becomes his verdict on the frame's tag."""
    if accepted:
        missing = suggestion.kind == TagSuggestion.Kind.MISSING
        verdict = CONFIRMED if missing else REJECTED
        save_verdicts(suggestion.frame, {suggestion.tag: verdict}, by=by)
    states = TagSuggestion.State
    suggestion.state = states.ACCEPTED if accepted else states.DECLINED
    suggestion.save(update_fields=["state"])


def reopen(suggestion: TagSuggestion, *, by: str) -> None:
    """Take a curator's answer back, with the verdict that it was."""
    if suggestion.state == TagSuggestion.State.ACCEPTED:
        take_back(suggestion.frame, suggestion.tag, by=by)
    suggestion.state = TagSuggestion.State.OPEN
    suggestion.save(update_fields=["state"])


def known_tag(text: str) -> str:
    """The vocabulary's name for what a reader wrote, who may use another name of it."""
    name = tag_name(text)
    if not name:
        raise NotTaken(_("Which tag?"))
    found = (
        Tag.objects.filter(name=name).first()
        or Tag.objects.filter(aliases__contains=[name]).first()
    )
    if found is None:
        raise NotTaken(_("There is no tag “%s”.") % text.strip())
    return found.name
