"""What a token endpoint can answer to a refresh, and what becomes of the integration: dead only
where the grant is refused, our own fault where our registration is, else tried again by itself.
"""

import json
from copy import deepcopy
from datetime import datetime
from email.utils import formatdate

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from hub import registrations
from hub.http_client import HttpClient
from hub.http_types import Answer
from tests.functional.aging import EXPIRING, Aging, tick, told, work, work_off
from tests.functional.breakdowns import failing
from tests.functional.stored import rows

pytestmark = pytest.mark.usefixtures("readers")
TERMINAL, OURS, PASSING = "terminal", "our configuration", "passing"
PAGE = b"<!doctype html><title>Maintenance</title>"


def said(error, status):
    return status, json.dumps({"error": error}).encode()


MATRIX = {
    "429": (429, b"{}", PASSING),
    "a page with 200": (200, PAGE, PASSING),
    "a page with 503": (503, PAGE, PASSING),
    "nothing": (200, b"", PASSING),
    "cut off": (200, b'{"access_token": "abc", "expi', PASSING),
    "a list": (200, b"[]", PASSING),
    "no token": (200, b'{"ok": true, "token_type": "bearer"}', PASSING),
    "an error of its own": (*said("server_error", 500), PASSING),
    "an error nobody knows": (*said("never_heard_of", 400), PASSING),
    "a redirect": (302, b"", PASSING),
}
MATRIX |= {f"{each}": (each, b"{}", PASSING) for each in (408, 500, 502, 503, 504, 529)}
for _status in (200, 400, 401, 403):
    MATRIX[f"invalid_grant with {_status}"] = (*said("invalid_grant", _status), TERMINAL)
    for _code in ("invalid_client", "unauthorized_client", "invalid_scope"):
        MATRIX[f"{_code} with {_status}"] = (*said(_code, _status), OURS)


@pytest.fixture
def answers(monkeypatch):
    """Put an answer in the place of what token endpoints say; count how often they are asked."""
    send = HttpClient.send

    def put(aging, status, body, patch=monkeypatch, **headers):
        asked, url = [], registrations.get_access(aging.id).client.endpoints.token

        def sent(client, request, **options):
            if request.url != url:
                return send(client, request, **options)
            asked.append(request)
            told = {"content-type": "application/json", **headers}
            return Answer(status=status, headers=told, body=body, sent_at=aging.clock.now)

        patch.setattr(HttpClient, "send", sent)
        return asked

    return put


def outcome(aging, integration):
    shown = aging.shown(integration)
    if shown["status"] == "reauth_required":
        return TERMINAL
    breakers = [row["cause"] for row in rows("provider-health") if row["part"] == "breaker"]
    if breakers == ["misconfigured"]:
        assert shown["refreshProblem"] is None  # nobody but us can mend it
        return OURS
    assert (breakers, shown["refreshProblem"]["category"]) == ([], "provider_unavailable")
    return PASSING


@pytest.fixture
def again(expired, cold):
    """Keep the tables; call what it gives to have them so again, in a cold container."""
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].tables
    kept = deepcopy({name: table.items for name, table in tables.items()})

    def restore():
        cold()
        for name, items in deepcopy(kept).items():
            tables[name].items = items

    return restore


@pytest.fixture(params=EXPIRING)
def aging(request, clock, journey):
    return Aging(journey, clock, request.param)


@pytest.fixture
def expired(aging):
    integration = aging.connect()
    aging.until(-10)
    return integration


def test_it_goes_by_the_error_code_first_and_by_the_status_second(aging, expired, again, answers):
    """RF-11."""
    found, replies, before = {}, {}, aging.sealed()["sealed"]
    for name, (status, body, _) in MATRIX.items():
        again()
        asked = answers(aging, status, body)
        replies[name] = aging.act(expired).error
        found[name] = outcome(aging, expired)
        assert len(asked) == 1, name
        assert aging.sealed()["sealed"] == before, name  # RF-04

    assert found == {name: wanted for name, (_, _, wanted) in MATRIX.items()}
    assert {replies[name] for name in found if found[name] == TERMINAL} == {"reauth_required"}
    assert {replies[name] for name in found if found[name] == OURS} == {"provider_unavailable"}
    passing = {replies[name] for name in found if found[name] == PASSING}
    assert passing <= {"provider_unavailable", "provider_error"}


