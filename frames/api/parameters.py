"""Query parameters come in as text; checked values, or a problem that names the parameter, go out.

Each endpoint declares its parameters once: they are what it accepts, anything else is refused, and
the OpenAPI document is written from them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import django_filters
from django.http import HttpRequest, QueryDict
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.exceptions import ValidationError

from frames.filters import FrameFilter

MAX_LIMIT = 100
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Text:
    """A text of up to `longest` characters which matches `pattern` as a whole, if there is one."""

    name: str
    description: str
    longest: int = 200
    pattern: str = ""
    choices: tuple[str, ...] = ()
    example: str = ""
    default = ""

    def read(self, value: str) -> str:
        if len(value) > self.longest:
            raise ValueError(f"Ensure this value has at most {self.longest} characters.")
        if self.choices and value not in self.choices:
            raise ValueError(f"“{value}” is not one of {', '.join(self.choices)}.")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise ValueError(f"“{value}” is not what an earlier answer gave.")
        return value

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        if self.pattern:
            schema["pattern"] = f"^{self.pattern}$"
        if self.choices:
            schema["enum"] = list(self.choices)
        return schema


@dataclass(frozen=True)
class Number:
    """A whole number, or with `whole=False` a decimal one, from `low` to `high`."""

    name: str
    description: str
    low: int
    high: int
    default: int | None = None
    whole: bool = True
    example: str = ""

    def read(self, value: str) -> int | float:
        pattern = r"-?[0-9]{1,18}" if self.whole else r"-?[0-9]{1,18}(\.[0-9]{1,18})?"
        if not re.fullmatch(pattern, value):
            raise ValueError(f"“{value}” is not a {'whole ' if self.whole else ''}number.")
        number = int(value) if self.whole else float(value)
        if not self.low <= number <= self.high:
            raise ValueError(f"{value} is not between {self.low} and {self.high}.")
        return number

    def schema(self) -> dict[str, Any]:
        kind = "integer" if self.whole else "number"
        schema: dict[str, Any] = {"type": kind, "minimum": self.low, "maximum": self.high}
        if self.default is not None:
            schema["default"] = self.default
        return schema


Parameter = Text | Number

LIMIT = Number("limit", "How many results at most.", 1, MAX_LIMIT, 40, example="10")


def cursor(pattern: str) -> Text:
    return Text("cursor", "A place in the list: `next` or `previous` has it.", 200, pattern)


def _filter_parameter(name: str, filter: django_filters.Filter) -> Parameter:
    label = f"{str(filter.label)[:1].upper()}{str(filter.label)[1:]}."
    if isinstance(filter, django_filters.ChoiceFilter):
        return Text(name, label, choices=tuple(value for value, _ in filter.extra["choices"]))
    if isinstance(filter, django_filters.NumberFilter):
        low, high = filter.extra["min_value"], filter.extra["max_value"]
        return Number(name, label, low, high, whole=name == "seed")
    return Text(name, label, filter.extra.get("max_length") or 500)


FILTERS: tuple[Parameter, ...] = tuple(
    _filter_parameter(name, filter) for name, filter in FrameFilter.base_filters.items()
)


def read(request: HttpRequest, parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The values of these parameters, defaults filled in.

    Raises `ValidationError` for unknown, repeated and ill-formed ones, and for a query string that
    is not UTF-8.
    """
    known = {parameter.name: parameter for parameter in parameters}
    check_encoding(request)
    given: QueryDict = request.GET
    errors: dict[str, list[str]] = {}
    for name in given:
        if name not in known:
            errors[name] = [f"There is no parameter “{name}”; try {', '.join(known) or 'none'}."]
        elif len(given.getlist(name)) > 1:
            errors[name] = ["This parameter is given more than once."]
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        try:
            values[name] = parameter.read(given[name]) if name in given else parameter.default
        except ValueError as error:
            errors.setdefault(name, [str(error)])
    if errors:
        raise ValidationError(errors)
    return values


def check_encoding(request: HttpRequest) -> None:
    """Django would read bytes that are not UTF-8 as question marks."""
    for part in request.META.get("QUERY_STRING", "").split("&"):
        try:
            text = unquote_to_bytes(part.replace("+", " ")).decode()
        except UnicodeDecodeError as error:
            name = unquote_to_bytes(part.partition("=")[0]).decode(errors="replace")
            raise ValidationError({name: ["This is not UTF-8."]}) from error
        if "\x00" in text:
            raise ValidationError({text.partition("=")[0]: ["Null characters are not allowed."]})


def described(parameters: Iterable[Parameter]) -> list[OpenApiParameter]:
    """The same parameters for the OpenAPI document."""
    return [
        OpenApiParameter(
            parameter.name,
            parameter.schema(),
            description=parameter.description,
            examples=[OpenApiExample(parameter.example, value=_typed(parameter))]
            if parameter.example
            else None,
        )
        for parameter in parameters
    ]


def _typed(parameter: Parameter) -> Any:
    return parameter.read(parameter.example)
