"""The terms of a query as the chips above its results: a query's text comes in, terms go out, each
with the texts of the queries without it and with it turned round.

It works on the text, not on the syntax tree, so that what the visitor typed stays as typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# A term is one word, with quotes inside it, or a group in brackets with its minus.
_TOKEN = re.compile(r'(?:"[^"]*"?|\((?:[^()"]|"[^"]*"?|\([^()]*\))*\)?|[^\s"(])+')
_JOINS = re.compile(r"(?:then|near):\S+")
_ORDER = "order:"
_PLAIN = re.compile(r"-?(?:(?P<field>[a-z]+):)?(?P<value>[^\s:()|]+)")


@dataclass(frozen=True)
class Term:
    """One term of a query. `field` and `value` are empty for what is more than `field:value`."""

    text: str
    negated: bool
    field: str
    value: str
    without: str
    turned: str

    @property
    def label(self) -> str:
        shown = self.value if self.field in ("", "character") and self.value else self.text
        return shown.removeprefix("-").replace("_", " ")


def split(text: str) -> list[str]:
    """`'rain (smile | laugh) crying then:10s hug'` has three terms: joined ones stay together.

    An alternative outside of brackets reaches over everything: `rain | snow night` is one term.
    """
    tokens = _TOKEN.findall(text)
    if "|" in tokens:
        order = [token for token in tokens if token.startswith(_ORDER)]
        return [f"({' '.join(token for token in tokens if token not in order)})", *order]
    terms: list[str] = []
    joined = False
    for token in tokens:
        joins = bool(_JOINS.fullmatch(token))
        if terms and (joins or joined):
            terms[-1] += f" {token}"
        else:
            terms.append(token)
        joined = joins
    return terms


def terms(text: str) -> list[Term]:
    """All terms but the order, which has a control of its own."""
    parts = split(text)
    return [_term(parts, at) for at, part in enumerate(parts) if not part.startswith(_ORDER)]


def with_term(text: str, term: str) -> str:
    """The query narrowed by `term`; its opposite, if the query has it, gives way."""
    opposite = term[1:] if term.startswith("-") else f"-{term}"
    kept = [part for part in split(text) if part not in (opposite, term)]
    return " ".join([*kept, term])


def in_order(text: str, order: str) -> str:
    """The query in another order; the usual order needs no word."""
    kept = [part for part in split(text) if not part.startswith(_ORDER)]
    return " ".join([*kept, _ORDER + order] if order else kept)


def _term(parts: Sequence[str], position: int) -> Term:
    text = parts[position]
    before, after = parts[:position], parts[position + 1 :]
    negated = text.startswith("-")
    turned = text[1:] if negated else f"-{text}" if _is_one(text) else f"-({text})"
    plain = _PLAIN.fullmatch(text.replace('"', ""))
    quoted = re.fullmatch(r'-?"([^"]*)"', text)
    return Term(
        text=text,
        negated=negated,
        field=(plain["field"] or "") if plain else "",
        value=plain["value"] if plain else "_".join(quoted[1].split()) if quoted else "",
        without=" ".join([*before, *after]),
        turned=" ".join([*before, turned, *after]),
    )


def _is_one(text: str) -> bool:
    """Whether a minus before it turns all of it: one token, brackets or quotes included."""
    return len(_TOKEN.findall(text)) == 1
