"""What holds for every provider, through the API, against the simulator: connect, act, disconnect,
and the refusals in between.
"""

import json
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from hub import providers
from hub.http_client import HttpClient
from hub.http_types import Answer
from hub.providers._values import RevocationScope
from tests.functional.aging import removable
from tests.functional.breakdowns import recording_pauses
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.stored import dump, leaks, ledger, rows, sealed
from tests.providers.sample import fixture, sample

EVERY = providers.IDS
REVOKING = [
    each.id for each in providers.everything() if each.revocation_scope is not RevocationScope.NONE
]
FURTHER = [each.id for each in providers.everything() if each.revocation_scope.reaches_further]
TELLING = [
    each.id
    for each in providers.everything()
    if each.read_tokens(fixture(each.id, "token")).scopes is not None
]
BOB = User(organization="org-b", id="bob")
CANARY = "canary-7d1f"
AT_THE_PAGE = {"authorize", "consent"}


@pytest.fixture(params=EVERY)
def provider(request):
    return providers.get(request.param)


class Connecting:
    def __init__(self, journey, provider_id):
        self.journey, self.id, self.sample = journey, provider_id, sample(provider_id)

    def start(self, **options):
        return self.journey.start({"providerId": self.id}, **options)

    def come_back(self, account=None, *, user=None, started=None):
        started = started or self.start(user=user)
        back = self.journey.consent(started, account or self.sample.account)
        return self.journey.choose_first(back, self.journey.return_(back, started.cookie))

    def connect(self, account=None, *, user=None):
        return result(self.come_back(account, user=user))["integration"]

    def act(self, integration, **options):
        url = f"/api/integrations/{integration}/actions/{self.sample.action}"
        return self.journey.gateway.post(url, dict(self.sample.body), **options)

    def done(self):
        return self.sample.done(self.journey.simulator.state()[self.id])

    def shown(self, integration):
        return self.journey.gateway.get(f"/api/integrations/{integration}").json["data"]

    def disconnect(self, integration, **options):
        reply = self.journey.gateway.delete(f"/api/integrations/{integration}", **options)
        assert reply.status == 200, reply.text
        return reply.json["data"]

    def called(self):
        """The operations that our servers called."""
        calls = [each for each in self.journey.simulator.log() if each.provider == self.id]
        return [call.operation for call in calls if call.operation not in AT_THE_PAGE]

    def living(self):
        return self.journey.simulator.state()[self.id]["tokens"]


@pytest.fixture
def at(journey, provider):
    return Connecting(journey, provider.id)


def test_it_connects_and_says_who_is_connected(at, provider):
    integration = at.connect()

    shown = at.shown(integration)
    assert (shown["providerId"], shown["providerName"]) == (provider.id, provider.name)
    assert shown["accountName"]
    assert (shown["status"], shown["healthStatus"]) == ("active", "healthy")
    assert (shown["scopesMissing"], shown["problem"]) == ([], None)
    assert set(provider.required_scopes) <= set(shown["scopesGranted"])
    exchanges = at.journey.simulator.calls(at.sample.token, provider.id)
    assert [(call.outcome, call.client_authenticated) for call in exchanges] == [("ok", True)]


def test_the_same_account_is_the_same_integration_and_another_is_another(at):
    first = at.connect()

    assert at.connect() == first
    assert at.connect(at.sample.other) != first
    assert len(rows("integrations")) == 2


def test_its_action_is_done_once_under_a_key_and_no_token_is_stored_with_it(at):
    """TS-14."""
    integration = at.connect()
    key = {"idempotency-key": "key-1"}
    first, again = at.act(integration, headers=key), at.act(integration, headers=key)

    assert first.status == again.status == 200, first.text
    assert first.json == again.json
    assert len(at.done()) == 1
    (stored,) = rows("idempotency")
    for secret in at.journey.simulator.issued_secrets():
        assert not leaks(secret, stored)
        assert secret not in first.text


def test_no_token_code_or_secret_is_stored_readable(at):
    at.act(at.connect())

    everything = dump()
    for secret in at.journey.simulator.issued_secrets():
        assert not leaks(secret, everything)


def test_disconnecting_ends_the_grant_or_tells_how_a_person_can(at, provider):
    integration = at.connect()
    told = at.disconnect(integration)
    at.journey.run_jobs()

    shown = at.shown(integration)
    assert (shown["status"], sealed()) == ("disconnected", set())
    if provider.revocation_scope is RevocationScope.NONE:
        assert shown["revocation"] == told["revocation"] == "not_offered_by_provider"
        assert provider.local_only in told["message"]
        assert provider.endpoints.revocation == ""
    else:
        assert (told, shown["revocation"]) == (None, "revoked")
        assert at.living() == []
    assert at.act(integration).error == "integration_disconnected"
    assert at.disconnect(integration) is None


