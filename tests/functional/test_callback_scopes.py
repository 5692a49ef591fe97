"""The scopes on record are those that were granted, not those that were asked for (OA-18)."""

import pytest

from tests.functional.journey import result
from tests.functional.stored import ledger, rows

REQUIRED = ["channels:read", "chat:write", "channels:manage", "users:read"]


def test_a_required_scope_that_was_not_granted_is_not_active(journey):
    started = journey.start()
    back = journey.consent(started, "Globex", untick=["chat:write"])
    reply = journey.return_(back, started.cookie)

    assert result(reply) == {"provider": "slack", "error": "insufficient_scope"}
    (row,) = rows("integrations")
    shown = journey.gateway.get(f"/api/integrations/{row['integrationId']}").json["data"]
    assert (shown["status"], shown["healthStatus"]) == ("reauth_required", "disconnected")
    assert shown["scopesGranted"] == ["channels:read", "channels:manage", "users:read"]
    assert shown["scopesMissing"] == ["chat:write"]
    assert shown["problem"]["category"] == "insufficient_scope"
    assert (shown["problem"]["actor"], shown["problem"]["missing"]) == ("user", ["chat:write"])
    assert ledger()[0]["scopesGranted"] == shown["scopesGranted"]


def test_an_optional_scope_that_was_not_granted_is_shown_and_no_more(journey):
    started = journey.start({"providerId": "slack", "scopes": ["groups:write"]})
    reply = journey.return_(journey.consent(started, untick=["groups:write"]), started.cookie)

    shown = journey.gateway.get(f"/api/integrations/{result(reply)['integration']}").json["data"]
    assert (shown["status"], shown["problem"]) == ("active", None)
    assert shown["scopesAsked"] == [*REQUIRED, "groups:write"]
    assert shown["scopesGranted"] == REQUIRED
    assert shown["scopesMissing"] == ["groups:write"]


@pytest.mark.parametrize("granted", [[], ["made:up"], ["users:read", "chat:write", "admin"]])
def test_the_granted_scopes_are_what_the_provider_says(journey, simulator, granted):
    simulator.configure("slack", granted_scopes=tuple(granted))
    started = journey.start()
    reply = journey.return_(journey.consent(started), started.cookie)

    assert result(reply)["error"] == "insufficient_scope"
    (row,) = rows("integrations")
    assert sorted(row["scopesGranted"]) == sorted(granted)
