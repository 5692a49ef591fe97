"""TS-17: whoever opens credentials leaves one line, with who and what for, also where it fails."""

import json

import pytest

from tests.functional.aging import Aging, tick, work
from tests.functional.breakdowns import failing, recording_pauses
from tests.functional.stored import leaks

PERSON = "person:fdee430d40bd57de"  # of ada
FIELDS = {"by", "purpose", "organization", "integration_id", "provider", "outcome"}


@pytest.fixture
def google(clock, journey, readers):
    return Aging(journey, clock, "google")


def acting(google, integration):
    google.act(integration)


def asking_for_a_token(google, integration):
    google.token(integration)


def refreshing(google, integration):
    google.refresh(integration)


def working(google, integration):
    google.change_sealed(refreshDueAt=int(google.clock.now))
    work(*[body for body, _ in tick()[1]])


def disconnecting(google, integration):
    google.gateway.delete(f"/api/integrations/{integration}")


OPENERS = {
    acting: (PERSON, "action:send_email"),
    asking_for_a_token: ("role:payroll", "test"),
    refreshing: (PERSON, "refresh"),
    working: ("refresh_worker", "refresh"),
    disconnecting: (PERSON, "disconnect"),
}
OPENS = pytest.mark.parametrize("opens", OPENERS, ids=lambda each: each.__name__)


def lines(logs, since=0):
    found = [json.loads(line) for line in logs.getvalue()[since:].splitlines()]
    return [line for line in found if line["message"] == "credentials.opened"]


@OPENS
def test_each_opening_leaves_one_line(google, logs, opens):
    integration = google.connect()
    opens(google, integration)

    (line,) = lines(logs)
    by, purpose = OPENERS[opens]
    assert {name: line[name] for name in FIELDS} == {
        "by": by,
        "purpose": purpose,
        "organization": "org-a",
        "integration_id": integration,
        "provider": "google",
        "outcome": "opened",
    }
    assert line["function_request_id"]
    assert line["timestamp"]


@OPENS
def test_what_does_not_open_leaves_a_line_too(google, logs, opens):
    integration = google.connect()
    row = google.sealed()
    google.change_sealed(sealed=row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1]))
    opens(google, integration)

    (line,) = lines(logs)
    assert (line["by"], line["outcome"]) == (OPENERS[opens][0], "Unreadable")


@OPENS
def test_a_key_that_cannot_be_had_leaves_a_line_too(google, logs, cold, opens):
    integration = google.connect()
    cold()
    with failing("kms", "Decrypt", "AccessDeniedException"):
        opens(google, integration)

    (line,) = lines(logs)
    assert (line["by"], line["outcome"]) == (OPENERS[opens][0], "TemporarilyUnavailable")


def test_a_revocation_leaves_a_line_whether_it_opens_or_not(google, logs, cold):
    integration = google.connect()
    google.gateway.delete(f"/api/integrations/{integration}")
    cold()
    since = len(logs.getvalue())
    with recording_pauses():
        with failing("kms", "Decrypt", "ThrottlingException"):
            assert len(google.journey.run_jobs(received=1)) == 1
        assert google.journey.run_jobs(received=2) == []

    told = [(line["by"], line["purpose"], line["outcome"]) for line in lines(logs, since)]
    assert told == [
        ("jobs_worker", "revoke", "TemporarilyUnavailable"),
        ("jobs_worker", "revoke", "opened"),
    ]


@OPENS
def test_no_line_holds_a_token_or_an_address(google, logs, opens):
    integration = google.connect()
    opens(google, integration)

    for line in lines(logs):
        told = {name: value for name, value in line.items() if name in FIELDS}
        assert "@" not in json.dumps(told)
        for secret in google.simulator.issued_secrets():
            assert not leaks(secret, line)


def test_who_only_looks_opens_nothing(google, logs):
    """Negative control."""
    integration = google.connect()
    google.gateway.get("/api/integrations")
    google.shown(integration)
    tick()

    assert lines(logs) == []
