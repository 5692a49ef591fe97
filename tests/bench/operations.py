"""What operations take in the processes that serve them: AWS requests when warm, peak memory."""

import time
from collections.abc import Iterator, Mapping

import jwt

from tests.bench.account import JWT_SECRET, account
from tests.bench.built import Artefacts
from tests.bench.containers import Containers, Took, containers
from tests.bench.figures import Figure, Figures
from tests.conftest import ENVIRONMENT
from tests.functional.journey import Journey, result
from tests.template import function_names

MEBIBYTE = 1024 * 1024
MEMORY_BUDGET = 256
APART = ("ssm", "kms")
REQUEST_BUDGETS = {"connect": 1, "callback": 4, "list": 1}
WORKSPACES = ("Globex", "Initech")
MESSAGE = {"channel": "#general", "text": "Hello"}


def measure(artefacts: Artefacts) -> tuple[Figures, Figures]:
    """Give AWS requests by operation and memory by function."""
    with account() as aws, containers(artefacts, aws.environment) as functions:
        journey = Journey(functions, aws.simulator)
        for workspace in WORKSPACES:  # cold, then warm: the second round counts
            took = dict(_round(journey, functions, workspace))
        memory = {name: functions.took[name].peak for name in function_names()}
    counted = {name: each.requests for name, each in took.items() if each.requests}
    requests = {name: _requests(name, counts) for name, counts in counted.items()}
    return requests, {name: _memory(peak) for name, peak in sorted(memory.items())}


def _requests(operation: str, counts: Mapping[str, int]) -> Figures:
    counted = sum(count for service, count in counts.items() if service not in APART)
    return {
        "requests": Figure(counted, "AWS requests", REQUEST_BUDGETS.get(operation)),
        **{each: Figure(counts[each], "AWS requests") for each in APART if each in counts},
    }


def _memory(peak: int) -> Figure:
    return Figure(round(peak / MEBIBYTE, 1), "MiB", MEMORY_BUDGET)


def _round(journey: Journey, functions: Containers, workspace: str) -> Iterator[tuple[str, Took]]:
    """Do everything once for one workspace; name each operation and give what it took."""
    assert functions.invoke("authorizer", _authorization())["isAuthorized"]
    yield "authorizer", functions.took["authorizer"]
    started = journey.start()
    yield "connect", functions.took["connect"]
    back = journey.consent(started, workspace)
    connected = result(journey.return_(back, started.cookie))["integration"]
    yield "callback", functions.took["callback"]
    for name, path in (
        ("list", "/api/integrations"),
        ("detail", f"/api/integrations/{connected}"),
        ("catalogue", "/api/integrations/providers"),
        ("openapi", "/api/integrations/openapi.json"),
        ("settings_page", "/settings/integrations"),
    ):
        assert functions.get(path).status == 200
        yield name, functions.took["list" if name in {"detail", "catalogue"} else name]
    action = f"/api/integrations/{connected}/actions/send_message"
    assert functions.post(action, MESSAGE).status == 200
    yield "action", functions.took["actions"]
    once = functions.post(action, MESSAGE, headers={"idempotency-key": workspace})
    assert once.status == 200
    yield "action_once", functions.took["actions"]
    assert functions.delete(f"/api/integrations/{connected}").status == 200
    yield "disconnect", functions.took["disconnect"]
    assert journey.run_jobs() == []
    yield "outbox", functions.took["outbox"]
    yield "jobs_worker", functions.took["jobs_worker"]


def _authorization() -> Mapping[str, object]:
    claims = {
        "sub": "ada",
        "iss": ENVIRONMENT["JWT_ISSUER"],
        "aud": ENVIRONMENT["JWT_AUDIENCE"],
        "exp": int(time.time()) + 3600,
        "app_metadata": {"organization_id": "org-a", "role": "admin"},
    }
    token = jwt.encode(claims, JWT_SECRET, algorithm="HS256")
    return {"headers": {"authorization": f"Bearer {token}"}}
