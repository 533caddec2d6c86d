"""The shapes of the API's answers, for the OpenAPI document: nothing here runs on a request.

The serializers only describe; tests hold every answer against them.
"""

from rest_framework import serializers as s

from frames.models import FrameTag, TagCategory
from frames.picture_search import CERTAIN, LIKELY, NOT_FOUND


class Problem(s.Serializer):
    """RFC 9457. `errors` names the parameters or form fields at fault; for a mistake in a query
    `term` is the part at fault and `suggestion` what was probably meant."""

    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField(allow_blank=True)
    errors = s.DictField(child=s.ListField(child=s.CharField()), required=False)
    term = s.CharField(required=False)
    position = s.IntegerField(required=False)
    suggestion = s.CharField(required=False)
    progress = s.FloatField(required=False, help_text="How much is done, 0 to 1.")


class SeriesName(s.Serializer):
    slug = s.CharField()
    title = s.CharField()


class Frame(s.Serializer):
    id = s.IntegerField(help_text="Stays the same for ever.")
    series = SeriesName()
    season = s.IntegerField()
    episode = s.IntegerField()
    time = s.FloatField(help_text="Seconds from the beginning of the episode.")
    shot = s.IntegerField(help_text="Number of the shot in the episode.")
    tags = s.ListField(child=s.CharField())
    text = s.CharField(allow_blank=True, help_text="Subtitle on screen.")
    chapter = s.CharField(
        allow_blank=True, help_text="“opening”, “ending”, or as the file calls its chapter."
    )
    url = s.URLField(help_text="The frame's page.")
    image = s.URLField()
    thumbnail = s.URLField(help_text="At most 320 pixels wide, WebP.")
    width = s.IntegerField()
    height = s.IntegerField()


class Page(s.Serializer):
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)


class FramePage(Page):
    count = s.IntegerField(help_text="Exact.")
    results = Frame(many=True)


class Thumbnail(s.Serializer):
    width = s.IntegerField()
    webp = s.URLField()
    avif = s.URLField()


class Provenance(s.Serializer):
    tag = s.CharField()
    state = s.ChoiceField(FrameTag.State.choices)
    score = s.FloatField(help_text="The tagger's confidence, 0 to 1.")
    tagger = s.CharField(help_text="“curator” where a person said it first.")
    version = s.CharField(allow_blank=True)


class Duplicate(s.Serializer):
    id = s.IntegerField()
    series = SeriesName()
    season = s.IntegerField()
    episode = s.IntegerField()
    time = s.FloatField()
    image = s.URLField()


class FrameWithTags(Frame):
    bytes = s.IntegerField(help_text="Size of the image.")
    sha256 = s.CharField(help_text="Of the image.")
    placeholder = s.CharField(help_text="A tiny picture as a `data:` address.")
    thumbnails = Thumbnail(many=True)
    provenance = Provenance(many=True)
    previous = s.IntegerField(allow_null=True, help_text="Id of the frame before in the episode.")
    next = s.IntegerField(allow_null=True, help_text="Id of the frame after it.")
    duplicates = Duplicate(many=True)


class Frames(s.Serializer):
    results = Frame(many=True)


class ScoredFrame(Frame):
    score = s.FloatField(help_text="0 to 1.")


class ScoredFrames(s.Serializer):
    results = ScoredFrame(many=True)


class CountedFrames(s.Serializer):
    count = s.IntegerField(help_text="Frames they were drawn from.")
    results = Frame(many=True)


class FacetValue(s.Serializer):
    value = s.CharField()
    label = s.CharField()
    count = s.IntegerField()


class Facet(s.Serializer):
    name = s.CharField(help_text="“series”, or a category of tags.")
    exact = s.BooleanField()
    values = FacetValue(many=True)


class Facets(s.Serializer):
    count = s.IntegerField()
    facets = Facet(many=True)


class Series(SeriesName):
    alternative_titles = s.ListField(child=s.CharField())
    year = s.IntegerField(allow_null=True)
    frames = s.IntegerField(help_text="How many can be seen.")


class SeriesPage(Page):
    results = Series(many=True)