@pytest.fixture
def google(clock, journey):
    return Aging(journey, clock, "google")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("600", 600),
        ("99999999999999999999", None),
        ("-5", None),
        ("soon", None),
        ("10000000", 3600),
        (lambda now: formatdate(now + 900, usegmt=True), 900),
        (lambda now: formatdate(now - 900, usegmt=True), None),
        (lambda now: formatdate(now + 10**7, usegmt=True), 3600),
    ],
    ids=["7 s", "10 min", "absurd", "negative", "a word", "long", "a date", "past", "far date"],
)
def test_a_provider_that_asks_for_time_gets_it_within_reason(google, answers, said, seconds):
    """RF-11."""
    integration = google.connect()
    google.until(-10)
    header = said(google.clock.now) if callable(said) else said
    asked = answers(google, 429, b"{}", **{"retry-after": header})
    google.act(integration)

    wait = google.sealed()["refreshDueAt"] - google.clock.now
    assert (seconds or 5) - 2 <= wait <= (seconds or 5) + 60
    google.pass_(wait - 2)
    assert google.act(integration).error == "provider_unavailable"
    assert work_off() == []
    assert len(asked) == 1
    google.pass_(3)
    google.act(integration)
    assert len(asked) == 2


def test_who_must_wait_is_told_how_long(google):
    integration = google.connect()
    google.until(-10)
    google.fail("rate_limited", 120)
    google.act(integration)
    reply = google.token(integration)

    assert (reply.status, reply.error) == (502, "provider_unavailable")
    assert 118 <= int(reply.headers["retry-after"]) <= 182


@pytest.mark.parametrize(
    ("expires_in", "lives"),
    [
        (1800, 1800),
        ("1800", 1800),
        (1800.9, 1800),
        (None, 3600),
        ("", 3600),
        ("soon", 3600),
        (-5, 3600),
        (0, 3600),
        ([], 3600),
        (True, 3600),
        (10**12, 366 * 86_400),
        (float("inf"), 3600),
        (float("nan"), 3600),
        ("1" * 5000, 3600),
    ],
    ids=repr,
)
@pytest.mark.parametrize("refresh_token", ["omitted", "", None])
def test_odd_answers_keep_the_refresh_token_and_bound_the_life(
    google, answers, expires_in, lives, refresh_token
):
    """RF-12."""
    integration = google.connect()
    google.until(-10)
    body = {"access_token": "ya29.new", "token_type": "Bearer", "expires_in": expires_in}
    if refresh_token != "omitted":
        body["refresh_token"] = refresh_token
    with pytest.MonkeyPatch.context() as patch:
        answers(google, 200, json.dumps(body).encode(), patch=patch)
        told = google.token(integration).json["data"]

    assert told["accessToken"] == "ya29.new"
    assert google.ends() - int(google.clock.now) in range(lives - 1, lives + 1)
    google.pass_(google.sealed()["refreshDueAt"] - google.clock.now)
    assert work_off() == []
    assert [call.outcome for call in google.refreshes()] == ["ok"]


