"""Warm CPU time of the list over that of its bare AWS call, with botocore's transport stubbed."""

import json

from hub.models import Integration, Status
from hub.store.database import encode
from hub.store.integrations import to_item
from tests.bench.built import INSIDE, Artefacts, run
from tests.bench.figures import Figure, Figures
from tests.functional.gateway import Gateway

BUDGET_MS = 0.5
COUNT = 10


def measure(artefacts: Artefacts) -> Figures:
    function, event = Gateway().event("GET", "/api/integrations")
    items = [encode(to_item(an_integration(number))) for number in range(COUNT)]
    answer = {"Items": items, "Count": COUNT}
    given = json.dumps({"event": event, "call": "query", "answer": answer})
    ran = run(artefacts.command(function, INSIDE, "time"), artefacts.environment(function), given)
    ours, bare = json.loads(ran.stdout)
    return {
        "over_bare_call": Figure(round(ours - bare, 4), "ms", BUDGET_MS),
        "whole": Figure(round(ours, 4), "ms", floor=round(bare, 4)),
    }


def an_integration(number: int) -> Integration:
    return Integration(
        organization_id="org-a",
        id=f"int_{number:026}",
        provider_id="slack",
        account_name=f"Workspace {number}",
        account_hash="8" * 64,
        status=Status.ACTIVE,
        generation=3,
        connected_by="ada",
        connected_at=1_790_000_000,
        scopes_asked=("channels:read", "chat:write", "users:read"),
        scopes_granted=("channels:read", "chat:write", "users:read"),
        consent_id=f"con_{number:026}",
        token_expires_at=1_890_000_000,
        verified_at=1_790_000_000,
    )
