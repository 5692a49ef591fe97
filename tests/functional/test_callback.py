"""GET callback: a browser comes back, and goes on connected, or with one enumerated error."""

import json
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hub.flows import Flows
from tests.functional.journey import assert_tells_nobody, result
from tests.functional.stored import (
    but_for_the_state,
    dump,
    followed,
    leaks,
    ledger,
    rows,
    states,
)

CALLBACK = "/api/integrations/slack/callback"
SETTINGS_PAGE = "http://localhost:4500/settings/integrations"
REQUIRED = ["channels:read", "chat:write", "channels:manage", "users:read"]
HOSTILE = [
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "x\r\nset-cookie: evil=1",
    '"><img src=x>',
    "canary-b51f",
]


def test_a_browser_that_comes_back_is_sent_on_connected(journey):
    started = journey.start()
    reply = journey.return_(journey.consent(started, "Globex"), started.cookie)

    assert reply.status == 303
    location = urlsplit(reply.headers["location"])
    assert reply.headers["location"].partition("?")[0] == SETTINGS_PAGE
    (integration,) = rows("integrations")
    assert parse_qs(location.query) == {
        "integration": [integration["integrationId"]],
        "status": ["connected"],
    }
    name = started.cookie.partition("=")[0]
    assert [cookie.partition(";")[0] for cookie in reply.cookies] == [f"{name}="]
    assert "Max-Age=0" in reply.cookies[0]
    assert reply.text == ""


def test_what_is_stored_belongs_together(journey):
    integration_id = journey.connect("Globex")

    tables = dump()
    (integration,) = tables["integrations"]
    (credentials,) = tables["credentials"]
    (consent,) = tables["consents"]
    (hold,) = tables["external-accounts"]
    assert integration["integrationId"] == credentials["credentialsId"] == integration_id
    assert integration["generation"] == credentials["generation"] == 1
    assert integration["consentId"] == consent["id"]
    assert (hold["integrationId"], hold["accountHash"]) == (
        integration_id,
        integration["accountHash"],
    )
    assert {row["keyId"] for row in tables["keys"]} == {
        "key#1",
        "external-accounts#1",
        "salt#person#ada",
        f"salt#{integration_id}",
    }
    assert followed() == ["integration.connected", "subscribe", "sync"]
    assert states() == []


def test_the_consent_says_who_granted_what_when_and_under_which_notice(journey, clock):
    started = journey.start({"providerId": "slack", "scopes": ["groups:write"]})
    function, event = journey.gateway.event(
        "GET", journey.consent(started), cookies=[started.cookie]
    )
    journey.gateway.send(function, event)

    (entry,) = ledger()
    sealed = entry.pop("sealedOrigin")
    assert len(entry.pop("noticeHash")) == 64
    (integration,) = rows("integrations")
    assert entry == {
        "organizationId": "org-a",
        "recordId": f"{integration['integrationId']}#{int(clock()):012d}#{entry['id']}",
        "id": entry["id"],
        "integrationId": integration["integrationId"],
        "providerId": "slack",
        "event": "granted",
        "subject": "ada",
        "at": int(clock()),
        "scopesAsked": [*REQUIRED, "groups:write"],
        "scopesGranted": [*REQUIRED, "groups:write"],
        "noticeVersion": "2026-11",
        "method": "oauth2_authorization_code",
        "requestId": event["requestContext"]["requestId"],
    }
    assert len(sealed) > 15
    assert not leaks("203.0.113.7", dump())
    assert not leaks("test-agent/1.0", dump())


@pytest.mark.parametrize(
    "sent",
    [
        {"cookies": ["{}"]},
        {"cookies": ["a=b", "{}", "c=d"]},
        {"headers": {"cookie": "{}"}},
        {"headers": {"Cookie": "a=b; {}"}},
        {"headers": {"COOKIE": "a=b;{};c=d"}},
        {"cookies": ["{}"], "headers": {"cookie": "{}"}},
        {"cookies": ["tgt-0000000000000000=other", "{}"]},
    ],
    ids=str,
)
def test_the_cookie_is_found_wherever_it_comes(journey, sent):
    started = journey.start()
    sent = json.loads(json.dumps(sent).replace("{}", started.cookie))
    reply = journey.gateway.get(journey.consent(started), **sent)

    assert result(reply)["status"] == "connected"


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.tags = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"href", "src", "action", "style"} or name.startswith("on"):
                self.links.append((tag, name, value))


