"""The search language: a text comes in, a `Query` goes out; no database is asked.

    either := both ("|" both)*
    both   := moment+
    moment := one (("then:" | "near:") time one)*
    one    := "-" one | "(" either ")" | [(field | quoted) ":"] (word | quoted)

Words are tags. Those that mean something only together (`rainy weather`, a series' title) are one
term, if whoever asks says what there is. `order:` stands outside of all parentheses. The parser is
written by hand: it is no longer than a grammar with its error messages, and a query of 1,000
characters takes it two milliseconds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import takewhile

from frames.notation import text_of
from frames.terms import (
    And,
    BadQuery,
    Field,
    Node,
    Not,
    Or,
    Tag,
    Within,
    bounded_tag,
    milliseconds,
    tag_name,
    term,
)

__all__ = ["BadQuery", "Query", "parse", "render", "tag_name"]

ORDERS = ("new", "old", "timeline", "random", "score")
MAX_LENGTH = 2000
MAX_TERMS = 100
MAX_DEPTH = 20
MAX_WORDS = 8  # of a tag or a title that is not in quotation marks


@dataclass(frozen=True)
class Query:
    """What to find and in which order; the empty query finds every frame, newest first.

    `order` is one of `ORDERS` or empty: newest first, or the most similar ones first where the
    query says `similar:`. `seed` belongs to the random order; None lets whoever answers choose.
    `text` is what was asked, with words that belong together in quotation marks.
    """

    where: Node | None = None
    order: str = ""
    seed: int | None = None
    text: str = field(default="", compare=False)

    def narrowed(self, *nodes: Node) -> "Query":
        """The same query with further conditions."""
        parts = [self.where, *nodes] if self.where else list(nodes)
        return replace(self, where=all_of(parts) if parts else None)


def all_of(parts: list[Node]) -> Node:
    return _join(And, parts)


def any_of(parts: list[Node]) -> Node:
    return _join(Or, parts)


def _join(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """One node for the parts: no repetitions, no `And` within an `And`."""
    flat: dict[Node, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<symbol>[()|])
      | (?P<minus>-)(?=\S)
      | (?P<term>
          (?:(?:(?P<field>[^\s()|":<>=.*-][^\s()|":]*)|"(?P<name>[^"]*)"):(?=[^\s()|]))?
          (?:"(?P<quoted>[^"]*)"|(?P<word>(?!-)[^\s()|"]+(?:\([^\s()|"]*\)[^\s()|"]*)*)))
      | (?P<bad>\S+)
    )""",
    re.VERBOSE,
)


def parse(text: str, written: Callable[[str], str] = str) -> Query:
    """`'rain (smile | laugh) -night crying then:10s hug order:old'` -> `Query`.

    `written` says how the language writes a name of one or several words (`"rainy weather"`,
    `series:kazemachi-diary`), nothing for words that name nothing; without it each word is a tag.

    Raises `BadQuery`, with the place of the mistake, for whatever cannot be understood.
    """
    if len(text) > MAX_LENGTH:
        raise BadQuery("", f"A query may have {MAX_LENGTH:,} characters; this one is longer.")
    return _Parser(text.rstrip(), written).query()