@pytest.mark.parametrize("provider_id", REVOKING)
def test_a_revocation_that_does_not_get_through_is_made_again(journey, provider_id):
    """OA-21."""
    at = Connecting(journey, provider_id)
    integration = at.connect()
    journey.simulator.fault(provider_id, at.sample.revoke, "status", value=503, times=2)
    at.disconnect(integration)

    assert at.act(integration).error == "integration_disconnected"
    with recording_pauses():
        assert len(journey.run_jobs(received=1)) == 1
        assert at.shown(integration)["revocation"] == "queued"
        while journey.run_jobs(received=2):
            assert len(journey.simulator.calls(at.sample.revoke, provider_id)) <= 2
    assert at.shown(integration)["revocation"] == "revoked"
    assert at.living() == []


@pytest.mark.parametrize("provider_id", REVOKING)
def test_what_the_provider_no_longer_knows_counts_as_revoked(journey, provider_id):
    at = Connecting(journey, provider_id)
    integration = at.connect()
    account = journey.simulator.state()[provider_id]
    assert account["tokens"]
    for known in removable(account):
        journey.simulator.uninstall(provider_id, known)
    at.disconnect(integration)
    journey.run_jobs()

    assert at.shown(integration)["revocation"] == "revoked"


@pytest.mark.parametrize("provider_id", FURTHER)
def test_a_grant_that_another_organization_depends_on_is_kept(journey, provider_id):
    at = Connecting(journey, provider_id)
    if providers.get(provider_id).exclusive:
        at.connect()
        assert result(at.come_back(user=BOB))["error"] == "account_in_use"
        return
    mine, theirs = at.connect(), at.connect(user=BOB)
    told = at.disconnect(mine)
    journey.run_jobs()

    assert told["revocation"] == "kept_for_other_integrations"
    assert at.shown(mine)["revocation"] == "kept_for_other_integrations"
    assert at.sample.revoke not in at.called()
    assert at.act(theirs, user=BOB).status == 200


def test_reconnecting_with_another_account_changes_nothing(at, provider):
    """OA-17."""
    integration = at.connect()
    before = rows("credentials")
    started = at.journey.reconnect(integration)
    reply = at.come_back(at.sample.other, started=started)

    assert result(reply) == {"provider": provider.id, "error": "account_mismatch"}
    assert [row for row in rows("credentials") if row in before] == before
    at.journey.run_jobs()
    assert at.act(integration).status == 200
    assert len(sealed()) == 1


@pytest.mark.parametrize("provider_id", TELLING)
def test_fewer_permissions_than_needed_are_told_and_shown(journey, provider_id):
    """OA-18."""
    at = Connecting(journey, provider_id)
    *kept, missing = providers.get(provider_id).required_scopes
    journey.simulator.configure(provider_id, granted_scopes=kept, **at.sample.narrowing)
    reply = at.come_back()

    assert result(reply) == {"provider": provider_id, "error": "insufficient_scope"}
    (row,) = rows("integrations")
    shown = at.shown(row["integrationId"])
    assert (shown["status"], shown["scopesMissing"]) == ("reauth_required", [missing])
    assert shown["problem"]["missing"] == [missing]
    assert at.act(row["integrationId"]).error == "reauth_required"


SPOILT = [
    ("redirect", {"url": "http://127.0.0.1:9/steal", "status": 302}),
    ("redirect", {"url": "http://127.0.0.1:9/steal", "status": 307}),
    ("html", None),
    ("empty", None),
    ("truncated", None),
    ("huge", None),
    ("body", '{"token_type":"bearer"}'),
    ("body", "[]"),
    ("status", 500),
    ("lost_answer", None),
]


@pytest.mark.parametrize(("kind", "value"), SPOILT)
def test_a_token_endpoint_that_answers_nonsense_connects_nothing(at, provider, kind, value):
    """OA-12, OA-20: no redirect is followed, and no code is sent a second time."""
    at.journey.simulator.fault(provider.id, at.sample.token, kind, value=value)
    reply = at.come_back()

    assert result(reply)["error"] in {"provider_unavailable", "provider_error"}
    assert at.called() == [at.sample.token]
    assert (rows("integrations"), rows("credentials")) == ([], [])


