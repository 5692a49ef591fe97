"""Cold starts in instructions, by callgrind, of the built artefacts with their bytecode.

Wall-clock swings by a third from run to run; instructions are the same twice. Each function is
compared with importing boto3 and making the same clients, in the same run.
"""

import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests import template
from tests.artefacts.check import BUILD, _link_runtime
from tests.bench.figures import Figure, Figures

CLIENTS = {
    "authorizer": ("ssm",),
    "connect": ("dynamodb", "kms", "ssm"),
    "callback": ("dynamodb", "kms", "ssm"),
    "disconnect": ("dynamodb", "kms"),
    "list": ("dynamodb", "ssm"),
    "actions": ("dynamodb", "kms", "ssm"),
    "jobs_worker": ("dynamodb", "kms", "ssm", "sqs"),
    "outbox": ("sqs",),
}
BUDGETS = {
    "authorizer": 1.22,
    "connect": 1.55,
    "callback": 1.38,
    "disconnect": 1.38,
    "list": 1.22,
    "actions": 1.55,
    "jobs_worker": 1.38,
    "outbox": 1.38,
}
FLOOR = "import boto3\nfor service in {clients!r}: boto3.client(service)"
JWT_FLOOR = "import jwt, jwt.algorithms\n" + FLOOR
HANDLER = "import app\nfrom hub import runtime\nfor service in {clients!r}: runtime.aws(service)"


def measure() -> Figures:
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as runtime:
        _link_runtime(Path(runtime))
        for name, clients in CLIENTS.items():
            floor_code = JWT_FLOOR if name == "authorizer" else FLOOR
            floor = _instructions(floor_code.format(clients=clients), None, runtime)
            value = _instructions(HANDLER.format(clients=clients), name, runtime)
            figures[name] = Figure(
                round(value / floor, 3), "instructions over floor", BUDGETS[name], floor
            )
        static = ("settings_page", "openapi")
        figures |= {
            name: Figure(_instructions("import app", name, runtime), "instructions")
            for name in static
        }
    return figures


@cache
def _instructions(code: str, function: str | None, runtime: str) -> int:
    folders = [BUILD / "DependenciesLayer" / "python", BUILD / "HubLayer" / "python", runtime]
    logical_ids = template.function_names()
    environment = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    if function:
        folders.insert(0, BUILD / logical_ids[function])
        environment |= template.example_environment(template.functions()[logical_ids[function]])
    environment |= {
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "0",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    ran = subprocess.run(
        [
            *("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"),
            *(sys.executable, "-s", "-S", "-P", "-c"),
            f"import sys\nsys.path[:0] = {[*map(str, folders)]!r}\n{code}",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    return int(re.search(r"Collected : (\d+)", ran.stderr).group(1))
