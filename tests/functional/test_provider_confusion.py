"""Every provider against every other: what was begun at one is worth nothing at another, and each
has a redirect URI of its own (OA-07, OA-08).
"""

from itertools import permutations
from urllib.parse import parse_qs, urlsplit

import pytest

from hub import providers
from tests.functional.conftest import CLIENTS
from tests.functional.journey import result
from tests.functional.stored import dump, ledger, states
from tests.simulator.journal import fingerprint

EVERY = sorted(provider.id for provider in providers.everything())
PAIRS = list(permutations(EVERY, 2))
AT_THE_PAGE = {"authorize", "consent"}


def redirect_uri_of(url):
    (uri,) = parse_qs(urlsplit(url).query)["redirect_uri"]
    return uri


def exchanges(simulator):
    return [call.operation for call in simulator.log() if call.operation not in AT_THE_PAGE]


def test_every_provider_is_played():
    assert sorted(CLIENTS) == EVERY


@pytest.mark.parametrize(("issued_for", "presented_at"), PAIRS)
def test_a_state_is_worth_nothing_at_another_provider(journey, simulator, issued_for, presented_at):
    started = journey.start({"providerId": issued_for})
    back = journey.consent(started)
    assert f"/{issued_for}/" in back
    reply = journey.return_(back.replace(f"/{issued_for}/", f"/{presented_at}/"), started.cookie)

    assert reply.status == 400
    assert (exchanges(simulator), states()) == ([], [])
    (entry,) = ledger()
    assert (entry["event"], entry["providerId"]) == ("provider_mismatch", issued_for)

    assert journey.return_(back, started.cookie).status == 400
    assert exchanges(simulator) == []
    assert dump()["integrations"] == []


@pytest.mark.parametrize(("provider", "other"), PAIRS)
def test_a_code_of_another_provider_connects_nothing(journey, simulator, provider, other):
    """An attacker's code of the other provider, behind a state of this one."""
    elsewhere = journey.start({"providerId": other})
    (code,) = parse_qs(urlsplit(journey.consent(elsewhere)).query)["code"]
    started = journey.start({"providerId": provider})
    path = f"/api/integrations/{provider}/callback?code={code}&state={started.state}"
    reply = journey.return_(path, started.cookie)

    assert result(reply) == {"provider": provider, "error": "authorization_failed"}
    assert [call.provider for call in simulator.log() if call.operation not in AT_THE_PAGE] == [
        provider
    ]
    assert dump()["integrations"] == []


def test_every_provider_has_a_redirect_uri_of_its_own(journey):
    uris = [redirect_uri_of(journey.start({"providerId": provider}).url) for provider in EVERY]

    assert uris == [f"http://localhost:4500/api/integrations/{each}/callback" for each in EVERY]


@pytest.mark.parametrize("provider", EVERY)
def test_the_redirect_uri_is_the_same_to_the_byte_in_both_requests(journey, simulator, provider):
    started = journey.start({"providerId": provider})
    journey.return_(journey.consent(started), started.cookie)

    asked = [call for call in simulator.log() if "redirect_uri" in call.fingerprints]
    assert "authorize" in {call.operation for call in asked}
    assert {call.operation for call in asked} - AT_THE_PAGE
    expected = fingerprint(redirect_uri_of(started.url))
    assert {call.fingerprints["redirect_uri"] for call in asked} == {expected}
