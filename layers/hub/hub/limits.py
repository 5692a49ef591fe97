"""Limits of what people may send, declared beside the types.

pydantic understands them as those of annotated_types, whose protocol for groups they follow
(https://github.com/annotated-types/annotated-types#groupedmetadata). Importing that costs 40
million instructions, so only who reads the limits does: the functions that take bodies.
"""

from collections.abc import Iterator
from typing import Any, Final


class Len:
    """Between `shortest` and `longest` characters or items."""

    __is_annotated_types_grouped_metadata__: Final = True

    def __init__(self, shortest: int, longest: int) -> None:
        self.shortest = shortest
        self.longest = longest

    def __iter__(self) -> Iterator[Any]:
        import annotated_types  # noqa: PLC0415

        yield from annotated_types.Len(self.shortest, self.longest)


class Interval:
    """A number from `ge` to `le`."""

    __is_annotated_types_grouped_metadata__: Final = True

    def __init__(self, *, ge: int, le: int) -> None:
        self.ge = ge
        self.le = le

    def __iter__(self) -> Iterator[Any]:
        import annotated_types  # noqa: PLC0415

        yield from annotated_types.Interval(ge=self.ge, le=self.le)
