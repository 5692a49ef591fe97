"""`make bench`: measures what was built against the budgets of the contract, prints a table and
writes build/bench.json. A missed budget is a finding and no failure: it exits 0 when it measured.
"""

import json
import sys
from collections.abc import Iterator

from tests import template
from tests.artefacts.check import BUILD
from tests.bench import cold, cost, deliveries, listing, operations, sealing, token_read
from tests.bench.built import artefacts, layer_names
from tests.bench.figures import Figure, Figures, flattened, table, to_json

RESULT = template.ROOT / "build" / "bench.json"
LAYER_BUDGETS = {"DependenciesLayer": 48, "HubLayer": 1}
IDLE_BUDGET = 3.50


def main() -> int:
    with artefacts() as built:
        _say("Counting AWS requests and memory ...")
        requests, memory = operations.measure(built)
        _say("Timing ...")
        warm = {
            f"list_of_{listing.COUNT}": listing.measure(built),
            "token": token_read.measure(built),
            "webhook": deliveries.measure(built),
        }
        sealed = sealing.measure()
        _say("Counting instructions of cold starts ...")
        starts = cold.measure(built)
    figures = {
        "cold_init": starts,
        "aws_requests": requests,
        "warm_cpu": warm,
        "sealing": sealed,
        "memory": memory,
        "layers": dict(_layers()),
        "idle_cost": _idle_cost(),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(to_json(figures), indent=1, ensure_ascii=False) + "\n")
    print(table(figures))
    over = [path for path, figure in flattened(figures) if figure.over]
    print(f"\nOver budget: {', '.join(over) or 'nothing'}. Written to {RESULT.name}.")
    return 0


def _layers() -> Iterator[tuple[str, Figure]]:
    for name in layer_names():
        size = sum(path.stat().st_size for path in (BUILD / name).rglob("*") if path.is_file())
        yield name, Figure(round(size / 1e6, 2), "MB", LAYER_BUDGETS.get(name))


def _idle_cost() -> Figures:
    items = cost.idle_cost(template.load())
    unit = "USD a month"
    return {
        "sum": Figure(round(sum(items.values()), 2), unit, IDLE_BUDGET),
        "rotations_of_keys": Figure(cost.rotation_cost(template.load()), unit),
        **{name: Figure(price, unit) for name, price in items.items()},
    }


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
