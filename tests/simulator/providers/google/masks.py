"""Masks of fields, as Google's APIs take them: `id,owners(displayName)`."""

import re
from typing import Any

type Mask = dict[str, "Mask"]

_TOKEN = re.compile(r"[A-Za-z0-9_*]+|[(),]")


class BadMask(ValueError):
    """A mask that cannot be read, or names what there is not."""


def parsed(text: str) -> Mask:
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text or not tokens:
        raise BadMask(text)
    mask, rest = _list(tokens)
    if rest:
        raise BadMask(text)
    return mask


def applied(mask: Mask, content: Any) -> Any:
    """Give of an object, or of each in a list, what the mask names; all of what it names whole."""
    if not mask:
        return content
    if isinstance(content, list):
        return [applied(mask, each) for each in content]
    if not isinstance(content, dict):
        return content
    return {name: applied(mask[name], content[name]) for name in content if name in mask}


def check(mask: Mask, known: Mask) -> None:
    """Raise BadMask for a name that is not among the known; what is known whole, has no names."""
    for name, inner in mask.items():
        if name not in known:
            raise BadMask(name)
        if inner:
            check(inner, known[name])


def _list(tokens: list[str]) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        if not tokens or not tokens[0][0].isalnum():
            raise BadMask(tokens)
        name, tokens = tokens[0], tokens[1:]
        mask[name] = {}
        if tokens[:1] == ["("]:
            mask[name], tokens = _list(tokens[1:])
            if tokens[:1] != [")"]:
                raise BadMask(tokens)
            tokens = tokens[1:]
        if tokens[:1] != [","]:
            return mask, tokens
        tokens = tokens[1:]
