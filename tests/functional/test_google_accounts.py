"""Whose Google account it was, and whether we may keep what we got for it."""

import boto3
import pytest

from hub.store.database import encode
from tests.functional.conftest import CLIENTS
from tests.functional.google import (
    ADA,
    BOB,
    GRACE,
    come_back,
    grants,
    segment,
    shown,
    spoil_tokens,
    with_claims,
)
from tests.functional.journey import result
from tests.functional.stored import dump, ledger, rows, sealed, states
from tests.simulator.providers.google.identity import ISSUER


def without_prompt(url):
    assert url.count("&prompt=consent") == 1
    return url.replace("&prompt=consent", "")


def id_token(value):
    return lambda answer: answer | {"id_token": value}


def content(value):
    return id_token(f"{segment('{}')}.{segment(value)}.{segment('signature')}")


CLIENT_ID = CLIENTS["google"].client_id
UNTRUSTED = {
    "no ID token": lambda answer: {k: v for k, v in answer.items() if k != "id_token"},
    "null": id_token(None),
    "a number": id_token(7),
    "no JWT": id_token("not.a-jwt"),
    "five segments": id_token("a.b.c.d.e"),
    "not base64": id_token("a.\u00e9\u00e9.c"),
    "not JSON": content("{"),
    "not UTF-8": content(b"\xff\xfe"),
    "no object": content("[]"),
    "a bottomless one": content("[" * 100_000),
    "another audience": with_claims(aud="1234.apps.google.example"),
    "no audience": with_claims(aud=None),
    "a list of audiences": with_claims(aud=[CLIENT_ID]),
    "another issuer": with_claims(iss="https://accounts.google.com.evil.example"),
    "an issuer with a slash": with_claims(iss=f"{ISSUER}/"),
    "no issuer": with_claims(iss=None),
    "a list of issuers": with_claims(iss=[ISSUER]),
    "an object for an issuer": with_claims(iss={}),
    "no subject": with_claims(sub=None),
    "an empty subject": with_claims(sub=""),
    "a number for a subject": with_claims(sub=108150000000000000002),
    "a list of subjects": with_claims(sub=["108150000000000000002"]),
    "a subject that is no text": with_claims(sub="\ud800"),
}


@pytest.mark.parametrize("spoilt", UNTRUSTED.values(), ids=UNTRUSTED.keys())
def test_an_answer_that_does_not_say_whose_account_it_is_connects_nothing(
    journey, monkeypatch, spoilt
):
    spoil_tokens(monkeypatch, spoilt)
    reply = come_back(journey)

    assert result(reply) == {"provider": "google", "error": "provider_unavailable"}
    tables = dump()
    for table in ("integrations", "consents", "external-accounts"):
        assert tables[table] == []
    assert states() == []
    (handed_over,) = tables["credentials"]
    (job,) = tables["outbox"]
    assert handed_over["credentialsId"] == job["job"]["revocationId"]


def test_tokens_of_nobody_knows_whom_may_be_those_others_depend_on(journey, simulator, monkeypatch):
    """Revoking ends the person's whole grant, and whose it is was not said."""
    spoil_tokens(monkeypatch, with_claims(sub=None))
    come_back(journey)

    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert ledger("revocation_settled")[0]["outcome"] == "account_unknown"
    assert (sealed(), rows("outbox")) == (set(), [])


@pytest.mark.parametrize("issuer", [ISSUER, "accounts.google.com"])
def test_both_names_of_the_issuer_are_google(journey, monkeypatch, issuer):
    spoil_tokens(monkeypatch, with_claims(iss=issuer))

    assert result(come_back(journey))["status"] == "connected"


@pytest.mark.parametrize("email", [None, "", 7])
def test_an_account_without_an_address_still_has_a_name(journey, monkeypatch, email):
    spoil_tokens(monkeypatch, with_claims(email=email))
    integration = result(come_back(journey))["integration"]

    assert shown(journey, integration)["accountName"] in {"Google account", "Google Workspace"}


def test_the_account_is_the_subject_whatever_its_address_becomes(journey, monkeypatch):
    first = result(come_back(journey))["integration"]
    spoil_tokens(monkeypatch, with_claims(email="grace.married@example.org"))
    again = result(come_back(journey))["integration"]

    assert again == first
    assert shown(journey, again)["accountName"] == "grace.married@example.org"


