"""The callback when the provider answers slowly, rubbish, too much or not at all: each gets its
word, the code is sent once, and nothing is left half-written.
"""

import json

import pytest

from hub import oauth
from tests.functional.journey import result
from tests.functional.stored import but_for_the_state, dump, ledger, rows, sealed

TOKEN = "oauth.v2.access"


def body(**changes):
    """A token endpoint's answer, with changes."""
    good = {
        "ok": True,
        "access_token": "xoxb-1",
        "token_type": "bot",
        "scope": "channels:read,chat:write,channels:manage,users:read",
        "team": {"id": "T1", "name": "One"},
        "is_enterprise_install": False,
    }
    return json.dumps({**good, **changes})


PROVIDER_FAULTS = {
    "slow": (("slow", 3), "provider_unavailable"),
    "dripping": (("drip", 0.02), "provider_unavailable"),
    "reset": (("reset", None), "provider_unavailable"),
    "lost answer": (("lost_answer", None), "provider_unavailable"),
    "a page": (("html", None), "provider_unavailable"),
    "cut off": (("truncated", None), "provider_unavailable"),
    "nothing": (("empty", None), "provider_unavailable"),
    "a megabyte": (("huge", None), "provider_unavailable"),
    "64 KiB and a byte": (("huge", 64 * 1024 + 1), "provider_unavailable"),
    "busy": (("rate_limited", 30), "provider_unavailable"),
    "500": (("status", 500), "provider_unavailable"),
    "503": (("status", 503), "provider_unavailable"),
    "204": (("status", 204), "provider_unavailable"),
    "404": (("status", 404), "provider_error"),
    "the code was used": (("ok_false", "code_already_used"), "authorization_failed"),
    "an unknown code": (("ok_false", "invalid_code"), "authorization_failed"),
    "a wrong secret": (("ok_false", "bad_client_secret"), "authorization_failed"),
    "a wrong redirect URI": (("ok_false", "bad_redirect_uri"), "authorization_failed"),
    "its own trouble": (("ok_false", "fatal_error"), "provider_unavailable"),
    "a new word": (("ok_false", "never_heard_of"), "provider_error"),
    "null": (("body", "null"), "provider_unavailable"),
    "a list": (("body", "[]"), "provider_unavailable"),
    "NaN": (("body", "NaN"), "provider_unavailable"),
    "a deep nest": (("body", "[" * 60_000), "provider_unavailable"),
    "ok is not true": (("body", body(ok=1)), "provider_error"),
    "no token": (("body", body(access_token=None)), "provider_unavailable"),
    "an empty token": (("body", body(access_token="")), "provider_unavailable"),
    "a token that is none": (("body", body(access_token={"a": 1})), "provider_unavailable"),
    "a token that splits headers": (("body", body(access_token="a\r\nb")), "provider_unavailable"),
    "a person's token that is none": (
        ("body", body(authed_user={"id": "U1", "access_token": 7})),
        "provider_unavailable",
    ),
}


@pytest.fixture
def short_deadline(monkeypatch):
    monkeypatch.setattr(oauth, "EXCHANGE_SECONDS", 0.4)


@pytest.mark.parametrize(("fault", "error"), PROVIDER_FAULTS.values(), ids=PROVIDER_FAULTS.keys())
def test_a_provider_that_fails_gets_its_word_and_leaves_nothing(
    journey, short_deadline, flow, fault, error
):
    started, back = flow
    calls = len(journey.simulator.calls(TOKEN))
    before = dump()
    journey.simulator.fault("slack", TOKEN, fault[0], value=fault[1])

    reply = journey.return_(back, started.cookie)

    assert result(reply) == {"provider": "slack", "error": error}
    assert dump() == but_for_the_state(before)
    assert len(journey.simulator.calls(TOKEN)) == calls + 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_the_token_endpoint_is_not_followed(journey, server, flow, status):
    started, back = flow
    before = dump()
    elsewhere = {"url": f"{server.url}/token", "status": status}
    journey.simulator.fault("slack", TOKEN, "redirect", value=elsewhere)

    reply = journey.return_(back, started.cookie)

    assert result(reply)["error"] == "provider_unavailable"
    assert server.posts == []
    assert dump() == but_for_the_state(before)


@pytest.mark.parametrize(
    "changes",
    [
        {"team": None},
        {"team": {"id": 7}},
        {"team": {"id": ""}},
        {"team": "T1"},
        {"is_enterprise_install": True},
    ],
)
def test_tokens_of_nobody_knows_whom_are_kept_for_nobody(journey, flow, changes):
    """They cannot be revoked either: that would end whatever installation they belong to."""
    started, back = flow
    before = dump()
    journey.simulator.fault("slack", TOKEN, "body", value=body(**changes))

    reply = journey.return_(back, started.cookie)

    assert result(reply)["error"] == "provider_unavailable"
    assert rows("integrations") == before["integrations"]
    assert journey.run_jobs() == []
    assert journey.simulator.calls("apps.uninstall") == []
    (entry,) = ledger("revocation_settled")
    assert entry["outcome"] == "account_unknown"
    assert sealed() == {row["credentialsId"] for row in before["credentials"]}


@pytest.mark.parametrize("name", ["\ud800", "x" * 5000, "a\r\nb\0", {"a": 1}, "", None])
def test_a_strange_account_name_breaks_nothing(journey, flow, name):
    started, back = flow
    journey.simulator.fault("slack", TOKEN, "body", value=body(team={"id": "T1", "name": name}))

    reply = journey.return_(back, started.cookie)

    assert result(reply)["status"] == "connected"
    listed = journey.gateway.get("/api/integrations")
    assert listed.text.encode()
    assert all(1 <= len(each["accountName"]) <= 200 for each in listed.json["data"])
