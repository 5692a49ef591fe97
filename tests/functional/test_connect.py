"""POST connect by both paths: what may be asked for, by whom, and where people come back to."""

from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from hub import runtime
from tests.functional.conftest import CLIENT
from tests.functional.gateway import User
from tests.functional.journey import result
from tests.functional.stored import dump, states

CONNECT = "/api/integrations/connect"
ALLOWED = "https://app.targetym.example/settings"
SETTINGS_PAGE = "http://localhost:4500/settings/integrations"
REQUIRED = ["channels:read", "chat:write", "channels:manage", "users:read"]


def asked(reply):
    query = parse_qs(urlsplit(reply.json["data"]["url"]).query, strict_parsing=True)
    return {name: value for name, (value,) in query.items()}


def test_the_url_carries_exactly_what_the_protocol_needs(journey, simulator):
    reply = journey.gateway.post(CONNECT, {"providerId": "slack"})

    assert reply.status == 200
    assert set(reply.json) == {"success", "data"}
    assert set(reply.json["data"]) == {"url", "state"}
    assert reply.json["data"]["url"].startswith(simulator.endpoints("slack")["authorizationUrl"])
    assert asked(reply) == {
        "response_type": "code",
        "client_id": CLIENT.client_id,
        "redirect_uri": "http://localhost:4500/api/integrations/slack/callback",
        "scope": ",".join(REQUIRED),
        "state": reply.json["data"]["state"],
    }
    assert reply.headers["cache-control"] == "no-store"


def test_the_provider_in_the_path_does_the_same_as_in_the_body(journey):
    in_body = journey.gateway.post(CONNECT, {"providerId": "slack"})
    in_path = journey.gateway.post("/api/integrations/slack/connect", {})

    assert in_path.status == 200
    assert asked(in_path) | {"state": ""} == asked(in_body) | {"state": ""}


def test_the_host_header_decides_nothing(journey):
    forged = {"host": "evil.example", "x-forwarded-host": "evil.example", "origin": "https://e.x"}
    reply = journey.gateway.post(CONNECT, {"providerId": "slack"}, headers=forged)

    assert "evil" not in reply.text
    assert asked(reply)["redirect_uri"].startswith("http://localhost:4500/")


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ([], REQUIRED),
        (["chat:write"], REQUIRED),
        (["chat:write", "chat:write"], REQUIRED),
        (["chat:write.public"], [*REQUIRED, "chat:write.public"]),
        (["chat:write.public", "groups:write"], [*REQUIRED, "groups:write", "chat:write.public"]),
    ],
)
def test_required_scopes_are_always_asked_for_and_optional_ones_when_chosen(
    journey, scopes, expected
):
    reply = journey.gateway.post(CONNECT, {"providerId": "slack", "scopes": scopes})

    assert asked(reply)["scope"].split(",") == expected


@pytest.mark.parametrize(
    ("scopes", "code"),
    [
        (["admin"], "unknown_scope"),
        (["chat:write", "CHAT:WRITE"], "unknown_scope"),
        (["chat:write,admin"], "unknown_scope"),
        (["chat:write admin"], "unknown_scope"),
        (["chat:write\n"], "unknown_scope"),
        (["chat:write"] * 101, "invalid_request"),
        (["x" * 201], "invalid_request"),
        ([""], "invalid_request"),
        ([None], "invalid_request"),
        ("chat:write", "invalid_request"),
        ({"chat:write": True}, "invalid_request"),
    ],
)
def test_other_scopes_are_refused_and_nothing_is_begun(journey, scopes, code):
    before = dump()
    reply = journey.gateway.post(CONNECT, {"providerId": "slack", "scopes": scopes})

    assert (reply.status, reply.error) == (400, code)
    assert reply.cookies == []
    assert dump() == before


@pytest.mark.parametrize(
    "address",
    [
        ALLOWED,
        "https://app.targetym.example:443/settings",
        "HTTPS://APP.targetym.example/settings",
        SETTINGS_PAGE,
    ],
)
def test_an_address_on_the_list_is_where_the_browser_ends(journey, address):
    started = journey.start({"providerId": "slack", "returnTo": address})
    reply = journey.return_(journey.consent(started), started.cookie)

    assert reply.status == 303
    assert reply.headers["location"].partition("?")[0] == address


def test_without_an_address_the_browser_ends_at_the_settings_page(journey):
    started = journey.start()
    reply = journey.return_(journey.consent(started), started.cookie)

    assert reply.headers["location"].partition("?")[0] == SETTINGS_PAGE