def test_a_refresh_token_that_is_not_given_again_stays_in_use(journey, simulator):
    integration = journey.connect(GRACE, provider="google")
    (held,) = simulator.state()["google"]["refresh_tokens"]
    again = result(come_back(journey, url=without_prompt))["integration"]
    assert again == integration
    assert [row["generation"] for row in rows("integrations")] == [2]
    assert len(simulator.state()["google"]["refresh_tokens"]) == 1

    journey.gateway.delete(f"/api/integrations/{integration}")
    assert journey.run_jobs() == []
    (revoked,) = simulator.calls("revoke")
    assert (revoked.outcome, revoked.fingerprints["token"]) == ("ok", held["fingerprint"])


def test_a_new_refresh_token_takes_the_place_of_the_old_one(journey, simulator):
    integration = journey.connect(GRACE, provider="google")
    journey.connect(GRACE, provider="google")
    old, new = simulator.state()["google"]["refresh_tokens"]
    assert old["fingerprint"] != new["fingerprint"]

    journey.gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()
    (revoked,) = simulator.calls("revoke")
    assert revoked.fingerprints["token"] == new["fingerprint"]


def drop_refresh_token(answer):
    return {name: value for name, value in answer.items() if name != "refresh_token"}


@pytest.mark.parametrize(
    "spoilt", [drop_refresh_token, lambda answer: answer | {"refresh_token": ""}]
)
def test_without_a_refresh_token_given_or_held_the_grant_is_revoked(
    journey, simulator, monkeypatch, spoilt
):
    spoil_tokens(monkeypatch, spoilt)
    reply = come_back(journey)

    assert result(reply) == {"provider": "google", "error": "authorization_failed"}
    assert (rows("integrations"), rows("consents")) == ([], [])
    assert grants(simulator) == [GRACE]
    assert journey.run_jobs() == []
    assert grants(simulator) == []
    assert ledger("revocation_settled")[0]["outcome"] == "revoked"
    assert sealed() == set()


def test_the_refresh_token_of_another_organization_is_not_ours_to_keep(journey, simulator):
    theirs = journey.connect(GRACE, provider="google", user=BOB)
    reply = come_back(journey, url=without_prompt)

    assert result(reply) == {"provider": "google", "error": "authorization_failed"}
    assert [row["organizationId"] for row in rows("integrations")] == ["org-b"]
    assert journey.run_jobs() == []
    assert simulator.calls("revoke") == []
    assert grants(simulator) == [GRACE]
    assert shown(journey, theirs, BOB)["status"] == "active"


def test_a_disconnected_integration_holds_no_refresh_token_any_more(journey, simulator):
    integration = journey.connect(GRACE, provider="google")
    journey.connect(GRACE, provider="google", user=BOB)
    journey.gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()

    assert result(come_back(journey, url=without_prompt))["error"] == "authorization_failed"
    assert shown(journey, integration)["status"] == "disconnected"


def test_held_credentials_that_do_not_open_are_not_kept(journey):
    integration = journey.connect(GRACE, provider="google")
    (row,) = rows("credentials")
    row["sealed"] = row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1])
    boto3.client("dynamodb").put_item(TableName="credentials", Item=encode(row))

    assert result(come_back(journey, url=without_prompt))["error"] == "authorization_failed"
    assert result(come_back(journey))["integration"] == integration


@pytest.mark.parametrize("others", [False, True], ids=["alone", "held by others"])
def test_coming_back_with_another_account_changes_nothing(journey, simulator, others):
    """OA-17: the other account's grant is revoked, unless somebody depends on it."""
    if others:
        journey.connect(ADA, provider="google", user=BOB)
    integration = journey.connect(GRACE, provider="google")
    before = dump()
    started = journey.reconnect(integration)
    reply = journey.return_(journey.consent(started, ADA), started.cookie)

    assert result(reply) == {"provider": "google", "error": "account_mismatch"}
    for table in ("integrations", "consents", "external-accounts"):
        assert dump()[table] == before[table]
    assert journey.run_jobs() == []
    assert len(simulator.calls("revoke")) == (0 if others else 1)
    assert grants(simulator) == ([ADA, GRACE] if others else [GRACE])
    sent = journey.gateway.post(
        f"/api/integrations/{integration}/actions/send_email",
        {"to": ADA, "subject": "Still here", "body": "As before"},
    )
    assert sent.status == 200, sent.text
