"""The example events of `events/`, each run by the handler it is for: as it lies there, in an empty
deployment, and with real values where it can only name made-up ones.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.functional.conftest import JWT_SECRET
from tests.functional.example_events import (
    AS_IT_IS,
    EVENTS,
    NOTHING_FAILED,
    function_of,
    loaded,
    outcome,
)
from tests.functional.gateway import Context, User, handler_of, routes
from tests.functional.journey import Journey
from tests.functional.stored import revocation
from tests.template import function_names

DEMO = User(organization="demo")
MADE_UP_ID = "int_01JD0000000000000000000000"

pytestmark = pytest.mark.usefixtures("readers")


def test_every_function_has_an_event_and_every_event_an_expectation():
    assert {function_of(name) for name in EVENTS} == set(function_names())
    assert set(EVENTS) == set(AS_IT_IS)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_answered_as_it_is(journey: Journey, name: str):
    assert outcome(name, loaded(name)) == AS_IT_IS[name]


@pytest.mark.parametrize("name", [name for name in EVENTS if "routeKey" in loaded(name)])
def test_a_request_is_one_that_the_gateway_would_send(name: str):
    event = loaded(name)
    function = function_of(name)
    http = event["requestContext"]["http"]
    (route,) = (each for each in routes() if event["routeKey"] == f"{each.method} {each.path}")

    assert function in {route.function, "authorizer"}
    assert (http["method"], http["path"]) == (route.method, event["rawPath"])
    found = route.pattern.fullmatch(event["rawPath"])
    assert found
    assert event.get("pathParameters", {}) == found.groupdict()
    assert event["requestContext"]["routeKey"] == event["routeKey"]
    has_caller = "authorizer" in event["requestContext"]
    assert has_caller is not (route.open or function == "authorizer")
    assert all(header == header.lower() for header in event["headers"])


@dataclass(frozen=True)
class Real:
    """What takes the place of made-up values, and what then becomes of the event."""

    make: Callable[[Journey, str], str]
    outcome: Any


def connected(journey: Journey, text: str) -> str:
    return text.replace(MADE_UP_ID, journey.connect(user=DEMO))


def under_way(journey: Journey, text: str) -> str:
    started = journey.start(user=DEMO)
    code = re.search("code=([^&]+)", journey.consent(started))
    assert code
    text = re.sub(r"tgt-[0-9a-f]{16}=[a-z-]+", started.cookie, text)
    text = text.replace("the-state-that-connect-gave", started.state)
    return text.replace("the-code-of-the-provider", code[1])


def ended(journey: Journey, text: str) -> str:
    """The revocation of an integration that was just disconnected."""
    journey.gateway.delete(f"/api/integrations/{journey.connect(user=DEMO)}", user=DEMO)
    return re.sub("revocation#[0-9a-f]{32}", revocation()["outboxId"], text)


def signed_in(journey: Journey, text: str) -> str:
    claims = {
        "iss": "https://issuer.example",
        "aud": "authenticated",
        "sub": "ada",
        "exp": int(time.time()) + 60,
        "app_metadata": {"organization_id": "demo", "role": "admin"},
    }
    return text.replace("the.platforms.token", jwt.encode(claims, JWT_SECRET, algorithm="HS256"))


REAL = {
    "access_token/nightly_report": Real(connected, (200, None)),
    "actions/create_channel": Real(connected, (200, None)),
    "actions/send_message": Real(connected, (200, None)),
    "callback/approved": Real(under_way, (303, None)),
    "callback/denied": Real(under_way, (303, None)),
    "callback/prefetched": Real(under_way, (400, None)),
    "connect/reconnect": Real(connected, (200, None)),
    "disconnect/one": Real(connected, (200, None)),
    "disconnect/posted": Real(connected, (200, None)),
    "disconnect/provider": Real(connected, (200, None)),
    "jobs_worker/revocation": Real(ended, NOTHING_FAILED),
    "list/filtered": Real(connected, (200, None)),
    "list/integrations": Real(connected, (200, None)),
    "list/one": Real(connected, (200, None)),
    "list/webhooks": Real(connected, (200, None)),
    "outbox/revocation": Real(ended, NOTHING_FAILED),
    "refresh/one": Real(connected, (200, None)),
    "refresh_worker/due": Real(connected, NOTHING_FAILED),
    "webhook_test/one": Real(connected, (409, "conflict")),  # nothing is subscribed to yet
}


@pytest.mark.parametrize("name", REAL)
def test_an_event_with_real_values_does_its_work(journey: Journey, name: str):
    text = EVENTS[name].read_text(encoding="utf-8")
    event = json.loads(REAL[name].make(journey, text))

    assert outcome(name, event) == REAL[name].outcome


def test_a_bearer_with_a_real_token_is_let_in(journey: Journey):
    text = EVENTS["authorizer/bearer"].read_text(encoding="utf-8")
    answer = handler_of("authorizer")(json.loads(signed_in(journey, text)), Context())

    assert answer["isAuthorized"] is True
    assert answer["context"]["organization"] == "demo"


def test_the_queued_revocation_is_carried_out(journey: Journey):
    text = EVENTS["jobs_worker/revocation"].read_text(encoding="utf-8")
    outcome("jobs_worker/revocation", json.loads(ended(journey, text)))

    assert len(journey.simulator.calls("apps.uninstall")) == 1


def test_no_event_holds_a_machine_path_or_a_secret():
    for path in EVENTS.values():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(home|root|Users)/|xox[bp]-|eyJ", text), Path(path).name