FOREIGN = {
    "two slashes": "//evil.example",
    "three slashes": "///evil.example",
    "two slashes before ours": "//app.targetym.example/settings",
    "no slashes": "https:evil.example",
    "no slashes before ours": "https:app.targetym.example/settings",
    "one slash": "https:/app.targetym.example/settings",
    "three slashes after the scheme": "https:///app.targetym.example/settings",
    "a person before another host": "https://app.targetym.example@evil.example/settings",
    "a person before ours": "https://evil@app.targetym.example/settings",
    "a backslash before @": "https://app.targetym.example\\@evil.example/settings",
    "a backslash for a slash": "https://app.targetym.example\\settings",
    "ours as a subdomain": "https://app.targetym.example.evil.example/settings",
    "ours with a prefix": "https://evil-app.targetym.example/settings",
    "a parent of ours": "https://targetym.example/settings",
    "a trailing dot": "https://app.targetym.example./settings",
    "a tab": "https://app.targetym.example/\tsettings",
    "a tab in the scheme": "ht\ttps://app.targetym.example/settings",
    "line breaks": "https://app.targetym.example/settings\r\nlocation: https://evil.example",
    "a line break at the end": "https://app.targetym.example/settings\n",
    "a space in front": " https://app.targetym.example/settings",
    "a null": "https://app.targetym.example/settings\0",
    "javascript": "javascript:alert(1)",
    "javascript with ours": "javascript://app.targetym.example/settings%0aalert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "a homoglyph": "https://\u0430pp.targetym.example/settings",
    "a full-width dot": "https://app。targetym.example/settings",
    "punycode": "https://xn--pp-7kc.targetym.example/settings",
    "percent-encoding": "https://app.targetym.example/%73ettings",
    "a query": "https://app.targetym.example/settings?next=https://evil.example",
    "an empty query": "https://app.targetym.example/settings?",
    "a fragment": "https://app.targetym.example/settings#evil",
    "an empty fragment": "https://app.targetym.example/settings#",
    "http": "http://app.targetym.example/settings",
    "another port": "https://app.targetym.example:8443/settings",
    "the other scheme's port": "https://app.targetym.example:80/settings",
    "no port that exists": "https://app.targetym.example:99999/settings",
    "another path": "https://app.targetym.example/elsewhere",
    "a deeper path": "https://app.targetym.example/settings/deeper",
    "a trailing slash": "https://app.targetym.example/settings/",
    "another case of the path": "https://app.targetym.example/Settings",
    "a way up": "https://app.targetym.example/settings/../elsewhere",
    "no path": "https://app.targetym.example",
    "a path only": "/settings/integrations",
    "no scheme": "app.targetym.example/settings",
    "a bracket": "https://[app.targetym.example/settings",
    "nothing of an address": "evil",
}


@pytest.mark.parametrize("address", FOREIGN.values(), ids=FOREIGN.keys())
def test_any_other_address_is_refused_at_connect(journey, address):
    before = dump()
    reply = journey.gateway.post(CONNECT, {"providerId": "slack", "returnTo": address})

    assert (reply.status, reply.error) == (400, "return_to_not_allowed")
    assert "evil" not in reply.text
    assert reply.cookies == []
    assert dump() == before


@pytest.mark.parametrize("listed", ["https://", "https:nowhere", "https://[::1/x"])
@pytest.mark.parametrize("address", ["https:evil.example", "https:///evil.example", "evil"])
def test_a_listed_address_that_is_none_allows_nothing(journey, monkeypatch, listed, address):
    monkeypatch.setenv("RETURN_TO_URLS", listed)
    runtime.settings.cache_clear()
    reply = journey.gateway.post(CONNECT, {"providerId": "slack", "returnTo": address})

    assert reply.error == "return_to_not_allowed"


@pytest.mark.parametrize("provider", ["nobody", "Slack", "slack ", "..", "sl\u0430ck", "x" * 64])
def test_an_unknown_provider_is_named_as_such(journey, provider):
    reply = journey.gateway.post(CONNECT, {"providerId": provider})

    assert (reply.status, reply.error) == (404, "unknown_provider")
    assert states() == []


def test_an_unknown_provider_in_the_path_is_named_as_such(journey):
    reply = journey.gateway.post("/api/integrations/nobody/connect", {})

    assert (reply.status, reply.error) == (404, "unknown_provider")


@pytest.mark.parametrize("content", [None, "not json", "[]", "{}", '{"clientId": "", "x": 1}'])
def test_a_provider_that_is_not_set_up_says_whom_to_ask(aws, gateway, content):
    if content is not None:
        boto3.client("ssm").put_parameter(
            Name="/targetym/local/providers/slack", Value=content, Type="SecureString"
        )
    reply = gateway.post(CONNECT, {"providerId": "slack"})

    assert (reply.status, reply.error) == (409, "provider_unconfigured")
    assert "administrator" in reply.json["error"]["message"]
    assert states() == []


@pytest.mark.parametrize("path", [CONNECT, "/api/integrations/slack/connect"])
@pytest.mark.parametrize("role", ["manager", "employee", "ADMIN", "", "None"])
def test_only_those_who_manage_may_connect(journey, path, role):
    reply = journey.gateway.post(path, {"providerId": "slack"}, user=User(role=role))

    assert (reply.status, reply.error) == (403, "forbidden")
    assert states() == []


@pytest.mark.parametrize("role", ["admin", "hr"])
def test_those_who_manage_may_connect(journey, role):
    started = journey.start(user=User(role=role))

    assert result(journey.return_(journey.consent(started), started.cookie))["status"]


def test_a_session_that_ended_while_the_gateway_still_allowed_it_is_refused(journey):
    reply = journey.gateway.post(CONNECT, {"providerId": "slack"}, user=User(expires_in=0))

    assert (reply.status, reply.error) == (401, "unauthenticated")
    assert states() == []


@pytest.mark.parametrize("missing", ["organization", "user", "role", "exp", None])
def test_without_a_whole_identity_nobody_is_let_in(journey, missing):
    function, event = journey.gateway.event("POST", CONNECT, body={"providerId": "slack"})
    if missing:
        del event["requestContext"]["authorizer"]["lambda"][missing]
    else:
        del event["requestContext"]["authorizer"]
    reply = journey.gateway.send(function, event)

    assert (reply.status, reply.error) == (401, "unauthenticated")
    assert states() == []


def test_a_request_id_is_in_the_failure_for_support(journey):
    function, event = journey.gateway.event("POST", CONNECT, body={})
    reply = journey.gateway.send(function, event)

    assert reply.json == {
        "success": False,
        "error": {
            "code": "invalid_request",
            "message": "Field providerId: Field required.",
            "requestId": event["requestContext"]["requestId"],
        },
    }


def test_a_flow_for_the_provider_in_the_path_needs_no_body(gateway, configured):
    reply = gateway.request("POST", "/api/integrations/slack/connect")

    assert reply.status == 200, reply.text
