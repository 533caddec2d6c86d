"""The search box of the admin's list of frames: the site's query language comes in, pages of frames
of any status go out.

Visible frames are answered from the search index. The others are not in it: for them an index is
made for the occasion, and the same code evaluates the query on it.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from frames import search
from frames.index import Index
from frames.index_process import IndexNotReady, current
from frames.models import Frame
from frames.pages import Results
from frames.query import BadQuery, Query
from frames.rows import FRAMES, PROJECTION, row
from frames.terms import And, Node, Tag

MOST = 20_000  # frames that are not visible, searched at once; a tag in the query narrows them


class FrameList(ChangeList):
    """A page of what the query finds; what is wrong with a query is said above all frames."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query:
            return
        status = request.GET.get("status__exact") or str(Frame.Status.VISIBLE)
        rank = (self.page_num - 1) * self.list_per_page
        try:
            found = find(search.parse(self.query), status, rank=rank, limit=self.list_per_page)
        except BadQuery as error:
            messages.error(request, explained(self.query, error))
            return
        except IndexNotReady:
            messages.error(request, _("The search is not ready yet; these are all frames."))
            return
        frames = Frame.objects.in_bulk(found.ids)
        self.result_list = [frames[pk] for pk in found.ids if pk in frames]
        self.result_count = self.full_result_count = found.count
        self.paginator = Paginator(range(found.count), self.list_per_page)
        self.multi_page = found.count > self.list_per_page
        self.can_show_all = False


def find(query: Query, status: str, *, rank: int, limit: int) -> Results:
    """Raises `BadQuery` and `IndexNotReady`."""
    if status == Frame.Status.VISIBLE:
        return search.find(query, rank=rank, limit=limit)
    return search.find(query, rank=rank, limit=limit, index=_index(status, query))


def explained(text: str, error: BadQuery) -> SafeString:
    """What is wrong and where; with a link to what was probably meant."""
    place = "" if error.position is None else _("At character %d: ") % (error.position + 1)
    if error.position is None or not error.suggestion:
        return format_html("{}{}", place, error.reason)
    meant = text[: error.position] + text[error.position :].replace(error.term, error.suggestion, 1)
    address = "?" + urlencode({"q": meant})
    return format_html('{}{} <a href="{}">{}</a>', place, error.reason, address, meant)


def _index(status: str, query: Query) -> Index:
    """The newest frames of this status that can match, as if they were visible."""
    index = Index()
    index.vocabulary = current().vocabulary
    labels = [index.vocabulary.tag(tag.name) for tag in _needed(query.where)]
    narrowed: dict[str, Any] = {"labels": {"$all": labels}} if labels else {}
    documents = connection.get_collection(FRAMES).find({"status": status} | narrowed, PROJECTION)
    rows = (
        row(document | {"status": "visible"}) for document in documents.sort("_id", -1).limit(MOST)
    )
    index.apply(one for one in rows if one)
    return index


def _needed(node: Node | None) -> Iterable[Tag]:
    """Tags that every match is found by."""
    parts = node.parts if isinstance(node, And) else (node,)
    return [
        part
        for part in parts
        if isinstance(part, Tag) and "*" not in part.name and part.state != "rejected"
    ]
