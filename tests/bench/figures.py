"""A measured figure: its value, the budget it should meet, the floor it is compared with."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Lower is better, always. `budget` None: measured for the record only."""

    value: float
    unit: str
    budget: float | None = None
    floor: float | None = None

    @property
    def over(self) -> bool:
        return self.budget is not None and self.value > self.budget


type Figures = dict[str, "Figure | Figures"]


def as_json(figures: Figures) -> dict[str, Any]:
    return {
        name: {key: asdict(each)[key] for key in ("value", "budget", "floor", "unit")}
        if isinstance(each, Figure)
        else as_json(each)
        for name, each in figures.items()
    }


def rows(figures: Figures, path: tuple[str, ...] = ()) -> list[tuple[str, Figure]]:
    found: list[tuple[str, Figure]] = []
    for name, each in figures.items():
        if isinstance(each, Figure):
            found.append((" / ".join((*path, name)), each))
        else:
            found += rows(each, (*path, name))
    return found


def table(figures: Figures) -> str:
    lines = [f"{'figure':<46}{'value':>14}{'budget':>12}{'floor':>16}  unit"]
    for name, figure in rows(figures):
        budget = "" if figure.budget is None else f"{figure.budget:g}"
        floor = "" if figure.floor is None else f"{figure.floor:g}"
        mark = "  OVER BUDGET" if figure.over else ""
        lines.append(f"{name:<46}{figure.value:>14.4g}{budget:>12}{floor:>16}  {figure.unit}{mark}")
    return "\n".join(lines)
