"""An endpoint comes in; its operation in the OpenAPI document goes out.

Everything is read from what the view really uses (its `parameters`, its docstring, the shape of
its answer), so that the document cannot say anything else.
"""

import re
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from frames.api.parameters import described

PROBLEM = "application/problem+json"
_HEADERS = {
    "RateLimit": ("How many requests are left, and for how many seconds.", [200, 429]),
    "RateLimit-Policy": ("How many requests are allowed in how many seconds.", [200, 429]),
    "ETag": ("For `If-None-Match`: an answer that has not changed is not sent again.", [200]),
    "Retry-After": ("Seconds until it is worth while to ask again.", [429, 503]),
}


class ApiSchema(AutoSchema):
    """Describes an `ApiView`."""

    def get_operation_id(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()

    def get_summary(self) -> str:
        return re.split(r"[:.]", self.get_description())[0].replace("\n", " ")

    def get_description(self) -> str:
        return " ".join((type(self.view).__doc__ or "").split())

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.rpartition(".")[2]]

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # the shapes of the answers are whole, pages included

    def get_override_parameters(self) -> list[Any]:
        headers = [
            OpenApiParameter(name, str, "header", description=text, response=statuses)
            for name, (text, statuses) in _HEADERS.items()
            if name != "ETag" or self.view.cacheable
        ]
        return [*described(self.view.parameters), *headers]

    def get_request_serializer(self) -> Any:
        return self.view.body

    def get_response_serializers(self) -> dict[Any, Any]:
        from frames.api.schema import Problem

        answers: dict[Any, Any] = {(200, self.view.media_type): self.view.answers}
        if self.view.cacheable:
            answers[304] = OpenApiResponse(None, "The client has it already.")
        if self.view.redirects:
            answers[302] = OpenApiResponse(None, self.view.redirects)
        if self.view.parameters:
            answers[414] = OpenApiResponse(None, "The address is longer than 8190 bytes.")
        problems = [*self.view.problems, *([404] if "{" in self.path else [])]
        for status in sorted(problems):
            text = HTTPStatus(status).phrase
            answers[status, PROBLEM] = OpenApiResponse(Problem, text)
        return answers

    def get_examples(self) -> list[OpenApiExample]:
        if self.view.example is None:
            return []
        return [OpenApiExample("An answer", self.view.example, response_only=True)]
