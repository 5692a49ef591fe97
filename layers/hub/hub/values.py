"""Immutable values, cheap to declare.

`@dataclass(frozen=True)` compiles six methods for each class whenever it is imported: 4 million
instructions, and every cold start of every function declares some forty of our values. Here they
inherit the same methods. Type checkers read a Value as the frozen, keyword-only dataclass that it
behaves as (https://typing.python.org/en/latest/spec/dataclasses.html#dataclass-transform).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, Never, Self, dataclass_transform

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Value:
    """Fields are what a subclass annotates, defaults what it assigns to them. `hidden` names those
    that `repr`, and with it logs and tracebacks, leave out.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _known: ClassVar[frozenset[str]] = frozenset()
    _hidden: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, *, hidden: tuple[str, ...] = ()) -> None:
        own = vars(cls)
        cls._fields = (*cls._fields, *cls.__annotations__)
        cls._known = frozenset(cls._fields)
        cls._hidden = cls._hidden.union(hidden)
        cls._defaults = {
            **cls._defaults,
            **{name: own[name] for name in cls.__annotations__ if name in own},
        }

    def __init__(self, **given: Any) -> None:
        values = self._defaults | given
        if values.keys() != self._known:
            wrong = ", ".join(sorted(values.keys() ^ self._known))
            raise TypeError(f"{type(self).__name__} lacks or does not have: {wrong}")
        vars(self).update(values)

    def __setattr__(self, name: str, value: Any) -> Never:
        raise AttributeError(f"{type(self).__name__}.{name} is immutable")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"{type(self).__name__}.{name} is immutable")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self._fields)))

    def __repr__(self) -> str:
        shown = (name for name in self._fields if name not in self._hidden)
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__name__}({fields})"

    def __replace__(self, **changes: Any) -> Self:
        return type(self)(**(vars(self) | changes))
