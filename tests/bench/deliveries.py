"""What taking in a delivery takes when warm: CPU time over that of the bare call that queues it,
and verifying it, against Slack's own verifier.
"""

import json
import time
from collections.abc import Callable

from slack_sdk.signature import SignatureVerifier

from hub.envelopes import address
from hub.providers.slack.webhooks import SIGNATURE
from hub.schemes import Incoming, Verdict
from tests.bench.account import CLIENT, INGRESS
from tests.bench.built import INSIDE, Artefacts, run
from tests.bench.figures import Figure, Figures
from tests.conftest import ENVIRONMENT
from tests.functional.gateway import Gateway
from tests.simulator.server import Simulator
from tests.simulator.webhooks import Sent

BUDGET_MS = 0.3
ROUNDS = 7
CALLS = 20_000


def measure(artefacts: Artefacts) -> Figures:
    base_url = ENVIRONMENT["PUBLIC_BASE_URL"]
    with Simulator({"slack": CLIENT}, redirect_prefix=base_url) as simulator:
        (sent,) = simulator.notifications("slack", "channel_created", "Globex")
    ours, bare = _handled(artefacts, sent)
    verified, by_slack = _verified(sent)
    return {
        "over_bare_call": Figure(round(ours - bare, 4), "ms", BUDGET_MS),
        "whole": Figure(round(ours, 4), "ms", floor=round(bare, 4)),
        "in_a_second": Figure(round(1000 / (ours - bare)), "deliveries, the call apart"),
        "verifying": Figure(round(verified / by_slack, 4), "of slack_sdk's", 1.0),
        "verifying_alone": Figure(round(verified, 3), "us", floor=round(by_slack, 3)),
    }


def _handled(artefacts: Artefacts, sent: Sent) -> tuple[float, float]:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    function, event = Gateway().event("POST", sent.url, raw=sent.body, headers=headers)
    registration = {"clientId": "bench", "clientSecret": "bench"}
    environment = artefacts.environment(function)
    stage = f"/targetym/{environment['STAGE']}"
    given = {
        "event": event,
        "service": "sqs",
        "call": "send_message_batch",
        "answer": {"Successful": [], "Failed": []},
        "parameters": {
            f"{stage}/providers/slack": json.dumps(
                registration | {"webhookSecret": CLIENT.webhook_secret}
            ),
            f"{stage}/ingress": json.dumps(INGRESS),
        },
    }
    ran = run(artefacts.command(function, INSIDE, "time"), environment, json.dumps(given))
    ours, bare = json.loads(ran.stdout)
    return ours, bare


def _verified(sent: Sent) -> tuple[float, float]:
    """Give the microseconds of verifying the same bytes by us and by Slack's SDK."""
    at = time.time()
    incoming = Incoming(
        headers={name.lower(): value for name, value in sent.headers.items()},
        body=sent.body,
        url=address("https://integrations.example.com", "slack", None),
        at=at,
    )
    secrets = (CLIENT.webhook_secret.encode(),)
    theirs = SignatureVerifier(CLIENT.webhook_secret)
    stamp = sent.headers["X-Slack-Request-Timestamp"]
    signature = sent.headers["X-Slack-Signature"]

    def ours() -> bool:
        return SIGNATURE.verify(incoming, secrets) is Verdict.VERIFIED

    def slacks() -> bool:
        return theirs.is_valid(body=sent.body, timestamp=stamp, signature=signature)

    assert ours()
    assert slacks()
    # By turns, so that whatever slows this machine down slows both.
    rounds = [(_microseconds(ours), _microseconds(slacks)) for _ in range(ROUNDS)]
    return min(mine for mine, _ in rounds), min(other for _, other in rounds)


def _microseconds(call: Callable[[], bool]) -> float:
    start = time.process_time_ns()
    for _ in range(CALLS):
        call()
    return (time.process_time_ns() - start) / CALLS / 1000