@pytest.mark.parametrize(
    "said", ["", "<script>alert(1)</script>", "\r\nset-cookie: a=b", f"{CANARY} " * 20]
)
def test_a_refusal_on_the_way_back_ends_the_flow_and_is_not_repeated(at, provider, said):
    """OA-15."""
    started = at.start()
    query = urlencode({"error": "access_denied", "error_description": said, "state": started.state})
    path = f"/api/integrations/{provider.id}/callback?{query}"
    reply = at.journey.return_(path, started.cookie)

    assert result(reply)["error"] in {"access_denied", "approval_required"}
    for sent in (reply.text, str(reply.headers)):
        assert not said or said.split()[0] not in sent
    assert at.journey.return_(path, started.cookie).status == 400
    assert at.called() == []


def test_pressing_deny_is_a_denial(at, provider):
    started = at.start()
    url = urlsplit(at.journey.person.deny(started.url))
    reply = at.journey.return_(f"{url.path}?{url.query}", started.cookie)

    assert result(reply) == {"provider": provider.id, "error": "access_denied"}


@pytest.mark.parametrize("wrong", ["https://evil.example", "https://accounts.google.com/", ""])
def test_an_issuer_that_is_not_the_providers_ends_the_flow_before_the_exchange(at, wrong):
    """OA-10."""
    started = at.start()
    back = at.journey.consent(started, at.sample.account)
    reply = at.journey.return_(f"{back}&{urlencode({'iss': wrong})}", started.cookie)

    assert reply.status == 400
    assert at.called() == []
    assert [entry["event"] for entry in ledger()] == ["issuer_mismatch"]


def test_a_verifier_is_used_where_the_provider_takes_one_and_must_fit(at, provider):
    """OA-11."""
    started = at.start()
    parts = urlsplit(started.url)
    asked = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert ("code_challenge" in asked) is provider.pkce
    if not provider.pkce:
        return
    assert asked["code_challenge_method"] == "S256"
    other = urlencode(asked | {"code_challenge": "A" * 43})
    swapped = urlunsplit(parts._replace(query=other))
    back = urlsplit(at.journey.person.approve(swapped, workspace=at.sample.account))
    reply = at.journey.return_(f"{back.path}?{back.query}", started.cookie)

    assert result(reply)["error"] == "authorization_failed"
    assert at.called() == [at.sample.token]


REFUSALS = [400, 401, 402, 403, 404, 405, 409, 410, 412, 422, 429, 500, 502, 503, 529]
BODIES = [
    json.dumps({"error": CANARY, "error_description": CANARY, "message": CANARY, "code": CANARY}),
    json.dumps({"errors": [{"message": CANARY, "extensions": {"code": CANARY}}]}),
    json.dumps({"error": {"code": CANARY, "message": CANARY}, "errorMessages": [CANARY]}),
    json.dumps({"errors": {CANARY: CANARY}, "object": "error", "reason": CANARY}),
    f"<html>{CANARY}</html>",
    CANARY,
    "",
]


def test_nothing_a_provider_says_reaches_our_caller_or_our_log(at, provider, monkeypatch, logs):
    integration = at.connect()
    told = {}

    def refused(client, request, **options):
        headers = {"content-type": "application/json", "x-said": CANARY}
        return Answer(
            status=told["status"], headers=headers, body=told["body"].encode(), sent_at=1_000.0
        )

    monkeypatch.setattr(HttpClient, "send", refused)
    for told["status"] in REFUSALS:
        for told["body"] in BODIES:
            reply = at.act(integration)
            assert reply.status >= 400, told
            assert reply.error not in {"internal", "unauthenticated"}, told
            assert CANARY not in reply.text, told
    assert CANARY not in logs.getvalue()


def test_access_that_was_taken_away_at_the_provider_must_be_given_again(at, provider):
    integration = at.connect()
    for account in removable(at.journey.simulator.state()[provider.id]):
        at.journey.simulator.uninstall(provider.id, account)

    assert at.act(integration).error == "reauth_required"


def test_without_a_registration_it_cannot_be_connected_and_says_what_to_set(at, provider):
    import boto3

    parameter = f"/targetym/local/providers/{provider.id}"
    boto3.client("ssm").delete_parameter(Name=parameter)
    reply = at.journey.gateway.post("/api/integrations/connect", {"providerId": provider.id})

    assert (reply.status, reply.error) == (409, "provider_unconfigured")
    assert parameter in reply.json["error"]["message"]
    listed = at.journey.gateway.get("/api/integrations/providers").json["data"]
    shown = {each["id"]: (each["availability"], each["setup"]) for each in listed}
    availability, setup = shown.pop(provider.id)
    assert availability == "unconfigured"
    assert parameter in setup
    assert set(shown.values()) == {("active", None)}
