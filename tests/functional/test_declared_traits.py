"""What a declaration can say and the engine then does, shown with made-up providers."""

import json
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from hub.errors import ApprovalRequired, Misconfigured
from hub.providers._values import Action, Endpoints, RevocationScope
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.made_up import Note, declare, made_up
from tests.functional.stored import rows


@pytest.fixture
def start(journey, server, monkeypatch):
    def begin(**traits):
        declare(monkeypatch, made_up(**traits), server.url)
        return journey.start({"providerId": "madeup"})

    return begin


@pytest.fixture
def connect(journey, server, start):
    def connect(**traits):
        started = start(**traits)
        return result(journey.return_(server.approve(started.url), started.cookie))

    return connect


def query_of(url):
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def register(**content):
    boto3.client("ssm").put_parameter(
        Name="/targetym/local/providers/madeup",
        Value=json.dumps(content),
        Type="SecureString",
        Overwrite=True,
    )


def test_a_provider_that_takes_no_scopes_is_sent_none(start):
    assert "scope" in query_of(start().url)
    assert "scope" not in query_of(start(sends_scopes=False).url)


def test_headers_of_the_token_call_are_the_declared_ones(start, journey, server, monkeypatch):
    from hub.http_client import HttpClient

    sent = []
    send = HttpClient.send
    monkeypatch.setattr(
        HttpClient,
        "send",
        lambda self, request, **options: sent.append(request) or send(self, request, **options),
    )
    started = start(token_headers={"acme-version": "2026-11-01"})
    journey.return_(server.approve(started.url), started.cookie)

    assert sent[0].headers["acme-version"] == "2026-11-01"


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("error=access_denied&error_subcode=wall", "approval_required"),
        ("error=access_denied", "access_denied"),
        ("error=strange", "authorization_failed"),
        ("setup_action=request", "approval_required"),
        ("nothing=here", "authorization_failed"),
    ],
)
def test_a_provider_reads_what_came_back_instead_of_a_code(journey, start, returned, expected):
    def read(answers):
        waits = answers.get("error_subcode") == "wall" or answers.get("setup_action") == "request"
        return "approval_required" if waits else None

    started = start(read_callback=read)
    path = f"/api/integrations/madeup/callback?{returned}&state={started.state}"

    assert result(journey.return_(path, started.cookie))["error"] == expected


def test_a_provider_may_find_out_that_an_administrator_must_approve_first(journey, connect, server):
    def identify(answer, access):
        raise ApprovalRequired

    assert connect(identify=identify)["error"] == "approval_required"
    journey.run_jobs()
    assert len(server.revoked) == 1


def tenant_endpoints(url):
    return Endpoints(
        authorization=f"{url}/{{tenant}}/authorize",
        token=f"{url}/{{tenant}}/token",
        revocation="",
        api=url,
    )


@pytest.mark.parametrize(("stored", "tenant"), [({}, "common"), ({"tenant": "acme"}, "acme")])
def test_endpoints_are_filled_with_the_settings_of_our_registration(
    journey, server, monkeypatch, stored, tenant
):
    declare(
        monkeypatch,
        made_up(settings={"tenant": "common"}, endpoints=tenant_endpoints(server.url)),
    )
    register(clientId="id", clientSecret="secret", **stored)

    url = journey.start({"providerId": "madeup"}).url
    assert urlsplit(url).path == f"/{tenant}/authorize"


def test_overrides_are_filled_too(journey, server, monkeypatch):
    declare(
        monkeypatch,
        made_up(settings={"tenant": "common"}, endpoints=tenant_endpoints(server.url)),
    )
    override = "https://login.us.example/{tenant}/authorize"
    register(clientId="id", clientSecret="secret", tenant="acme", authorizationUrl=override)

    url = journey.start({"providerId": "madeup"}).url
    assert url.startswith("https://login.us.example/acme/authorize?")


@pytest.mark.parametrize("tenant", ["acme", "_acme", "-9.a_c", "0ZAaJY4dQ52BbwI9PArBLQ"])
def test_a_plain_word_may_be_an_id(journey, server, monkeypatch, tenant):
    from hub import providers, registrations

    declare(
        monkeypatch,
        made_up(settings={"tenant": "common"}, endpoints=tenant_endpoints(server.url)),
    )
    register(clientId="id", clientSecret="secret", tenant=tenant)

    assert registrations.get_client(providers.get("madeup")).settings["tenant"] == tenant


