"""`make bench`: measure, print a table, write build/bench.json. A missed budget is no failure."""

import json
import os

from tests.bench import cold, cost, figures, sealing, sizes, warm
from tests.conftest import ENVIRONMENT
from tests.template import ROOT


def main() -> None:
    os.environ.update(ENVIRONMENT)
    measured: figures.Figures = {
        "requests": warm.requests(),
        "cpu": warm.cpu(),
        "sealing": sealing.measure(),
        "layers": sizes.layers(),
        "memory": sizes.memory(),
        "idle cost": cost.measure(),
        "cold init": cold.measure(),
    }
    print(figures.table(measured))
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(figures.as_json(measured), indent=2) + "\n", encoding="utf-8")


main()