def test_a_reload_gets_a_page_that_says_what_to_do(journey, simulator):
    started = journey.start()
    back = journey.consent(started)
    assert journey.return_(back, started.cookie).status == 303
    before, calls = dump(), simulator.log()

    for cookie in (started.cookie, None):
        again = journey.return_(back, cookie)

        assert again.status == 400
        assert again.headers["content-type"] == "text/html; charset=utf-8"
        assert "already used" in again.text
        page = Page(again.text)
        assert page.links == [("a", "href", SETTINGS_PAGE)]
        assert not page.tags & {"script", "img", "link", "iframe", "form", "base"}
    assert dump() == before
    assert simulator.log() == calls


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?code=x",
        "?state=",
        "?error=access_denied",
        "?state",
        "?&&",
        "?state=%zz%",
        f"?state={'s' * 4097}",
        "?" + "&".join(f"p{n}=1" for n in range(60)),
    ],
)
def test_without_a_usable_state_there_is_a_page(journey, simulator, query):
    reply = journey.return_(f"{CALLBACK}{query}", None)

    assert reply.status == 400
    titles = "The connection was not made", "This connection attempt is over"
    assert any(f"<h1>{title}</h1>" in reply.text for title in titles)
    assert simulator.log() == []


@pytest.mark.parametrize("name", ["code", "error", "iss"])
def test_a_value_too_long_is_refused_and_nothing_is_consumed(journey, simulator, name):
    started = journey.start()
    reply = journey.return_(f"{CALLBACK}?state={started.state}&{name}={'x' * 4097}", started.cookie)

    assert reply.status == 400
    assert len(states()) == 1
    assert simulator.log() == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("access_denied", "access_denied"),
        ("server_error", "provider_error"),
        ("temporarily_unavailable", "provider_unavailable"),
        ("invalid_scope", "authorization_failed"),
        ("ACCESS_DENIED", "authorization_failed"),
        ("", "authorization_failed"),
        *((each, "authorization_failed") for each in HOSTILE),
    ],
)
def test_a_refusal_ends_the_flow_in_our_words(journey, simulator, error, expected):
    started = journey.start()
    before = dump()
    reply = journey.gateway.get(
        _with_query(error=error, error_description=HOSTILE[0], state=started.state),
        cookies=[started.cookie],
    )

    assert_tells_nobody(reply)
    assert result(reply) == {"provider": "slack", "error": expected}
    assert dump() == but_for_the_state(before)
    assert simulator.calls("oauth.v2.access") == []


def test_a_person_who_denies_comes_back_with_access_denied(journey, simulator):
    started = journey.start()
    back = urlsplit(journey.person.deny(started.url))
    reply = journey.return_(f"{back.path}?{back.query}", started.cookie)

    assert result(reply) == {"provider": "slack", "error": "access_denied"}
    assert states() == []


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", ["error_description", "error_uri", "state", "code", "anything"])
def test_nothing_of_the_query_is_ever_shown(journey, name, hostile):
    started = journey.start()
    query = {"state": started.state, "error": "x"} | {name: hostile}
    reply = journey.return_(_with_query(**query), started.cookie)

    shown = [reply.text, *reply.headers.values(), *reply.cookies]
    assert not any(hostile in text or hostile[:8] in text for text in shown)


def test_an_error_wins_over_a_code(journey, simulator):
    started = journey.start()
    reply = journey.return_(f"{journey.consent(started)}&error=access_denied", started.cookie)

    assert result(reply)["error"] == "access_denied"
    assert simulator.calls("oauth.v2.access") == []


@pytest.mark.parametrize("code", ["", "&code="])
def test_coming_back_with_nothing_ends_the_flow(journey, simulator, code):
    started = journey.start()
    reply = journey.return_(f"{CALLBACK}?state={started.state}{code}", started.cookie)

    assert result(reply) == {"provider": "slack", "error": "authorization_failed"}
    assert states() == []
    assert simulator.calls("oauth.v2.access") == []


def test_a_fault_of_ours_shows_nothing(journey, monkeypatch, logs):
    def broken(*_):
        raise RuntimeError("secret-of-the-house")

    started = journey.start()
    monkeypatch.setattr(Flows, "complete", broken)
    reply = journey.return_(journey.consent(started), started.cookie)

    assert (reply.status, reply.error) == (500, "internal")
    assert "secret" not in reply.text + logs.getvalue()
    assert "RuntimeError" in logs.getvalue()


def _with_query(**values):
    return f"{CALLBACK}?{urlencode(values)}"