@pytest.mark.parametrize("tenant", ["../evil", "a/b", "a b", "x?y=z", "évil", "a@b", "-", "_", "."])
def test_a_setting_is_a_plain_word(journey, server, monkeypatch, tenant):
    from hub import providers, registrations

    declare(
        monkeypatch,
        made_up(settings={"tenant": "common"}, endpoints=tenant_endpoints(server.url)),
    )
    register(clientId="id", clientSecret="secret", tenant=tenant)

    with pytest.raises(Misconfigured, match="tenant"):
        registrations.get_client(providers.get("madeup"))


@pytest.mark.parametrize("topic", ["projects/acme/topics/gmail", "a@b.example", "https://x/y?z"])
def test_a_setting_that_is_no_part_of_a_url_may_be_one(journey, server, monkeypatch, topic):
    from hub import providers, registrations

    declare(monkeypatch, made_up(settings={"topic": ""}, endpoints=tenant_endpoints(server.url)))
    register(clientId="id", clientSecret="secret", topic=topic)
    assert registrations.get_client(providers.get("madeup")).settings == {"topic": topic}


def test_in_an_override_it_is_part_of_one(journey, server, monkeypatch):
    from hub import providers, registrations

    declare(monkeypatch, made_up(settings={"topic": ""}, endpoints=tenant_endpoints(server.url)))
    override = "https://login.example/{topic}/authorize"
    topic = "projects/acme/topics/gmail"
    register(clientId="id", clientSecret="secret", topic=topic, authorizationUrl=override)
    with pytest.raises(Misconfigured, match="topic"):
        registrations.get_client(providers.get("madeup"))


@pytest.mark.parametrize("topic", ["two words", "{tenant}", "é", "a" * 501])
def test_it_is_a_single_value_all_the_same(journey, server, monkeypatch, topic):
    from hub import providers, registrations

    declare(monkeypatch, made_up(settings={"topic": ""}, endpoints=tenant_endpoints(server.url)))
    register(clientId="id", clientSecret="secret", topic=topic)

    with pytest.raises(Misconfigured, match="topic"):
        registrations.get_client(providers.get("madeup"))


def action():
    return Action(
        id="note",
        explanation="Write a note",
        scope=None,
        takes=Note,
        perform=lambda client, note: client.note(note.text),
    )


def test_an_action_may_need_no_scope(journey, connect):
    integration = connect(scopes=(), load_actions=lambda: (action(),))["integration"]
    url = f"/api/integrations/{integration}/actions/note"

    assert journey.gateway.post(url, {"text": "Hello"}).json["data"] == {"done": True}


def test_where_nothing_can_be_revoked_disconnecting_tells_what_a_person_can_do(
    journey, server, connect
):
    integration = connect(
        revocation_scope=RevocationScope.NONE,
        local_only="Remove Targetym under Connected apps.",
    )["integration"]
    reply = journey.gateway.delete(f"/api/integrations/{integration}")

    assert reply.json["data"] == {
        "revocation": "not_offered_by_provider",
        "message": "Our tokens are destroyed. Remove Targetym under Connected apps.",
    }
    journey.run_jobs()
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert shown["revocation"] == "not_offered_by_provider"
    assert (server.revoked, rows("credentials")) == ([], [])
    again = journey.gateway.delete(f"/api/integrations/{integration}")
    assert again.json == {"success": True, "data": None}


def revoke_access_token(tokens, client):
    from hub.http_types import Request

    form = {"token": tokens.main.access.reveal()}
    return (Request(url=client.endpoints.revocation, form=form),)


@pytest.fixture
def revoked_after_expiry(journey, server, connect, clock):
    """Give what was revoked of a grant whose access token had expired before."""

    def disconnect(**traits):
        integration = connect(revoke=revoke_access_token, **traits)["integration"]
        clock.advance(7200)
        patient = User(expires_in=100_000)
        journey.gateway.delete(f"/api/integrations/{integration}", user=patient)
        assert journey.run_jobs() == []
        return [token.partition("-")[0] for token in server.revoked]

    return disconnect


@pytest.mark.parametrize(("renews", "revoked"), [(True, ["renewed"]), (False, ["access"])])
def test_where_a_live_access_token_revokes_an_expired_one_is_renewed_first(
    revoked_after_expiry, renews, revoked
):
    """Negative control: without the trait, what is revoked is the token that is dead already."""
    assert revoked_after_expiry(revokes_access_token=renews) == revoked


def test_a_live_access_token_is_revoked_as_it_is(journey, server, connect):
    integration = connect(revoke=revoke_access_token, revokes_access_token=True)["integration"]
    journey.gateway.delete(f"/api/integrations/{integration}")
    journey.run_jobs()

    assert [token.partition("-")[0] for token in server.revoked] == ["access"]
    assert server.calls()["/token"] == 1