class Episode(s.Serializer):
    id = s.CharField()
    series = SeriesName()
    season = s.IntegerField()
    number = s.IntegerField()
    title = s.CharField(allow_blank=True)
    duration = s.FloatField(allow_null=True, help_text="Seconds.")
    fps = s.FloatField(allow_null=True)
    width = s.IntegerField(allow_null=True)
    height = s.IntegerField(allow_null=True)
    frames = s.IntegerField(help_text="Kept of this episode.")
    duplicates = s.IntegerField()


class EpisodePage(Page):
    results = Episode(many=True)


class TagEntry(s.Serializer):
    name = s.CharField()
    category = s.ChoiceField(TagCategory.choices)
    description = s.CharField(allow_blank=True)
    aliases = s.ListField(child=s.CharField())
    count = s.IntegerField(help_text="Frames that have it.")


class TagPage(Page):
    results = TagEntry(many=True)


class RelatedTag(s.Serializer):
    name = s.CharField()
    similarity = s.FloatField(help_text="Cosine of the two tags' frames, 0 to 1.")
    count = s.IntegerField(help_text="Frames that have both.")


class Precision(s.Serializer):
    """Of the suggestions that curators have judged, how many were right."""

    confirmed = s.IntegerField()
    rejected = s.IntegerField()
    value = s.FloatField(allow_null=True)


class TagWithRelations(TagEntry):
    related = RelatedTag(many=True)
    precision = Precision()


class Suggestion(s.Serializer):
    name = s.CharField()
    category = s.CharField()
    count = s.IntegerField()
    alias = s.CharField(allow_blank=True, help_text="The other name that matched.")
    kind = s.ChoiceField(["tag", "series"])


class Suggestions(s.Serializer):
    results = Suggestion(many=True)


class Moment(s.Serializer):
    series = SeriesName()
    season = s.IntegerField()
    episode = s.IntegerField()
    time = s.FloatField()


class PictureMatch(ScoredFrame):
    mirrored = s.BooleanField()
    moment = Moment(help_text="When the picture is seen, maybe of a duplicate of the frame.")


class PictureResult(s.Serializer):
    verdict = s.ChoiceField(
        [CERTAIN, LIKELY, NOT_FOUND],
        help_text="Of the first result; after “not found” the results are only lookalikes.",
    )
    results = PictureMatch(many=True)


SCREENSHOT = {
    "type": "object",
    "properties": {
        "image": {
            "type": "string",
            "format": "binary",
            "description": "JPEG, PNG, WebP, AVIF, GIF or BMP of up to 10 MB, not animated.",
        }
    },
    "required": ["image"],
    "additionalProperties": False,
}
SERIES_NAME = {"slug": "kazemachi-diary", "title": "Kazemachi Diary"}
FRAME = {
    "id": 1702,
    "series": SERIES_NAME,
    "season": 1,
    "episode": 2,
    "time": 41.625,
    "shot": 17,
    "tags": ["crying", "rain", "1girl"],
    "text": "",
    "chapter": "opening",
    "url": "https://anipic.example/frames/1702/",
    "image": "https://anipic.example/media/frames/5b/5b0f.webp",
    "thumbnail": "https://anipic.example/media/thumbnails/5b/5b0f-320.webp",
    "width": 1280,
    "height": 720,
}
PAGE = {
    "count": 812,
    "next": "https://anipic.example/api/v1/frames/?q=crying&cursor=a1702",
    "previous": None,
    "results": [FRAME],
}
MATCH = {
    **FRAME,
    "score": 0.94,
    "mirrored": False,
    "moment": {"series": SERIES_NAME, "season": 1, "episode": 2, "time": 41.625},
}

FACETS = {
    "count": 812,
    "facets": [
        {
            "name": "emotion",
            "exact": True,
            "values": [{"value": "crying", "label": "crying", "count": 812}],
        }
    ],
}
SERIES = {**SERIES_NAME, "alternative_titles": ["風待ち日記"], "year": 2026, "frames": 129}
TAG = {
    "name": "crying",
    "category": "emotion",
    "description": "Tears run or stand in the eyes.",
    "aliases": ["tears"],
    "count": 812,
    "related": [{"name": "rain", "similarity": 0.31, "count": 240}],
    "precision": {"confirmed": 45, "rejected": 5, "value": 0.9},
}
SUGGESTIONS = {
    "results": [
        {"name": "smile", "category": "emotion", "count": 950, "alias": "smiling", "kind": "tag"}
    ]
}
