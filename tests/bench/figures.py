"""A measured figure beside its budget, the table of all of them, and build/bench.json.

Lower is always better. `floor` is what the same thing costs without any code of ours, measured in
the same run and in the same unit; a figure without a budget is there to be watched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MARK = {True: "OVER", False: ""}


@dataclass(frozen=True)
class Figure:
    value: float
    unit: str
    budget: float | None = None
    floor: float | None = None

    @property
    def over(self) -> bool:
        return self.budget is not None and self.value > self.budget

    def to_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "budget": self.budget,
            "floor": self.floor,
            "unit": self.unit,
        }


type Figures = Mapping[str, Figure | Figures]


def to_json(figures: Figures) -> dict[str, Any]:
    return {
        name: each.to_json() if isinstance(each, Figure) else to_json(each)
        for name, each in figures.items()
    }


def flattened(figures: Figures, above: str = "") -> Iterator[tuple[str, Figure]]:
    for name, each in figures.items():
        path = f"{above}{name}"
        if isinstance(each, Figure):
            yield path, each
        else:
            yield from flattened(each, f"{path}.")


def table(figures: Figures) -> str:
    head = ("what", "value", "budget", "floor", "unit", "")
    rows = [
        (path, _number(each.value), _number(each.budget), _number(each.floor), each.unit, mark)
        for path, each in flattened(figures)
        for mark in [_MARK[each.over]]
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(_line(row, widths) for row in (head, *rows))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    """Set names to the left, numbers to the right."""
    numbers = range(1, 4)
    cells = [
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.1f}"
