"""Layer sizes as deployed, and each function's peak memory for one event."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests import template
from tests.artefacts.check import BUILD
from tests.bench.figures import Figure, Figures

MEGABYTE = 1_000_000
LAYERS = {"DependenciesLayer": 48, "HubLayer": 1}
MEMORY_BUDGET = 256


def layers() -> Figures:
    return {
        name: Figure(round(_size(BUILD / name) / MEGABYTE, 2), "MB unzipped", budget)
        for name, budget in LAYERS.items()
    }


def memory() -> Figures:
    """Peak resident memory of a fresh process that imports the handler and makes its clients."""
    return {
        name: Figure(_peak(name), "MB", MEMORY_BUDGET) for name in sorted(template.function_names())
    }


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _peak(function: str) -> float:
    from tests.bench.cold import CLIENTS

    logical_id = template.function_names()[function]
    paths = [BUILD / logical_id, BUILD / "DependenciesLayer/python", BUILD / "HubLayer/python"]
    clients = CLIENTS.get(function, ())
    make = f"from hub import runtime\nfor each in {clients!r}: runtime.aws(each)" if clients else ""
    code = (
        f"import sys\nsys.path[:0] = {[*map(str, paths)]!r}\nimport app\n{make}\n"
        "print(open('/proc/self/status').read())"
    )
    environment = template.example_environment(template.functions()[logical_id])
    environment |= {"AWS_DEFAULT_REGION": "eu-west-1", "PATH": os.environ["PATH"]}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    # Not ru_maxrss: a child inherits its parent's.
    kilobytes = int(re.search(r"VmHWM:\s+(\d+) kB", ran.stdout).group(1))
    return round(kilobytes * 1024 / MEGABYTE, 1)