class _Parser:
    def __init__(self, text: str, written: Callable[[str], str]):
        self.text = text
        self.written = written
        self.rewritten: list[tuple[int, int, str]] = []
        self.tokens = list(_TOKEN.finditer(text)) if text else []
        self.next = 0
        self.depth = 0
        self.order: tuple[str, int | None] | None = None
        for token in self.tokens:
            if token["bad"]:
                why = "nothing follows it" if token["bad"] == "-" else "a quotation mark is missing"
                raise BadQuery(token["bad"], f"I cannot read “{token['bad']}”: {why}.", _at(token))
        terms = [token for token in self.tokens if token["term"]]
        if len(terms) > MAX_TERMS:
            raise BadQuery(
                terms[MAX_TERMS]["term"],
                f"A query may have {MAX_TERMS} terms; this one has {len(terms)}.",
                _at(terms[MAX_TERMS]),
            )

    def query(self) -> Query:
        try:
            return self._query()
        except BadQuery as bad:  # the term as it was written
            written = {_at(token): token["term"] for token in self.tokens}
            bad.term = written.get(bad.position or 0) or bad.term
            raise

    def _query(self) -> Query:
        where = self.either()
        if token := self.peek():  # only a closing parenthesis stops `either` early
            raise BadQuery(")", "There is no “(” for this “)”.", _at(token))
        order, seed = self.order or ("", None)
        for start, end, text in reversed(self.rewritten):
            self.text = self.text[:start] + text + self.text[end:]
        return Query(where, order, seed, self.text)

    def peek(self) -> re.Match[str] | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def symbol(self) -> str:
        token = self.peek()
        return (token["symbol"] or "") if token else ""

    def either(self) -> Node | None:
        parts = [self.both()]
        while self.symbol() == "|":
            bar = self.tokens[self.next]
            self.next += 1
            parts.append(self.both())
            if parts[-1] is None or parts[0] is None:
                raise BadQuery("|", "“|” needs a term on both sides.", _at(bar))
        return any_of([part for part in parts if part]) if parts[0] else None

    def both(self) -> Node | None:
        parts: list[Node] = []
        while (token := self.peek()) and self.symbol() not in (")", "|"):
            if token["field"] and token["field"].lower() == "order":
                self.next += 1
                self.set_order(token)
            elif part := self.moment():
                parts.append(part)
        return scored(all_of(parts)) if parts else None

    def moment(self) -> Node | None:
        """One condition, or several in time; they group to the right: a then (b then c)."""
        first = self.one()
        token = self.peek()
        name = (token["field"] or "").lower() if token else ""
        if token is None or name not in ("then", "near"):
            return first
        self.next += 1
        try:
            distance = milliseconds(_value(token))
        except ValueError as error:
            reason = f"“{name}:” takes a time: write {name}:10s or {name}:1:30."
            raise BadQuery(token["term"], reason, _at(token)) from error
        self.enter(token)
        second = self.moment() if self.peek() and self.symbol() not in (")", "|") else None
        self.depth -= 1
        if first is None or second is None:
            raise BadQuery(token["term"], f"“{name}:” needs a term on both sides.", _at(token))
        _refuse_score(first, second)
        return Within(first, second, distance, later=name == "then")

    def one(self) -> Node | None:
        token = self.tokens[self.next]
        self.next += 1
        if token["minus"]:
            self.enter(token)
            following = self.peek()
            if following is None or following["symbol"] in (")", "|"):
                raise BadQuery("-", "“-” needs a term after it.", _at(token))
            part = self.one()
            self.depth -= 1
            if part is None:
                raise BadQuery("-", "“-” needs a term after it.", _at(token))
            _refuse_score(part)
            return part.part if isinstance(part, Not) else Not(part)
        if token["symbol"] == "(":
            self.enter(token)
            inside = self.either()
            self.depth -= 1
            if self.symbol() != ")":
                raise BadQuery("(", "This “(” is not closed.", _at(token))
            self.next += 1
            return inside
        return self.term(token)

    def term(self, token: re.Match[str]) -> Node | None:
        name, value = (token["field"] or "").lower(), _value(token)
        if name in ("then", "near"):
            raise BadQuery(token["term"], f"“{name}:” needs a term on both sides.", _at(token))
        if name == "order":
            raise BadQuery(token["term"], "“order:” stands by itself.", _at(token))
        if _is_bare(token):
            name, value = self.together(token)
        if not name and not tag_name(value):
            return None
        if token["name"] is not None:
            return bounded_tag(token["name"], value, _at(token), token["term"])
        return term(name, value, _at(token), token["term"])

    def together(self, token: re.Match[str]) -> tuple[str, str]:
        """Field and value of the most words from here on that have a meaning together only."""
        tokens = self.tokens[self.next - 1 : self.next - 1 + MAX_WORDS]
        words = [one["word"] for one in takewhile(_is_bare, tokens)]
        for count in range(len(words), 0, -1):
            text = self.written(" ".join(words[:count]))
            if text and (count == 1 or not all(self.written(word) for word in words[:count])):
                break
        else:
            return "", words[0]
        if text != words[0]:
            self.rewritten.append((_at(token), tokens[count - 1].end(), text))
        self.next += count - 1
        meant = _TOKEN.fullmatch(text)
        assert meant is not None
        return meant["field"] or "", _value(meant)

    def enter(self, token: re.Match[str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            reason = f"Parentheses and “-” may be nested {MAX_DEPTH} deep."
            raise BadQuery(token[0].strip(), reason, _at(token))

    def set_order(self, token: re.Match[str]) -> None:
        name, _, seed = _value(token).lower().partition(":")
        reason = ""
        if name not in ORDERS:
            reason = f"The orders are {', '.join(ORDERS)}."
        elif seed and (name != "random" or not re.fullmatch("[0-9]{1,9}", seed)):
            reason = "Only order:random takes a number, as in order:random:7."
        elif self.depth:
            reason = "“order:” stands outside of parentheses."
        elif self.order and self.order != (name, int(seed) if seed else None):
            reason = "A query has one order."
        if reason:
            raise BadQuery(token["term"], reason, _at(token))
        self.order = name, int(seed) if seed else None


def _value(token: re.Match[str]) -> str:
    return token["word"] if token["quoted"] is None else token["quoted"]


def _is_bare(token: re.Match[str]) -> bool:
    """Whether this is a word with nothing about it."""
    word = token["word"]
    return bool(word) and "*" not in word and token["field"] is None and token["name"] is None


def _at(token: re.Match[str]) -> int:
    return token.end() - len(token[0].lstrip())


def scored(where: Node | None) -> Node | None:
    """`score:` speaks of the tags beside it: the tree with their levels bounded."""
    parts: list[Node] = list(where.parts) if isinstance(where, And) else [where] if where else []
    scores = [part for part in parts if isinstance(part, Field) and part.name == "score"]
    if not scores:
        return where
    parts = [part for part in parts if part not in scores]
    if not any(isinstance(part, Tag) and not part.state for part in parts):
        _refuse_score(*scores)
    for score in scores:
        parts = [_bounded(part, score) if isinstance(part, Tag) else part for part in parts]
    return all_of(parts)


def _bounded(tag: Tag, score: Field) -> Tag:
    plain = tag.levels is None and not tag.state
    return replace(tag, levels=score.interval, value=score.value) if plain else tag


def _refuse_score(*nodes: Node) -> None:
    for node in nodes:
        if isinstance(node, Field) and node.name == "score":
            reason = "“score:” bounds the tags beside it: write crying score:>0.9 or crying:>0.9."
            raise BadQuery(f"score:{node.value}", reason, node.at)


def render(query: Query) -> str:
    """The canonical text of a query: `parse(render(query)) == query`."""
    parts = []
    if query.where is not None:
        parts.append(text_of(query.where, inside=False))
    if query.order:
        seed = f":{query.seed}" if query.seed is not None else ""
        parts.append(f"order:{query.order}{seed}")
    return " ".join(parts)