FAULTS = {
    "503": ("status", 503),
    "a page": ("html", None),
    "reset": ("reset", None),
    "lost answer": ("lost_answer", None),
    "truncated": ("truncated", None),
    "too much": ("huge", 200_000),
    "limited": ("rate_limited", 30),
    "a wrong secret": ("ok_false", "invalid_client"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("left", [600, 100, 10])
def test_a_token_that_is_still_good_is_served_when_an_early_refresh_fails(google, left, fault):
    """503 with ten minutes left: where the best open-source peer takes the connection down."""
    integration = google.connect()
    google.until(left)
    before = google.token(integration).json["data"] if left > 120 else None
    google.fail(*fault, times=100)
    if left > 120:
        google.change_sealed(refreshDueAt=int(google.clock.now))
        assert work_off() == []
        assert google.sealed()["failures"] == 1

    reply = google.token(integration)
    assert reply.status == 200, reply.text
    assert before is None or reply.json["data"] == before
    assert google.act(integration).status == 200
    assert google.shown(integration)["status"] == "active"
    asked = len(google.refreshes())
    google.until(-10)
    assert google.act(integration).error == "provider_unavailable"
    assert google.shown(integration)["status"] == "active"
    assert len(google.refreshes()) <= asked + 1


def test_people_see_since_when_it_fails_and_that_it_works_again(google):
    integration = google.connect()
    google.pass_(60)
    google.fail("status", 503, times=2)
    first = int(google.clock.now)
    assert google.refresh(integration).error == "provider_unavailable"
    google.pass_(600)
    assert google.refresh(integration).error == "provider_unavailable"

    shown = google.shown(integration)
    problem = shown["refreshProblem"]
    assert problem["category"] == "provider_unavailable"
    since = datetime.fromisoformat(problem["since"]).timestamp()
    assert since == first
    assert (shown["status"], shown["healthStatus"], shown["problem"]) == ("active", "healthy", None)
    assert google.refresh(integration).status == 200
    assert google.shown(integration)["refreshProblem"] is None


def test_a_wrong_registration_stops_the_provider_once_and_tells_no_person(google, logs, capsys):
    """RF-11: everybody's refresh would be refused, so that one refusal is enough."""
    first = google.connect()
    google.until(-10)
    google.fail("ok_false", "invalid_client", times=50)
    for _ in range(5):
        assert google.act(first).error == "provider_unavailable"

    assert len(google.refreshes()) == 1
    assert google.shown(first)["refreshProblem"] is None
    assert logs.getvalue().count("provider.stopped") == 1
    assert capsys.readouterr().out.count('"ProvidersStopped":[1.0]') == 1
    assert told("integration.reauth_required") == []


def test_when_the_registration_is_mended_one_probe_brings_everything_back(google):
    integration = google.connect()
    google.until(-10)
    google.fail("ok_false", "invalid_client")
    google.act(integration)
    google.pass_(61)

    assert google.act(integration).status == 200
    assert [row for row in rows("provider-health") if row["part"] == "breaker"] == []


@pytest.mark.parametrize("operation", ["BatchGetItem", "UpdateItem"])
def test_nothing_is_asked_while_we_cannot_write_down_that_we_ask(google, cold, operation):
    """RF-05."""
    integration = google.connect()
    google.until(-10)
    cold()
    with failing("dynamodb", operation, table="credentials") as failed:
        reply = google.act(integration)

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    assert google.refreshes() == []
    assert google.act(integration).status == 200


@pytest.mark.parametrize("error", ["ThrottlingException", "AccessDeniedException"])
def test_nothing_is_asked_while_the_key_cannot_be_had(google, cold, error):
    """RF-05, TS-08."""
    integration = google.connect()
    google.until(-10)
    cold()
    with failing("kms", "Decrypt", error):
        assert google.act(integration).error == "temporarily_unavailable"
        (body,) = (body for body, _ in tick()[1])
        assert work(body) == ["message-0"]

    assert google.refreshes() == []
    assert google.shown(integration)["status"] == "active"
    assert work(body) == []
    assert len(google.refreshes()) == 1


def test_an_answer_that_never_came_is_followed_up_where_the_token_may_be_spent(clock, journey):
    """RF-10, RF-06: GitHub has spent the token, and one more try is what proves it."""
    github = Aging(journey, clock, "github")
    integration = github.connect()
    github.until(-10)
    github.fail("lost_answer")
    assert github.act(integration).error == "provider_unavailable"
    assert github.sealed()["attempts"] == 1
    github.pass_(61)

    assert github.act(integration).error == "reauth_required"
    assert [call.fault for call in github.refreshes()] == ["lost_answer", None]
    shown = github.shown(integration)
    assert shown["problem"]["category"] == "lost_rotation"
    assert shown["problem"]["help"]
    (event,) = told("integration.reauth_required")
    assert event["cause"] == "lost_rotation"
    github.pass_(3600)
    assert github.act(integration).error == "reauth_required"
    assert work_off() == []
    assert len(github.refreshes()) == 2


@pytest.mark.parametrize(
    "provider_id", ["google", "microsoft", "asana", "linear", "jira", "trello"]
)
def test_a_lost_answer_costs_nothing_where_the_provider_still_takes_the_token(
    clock, journey, provider_id
):
    """RF-06, RF-10."""
    aging = Aging(journey, clock, provider_id)
    integration = aging.connect()
    aging.until(-10)
    aging.fail("lost_answer")
    assert aging.act(integration).error == "provider_unavailable"
    aging.pass_(61)

    assert aging.act(integration).status == 200
    assert aging.sealed().get("attempts") is None
    aging.until(-10)
    assert aging.act(integration).status == 200
