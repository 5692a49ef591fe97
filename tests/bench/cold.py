"""Cold starts: instructions that valgrind's callgrind counts while a built handler is imported and
the clients it uses are made, over importing boto3 and making the same clients.

Wall-clock times of imports swing by a third from run to run; with PYTHONHASHSEED=0 the same code
takes the same instructions. Nothing is executed natively, so nothing else may share the count.
https://valgrind.org/docs/manual/cl-manual.html
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.bench.built import Artefacts, run
from tests.bench.figures import Figure, Figures

WEBHOOK_BUDGET = 1.10
LIST_BUDGET = 1.22
WORKER_BUDGET = 1.38
BODY_BUDGET = 1.55

PLAIN_WEBHOOKS = ("slack", "linear", "jira", "github", "zoom", "trello")
READING_WEBHOOKS = ("google", "microsoft", "asana", "notion")  # a subscription, for some requests

_COLLECTED = re.compile(r"Collected : (\d+)")
_AWS_CONFIG = """
import boto3
from botocore.config import Config
config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard"})
"""


@dataclass(frozen=True)
class Start:
    """What a function's first request needs: the clients it makes, and what else belongs to the
    floor of its budget. None of them and no boto3: the floor is the bare interpreter.
    """

    budget: float | None
    clients: tuple[str, ...] = ()
    library: str = ""
    boto3: bool = True


STARTS = {
    "authorizer": Start(LIST_BUDGET, library="jwt"),
    "list": Start(LIST_BUDGET, ("dynamodb",)),
    "callback": Start(WORKER_BUDGET, ("dynamodb", "kms", "ssm")),
    "disconnect": Start(WORKER_BUDGET, ("dynamodb", "kms")),
    "jobs_worker": Start(WORKER_BUDGET, ("dynamodb", "kms", "ssm")),
    "outbox": Start(WORKER_BUDGET, ("sqs",)),
    "access_token": Start(WORKER_BUDGET, ("dynamodb", "kms", "ssm")),
    "refresh": Start(WORKER_BUDGET, ("dynamodb", "kms", "ssm")),
    "refresh_worker": Start(WORKER_BUDGET, ("dynamodb", "kms", "ssm")),
    "refresh_dispatcher": Start(WORKER_BUDGET, ("dynamodb", "sqs")),
    "sync_worker": Start(WORKER_BUDGET, ("dynamodb", "kms", "ssm")),
    "sync_dispatcher": Start(WORKER_BUDGET, ("dynamodb", "sqs")),
    "records": Start(WORKER_BUDGET, ("dynamodb",)),
    "sync": Start(BODY_BUDGET, ("dynamodb",)),
    "sync_settings": Start(BODY_BUDGET, ("dynamodb",)),
    "connect": Start(BODY_BUDGET, ("dynamodb", "kms", "ssm")),
    "actions": Start(BODY_BUDGET, ("dynamodb", "kms", "ssm")),
    "webhook_worker": Start(WORKER_BUDGET, ("dynamodb",)),
    "webhook_dispatcher": Start(WORKER_BUDGET, ("dynamodb", "sqs")),
    "webhook_test": Start(WORKER_BUDGET, ("dynamodb", "ssm")),
    "operator": Start(None, ("dynamodb", "ssm")),
    **{f"webhooks/{name}": Start(WEBHOOK_BUDGET, ("sqs", "ssm")) for name in PLAIN_WEBHOOKS},
    **{
        f"webhooks/{name}": Start(WEBHOOK_BUDGET, ("sqs", "ssm", "dynamodb"))
        for name in READING_WEBHOOKS
    },
    "openapi": Start(None, boto3=False),
    "settings_page": Start(None, boto3=False),
}


def measure(artefacts: Artefacts) -> Figures:
    floors = {start: _floor_code(start) for start in STARTS.values()}
    with ThreadPoolExecutor(2) as pool:
        # Once without counting: the first import of all compiles what has no bytecode yet.
        for code in {*floors.values()}:
            run(artefacts.command(None, code), artefacts.environment(None))
        found = pool.map(lambda code: _count(artefacts, None, code), set(floors.values()))
        floor_of = dict(zip(set(floors.values()), found, strict=True))
        totals = pool.map(lambda name: _count(artefacts, name, _code(STARTS[name])), STARTS)
        return {
            name: _figures(start.budget, total, floor_of[floors[start]])
            for (name, start), total in zip(STARTS.items(), totals, strict=True)
        }


def _figures(budget: float | None, total: int, floor: int) -> Figures:
    return {
        "ratio": Figure(round(total / floor, 4), "of floor", budget, floor=1.0),
        "instructions": Figure(total, "instructions", floor=floor),
    }


def _floor_code(start: Start) -> str:
    if not start.boto3:
        return "pass"
    making = [f"boto3.client({service!r}, config=config)" for service in start.clients]
    return "\n".join([_AWS_CONFIG, *making, f"import {start.library}" if start.library else ""])


def _code(start: Start) -> str:
    getting = [f"runtime.aws({service!r})" for service in start.clients]
    return "\n".join(["import app", "from hub import runtime" if getting else "", *getting])


def _count(artefacts: Artefacts, function: str | None, code: str) -> int:
    ran = run(
        [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            *artefacts.command(function, code),
        ],
        {**artefacts.environment(function), "PYTHONHASHSEED": "0"},
    )
    found = _COLLECTED.search(ran.stderr)
    if found is None:
        raise RuntimeError(f"callgrind counted nothing:\n{ran.stderr}")
    return int(found[1])
