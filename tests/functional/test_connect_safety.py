"""What a started flow leaves behind: a cookie for one browser, a hash in a table, a bounded list
of starts, and one request to the database.
"""

import hashlib
import re

import pytest
from botocore.exceptions import ClientError

from hub import oauth, runtime
from hub.store import states as store
from tests.functional.breakdowns import counting, failing
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import dump, leaks, rows, states

CONNECT = "/api/integrations/connect"
BODY = {"providerId": "slack"}


def attributes(cookie):
    pair, *rest = cookie.split("; ")
    name, _, value = pair.partition("=")
    return name, value, set(rest)


def test_the_cookie_binds_one_flow_to_one_browser(journey):
    reply = journey.gateway.post(CONNECT, BODY)
    (cookie,) = reply.cookies
    name, value, rest = attributes(cookie)
    state = reply.json["data"]["state"]

    assert name == "tgt-" + hashlib.sha256(state.encode()).hexdigest()[:16]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", value)
    assert rest == {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=600"}
    assert value not in reply.text


def test_over_https_no_subdomain_can_plant_the_cookie(journey, monkeypatch):
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://hub.example.com")
    runtime.settings.cache_clear()
    reply = journey.gateway.post(CONNECT, BODY)
    name, _, rest = attributes(reply.cookies[0])

    state = reply.json["data"]["state"]
    assert name == "__Host-tgt-" + hashlib.sha256(state.encode()).hexdigest()[:16]
    assert rest == {"Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600"}
    assert "redirect_uri=https%3A%2F%2Fhub.example.com%2Fapi" in reply.json["data"]["url"]


def test_two_tabs_have_a_cookie_each_and_both_connect(journey):
    first, second = journey.start(), journey.start()
    assert first.cookie.partition("=")[0] != second.cookie.partition("=")[0]

    both = f"{first.cookie}; {second.cookie}"
    for started, workspace in ((second, "Globex"), (first, "Initech")):
        back = journey.consent(started, workspace)
        reply = journey.gateway.get(back, headers={"cookie": both})
        assert result(reply)["status"] == "connected"
        assert [attributes(each)[0] for each in reply.cookies] == [started.cookie.partition("=")[0]]


def test_states_are_of_256_bits_and_never_the_same(journey, clock):
    found = set()
    for person in range(2):
        user = User(id=f"person-{person}")
        found |= {journey.start(user=user).state for _ in range(10)}

    assert len(found) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", state) for state in found)


@pytest.fixture
def verifiers(monkeypatch):
    made = []
    new_secret = oauth.new_secret

    def remember():
        made.append(new_secret())
        return made[-1]

    monkeypatch.setattr(oauth, "new_secret", remember)
    return made


def test_state_verifier_and_binding_are_stored_in_no_form_that_reads(journey, verifiers):
    started = journey.start()
    state, verifier, binding = verifiers
    assert (state, binding) == (started.state, started.cookie.partition("=")[2])
    stored = dump()

    assert [row["stateId"] for row in states()] == [f"state#{oauth.digest(state)}"]
    for secret in (state, verifier, binding):
        assert not leaks(secret, stored)
    for secret in (verifier, binding):
        assert not leaks(secret, started.url)


def test_the_search_would_find_a_secret_that_was_stored(journey, verifiers):
    """Negative control of the search above."""
    journey.start()
    (row,) = states()
    for secret in verifiers:
        for form in (secret, secret.encode().hex(), f"x{secret}y".encode(), [secret]):
            assert leaks(secret, {**row, "planted": form})


def test_the_verifier_opens_only_with_the_state_that_is_not_stored(journey, verifiers):
    journey.start()
    (row,) = states()

    assert len(row["sealedVerifier"]) == 3 + 12 + len(verifiers[1]) + 16
    assert row["sealedVerifier"][0] == 1


def test_a_person_may_start_twenty_flows_in_ten_minutes(journey, clock):
    for _ in range(20):
        assert journey.gateway.post(CONNECT, BODY).status == 200
        clock.advance(1)
    before = dump()

    refused = journey.gateway.post(CONNECT, BODY)

    assert (refused.status, refused.error) == (429, "too_many_flows")
    assert refused.headers["retry-after"] == "580"
    assert refused.cookies == []
    assert dump() == before

    others = [User(id="bob"), User(organization="org-b"), User(organization="org-a#", id="ada")]
    for other in others:
        assert journey.gateway.post(CONNECT, BODY, user=other).status == 200

    clock.advance(579)
    assert journey.gateway.post(CONNECT, BODY).status == 429
    clock.advance(1)
    assert journey.gateway.post(CONNECT, BODY).status == 200
    assert journey.gateway.post(CONNECT, BODY).status == 429


def test_only_the_ten_newest_flows_of_a_person_complete(journey, clock, simulator):
    flows = []
    for _ in range(12):
        flows.append(journey.start())
        clock.advance(1)

    for old in flows[:2]:
        reply = journey.return_(journey.consent(old), old.cookie)
        assert reply.status == 400
    assert simulator.calls("oauth.v2.access") == []

    for young in (flows[2], flows[11]):
        reply = journey.return_(journey.consent(young), young.cookie)
        assert result(reply)["status"] == "connected"


def test_flows_of_one_person_do_not_push_out_anothers(journey):
    mine = journey.start(user=User(id="bob"))
    for _ in range(11):
        journey.start()

    assert result(journey.return_(journey.consent(mine), mine.cookie))["status"] == "connected"


def test_ids_that_run_together_are_not_one_person(journey):
    for _ in range(20):
        journey.start(user=User(organization="org", id="a#b"))

    assert (
        journey.gateway.post(CONNECT, BODY, user=User(organization="org#a", id="b")).status == 200
    )
    assert len([row for row in rows("states") if row["stateId"].startswith("flows#")]) == 2


def test_two_starts_at_the_same_instant_are_not_taken_for_a_flood(journey):
    conflict = ClientError(
        {
            "Error": {"Code": "TransactionCanceledException", "Message": "on order"},
            "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
        },  # type: ignore[arg-type]
        "TransactWriteItems",
    )
    journey.start()
    with failing("dynamodb", "TransactWriteItems", conflict, times=1):
        reply = journey.gateway.post(CONNECT, BODY)
    assert reply.status == 200

    with failing("dynamodb", "TransactWriteItems", conflict):
        reply = journey.gateway.post(CONNECT, BODY)
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")


def test_a_warm_connect_makes_one_request(journey):
    journey.start()
    with counting() as made:
        journey.start()

    assert made == {"dynamodb.TransactWriteItems": 1}


def test_a_warm_reconnect_makes_two_requests(journey):
    integration = journey.connect()
    with counting() as made:
        journey.reconnect(integration)

    assert made == {"dynamodb.BatchGetItem": 1, "dynamodb.TransactWriteItems": 1}


@pytest.mark.parametrize(
    ("service", "operation"),
    [("dynamodb", "TransactWriteItems"), ("kms", "GenerateDataKey"), ("ssm", "GetParameter")],
)
@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "AccessDenied"])
def test_when_a_part_of_ours_fails_nothing_is_begun(journey, service, operation, code):
    before = dump()
    with failing(service, operation, code) as failed:
        reply = journey.gateway.post(CONNECT, BODY)

    assert failed
    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    assert reply.cookies == []
    assert dump() == before


def test_the_redirect_uri_is_the_providers_own(journey, monkeypatch, server):
    """Two providers never share one: a code for one cannot be sent to the other (OA-08)."""
    declare(monkeypatch, made_up(), server.url)
    slack, other = journey.start(), journey.start({"providerId": "madeup"})

    assert "redirect_uri=http%3A%2F%2Flocalhost%3A4500%2Fapi%2Fintegrations%2Fslack" in slack.url
    assert "redirect_uri=http%3A%2F%2Flocalhost%3A4500%2Fapi%2Fintegrations%2Fmadeup" in other.url
    assert {row["redirectUri"].split("/")[-2] for row in states()} == {"slack", "madeup"}
    assert store.LIFETIME == 600
