"""A syntax tree comes in, its canonical text goes out: what `frames.query.parse` reads back."""

import re

from frames.terms import FIELDS, And, Node, Not, Or, Tag, Within

RESERVED = (*FIELDS, "order", "then", "near")


def text_of(node: Node, *, inside: bool = True) -> str:
    """`inside` something that binds more closely than a row of words, it gets parentheses."""
    if isinstance(node, And):
        text = " ".join(text_of(part, inside=not isinstance(part, Within)) for part in node.parts)
    elif isinstance(node, Or):
        text = " | ".join(text_of(part, inside=isinstance(part, Or)) for part in node.parts)
        inside = True
    elif isinstance(node, Within):
        word = "then" if node.later else "near"
        seconds = f"{node.milliseconds / 1000:.3f}".rstrip("0").rstrip(".") + "s"
        second = text_of(node.second, inside=not isinstance(node.second, Within))
        text = f"{text_of(node.first)} {word}:{seconds} {second}"
    elif isinstance(node, Not):
        return f"-{text_of(node.part)}"
    elif isinstance(node, Tag):
        return _tag_text(node)
    else:
        return f"{node.name}:{_quoted(node.value, after_field=True)}"
    return f"({text})" if inside else text


def _tag_text(tag: Tag) -> str:
    bound = f":{tag.value or tag.state}" if tag.levels or tag.state else ""
    if tag.category:
        return f"{tag.category}:{_quoted(tag.name + bound, after_field=True)}"
    if bound and (tag.name in RESERVED or not re.fullmatch(r'[^\W\d][^\s()|":]*', tag.name)):
        return f'"{tag.name}"{bound}'
    return f"{_quoted(tag.name)}{bound}"


def _quoted(value: str, *, after_field: bool = False) -> str:
    plain = re.fullmatch(r'[^\s()|"-][^\s()|"]*', value) and (after_field or ":" not in value)
    return value if plain else f'"{value}"'
