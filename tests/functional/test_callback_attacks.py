"""Attacks on the way back: another browser, another provider, an old state, a doubled parameter.
Each must end before the token endpoint hears of anything, with the state burnt.
"""

import copy
from urllib.parse import parse_qs, urlsplit

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from hub import binding, oauth
from hub.store import states as store
from tests.functional.breakdowns import failing
from tests.functional.gateway import User
from tests.functional.journey import Started, assert_tells_nobody, result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import but_for_the_state, dump, ledger, states

TOKEN = "oauth.v2.access"


@pytest.fixture
def flow(journey) -> tuple[Started, str]:
    """A's flow, with the code of the victim who consented to it."""
    started = journey.start()
    return started, journey.consent(started, "Globex")


def of_another_flow(journey, started):
    return [journey.start(user=User(id="bob")).cookie]


def its_value_under_our_name(journey, started):
    other = journey.start(user=User(id="bob")).cookie
    return [started.cookie.partition("=")[0] + "=" + other.partition("=")[2]]


def changed(before, after):
    return lambda _, started: [started.cookie.replace(before, after, 1)]


WRONG_COOKIES = {
    "none": lambda *_: None,
    "no cookie at all": lambda *_: [],
    "another flow's": of_another_flow,
    "another flow's value under this flow's name": its_value_under_our_name,
    "an empty value": lambda _, started: [started.cookie.partition("=")[0] + "="],
    "no value": lambda _, started: [started.cookie.partition("=")[0]],
    "the stored hash": lambda _, started: [
        f"{started.cookie.partition('=')[0]}={states()[0]['bindingHash']}"
    ],
    "one character less": lambda _, started: [started.cookie[:-1]],
    "one character more": lambda _, started: [started.cookie + "A"],
    "in quotes": lambda _, started: [started.cookie.replace("=", '="') + '"'],
    "no ASCII": lambda _, started: [started.cookie[:-1] + "é"],
    "a lone surrogate": lambda _, started: [started.cookie[:-1] + "\ud800"],
    "the name in capitals": changed("tgt-", "TGT-"),
    "the secure name over http": changed("tgt-", "__Host-tgt-"),
    "the right one and another": lambda _, started: [started.cookie, started.cookie + "A"],
    "two in one": lambda _, started: [f"{started.cookie}; {started.cookie}A"],
    "the state for a value": lambda _, started: [
        f"{started.cookie.partition('=')[0]}={started.state}"
    ],
}


@pytest.mark.parametrize("wrong", WRONG_COOKIES.values(), ids=WRONG_COOKIES.keys())
def test_a_browser_that_did_not_begin_the_flow_cannot_end_it(journey, simulator, flow, wrong):
    started, back = flow
    cookies = wrong(journey, started)
    before = dump()

    reply = journey.gateway.get(back, cookies=cookies)

    assert_tells_nobody(reply)
    assert reply.status == 400
    assert simulator.calls(TOKEN) == []
    after = dump()
    (entry,) = after.pop("consents")
    assert (entry["event"], entry["providerId"], entry["subject"]) == (
        "binding_mismatch",
        "slack",
        "ada",
    )
    burnt = f"state#{oauth.digest(started.state)}"
    kept = [row for row in before["states"] if row["stateId"] != burnt]
    del before["consents"]
    assert after == before | {"states": kept}

    assert journey.return_(back, started.cookie).status == 400
    assert simulator.calls(TOKEN) == []


@pytest.mark.parametrize("planted", [f"planted-{n}" for n in range(8)])
@pytest.mark.parametrize("where", ["cookies", "header"])
def test_a_cookie_that_comes_with_two_values_binds_nothing(planted, where):
    ours, theirs = "tgt-0123456789abcdef=ours", f"tgt-0123456789abcdef={planted}"
    both = {"cookies": {"cookies": [ours, theirs]}, "header": {"cookies": [ours]}}[where]
    event = {"headers": {"cookie": theirs} if where == "header" else {}, **both}

    assert binding.read(APIGatewayProxyEventV2(event), secure=False) == {}


def test_the_attack_works_where_the_binding_is_not_compared(journey, simulator, flow, monkeypatch):
    """Negative control: it is the comparison, and nothing else, that stops it."""
    monkeypatch.setattr(oauth, "matches", lambda *_: True)

    assert result(journey.return_(flow[1], None))["status"] == "connected"
    assert len(simulator.calls(TOKEN)) == 1


def test_opening_the_link_alone_mints_no_binding(journey, simulator):
    """A sends B the authorization URL: B's browser has no cookie of this flow (OA-02)."""
    of_a = journey.start(user=User(id="mallory"))
    of_b = journey.start(user=User(organization="org-b", id="bob"))
    reply = journey.return_(journey.consent(of_a, "Initech"), of_b.cookie)

    assert reply.status == 400
    assert simulator.calls(TOKEN) == []
    assert dump()["integrations"] == []


def test_the_refusal_stands_where_the_ledger_cannot_be_reached(journey, simulator, flow):
    with failing("dynamodb", "PutItem", table="consents") as failed:
        reply = journey.return_(flow[1], None)

    assert failed
    assert reply.status == 400
    assert (states(), simulator.calls(TOKEN)) == ([], [])


def test_the_state_is_taken_then_compared_and_only_then_exchanged(journey, flow, monkeypatch):
    order = []

    def noting(word, function):
        return lambda *args, **named: (order.append(word), function(*args, **named))[1]

    monkeypatch.setattr(store, "consume", noting("consume", store.consume))
    monkeypatch.setattr(oauth, "matches", noting("compare", oauth.matches))
    monkeypatch.setattr(oauth, "issuer_matches", noting("issuer", oauth.issuer_matches))
    monkeypatch.setattr(oauth, "exchange", noting("exchange", oauth.exchange))

    journey.return_(flow[1], flow[0].cookie)

    assert order == ["consume", "compare", "issuer", "exchange"]


def test_a_state_past_its_ten_minutes_is_absent_though_it_is_still_there(
    journey, simulator, flow, clock
):
    started, back = flow
    clock.advance(600)
    before = dump()
    reply = journey.return_(back, started.cookie)

    assert reply.status == 400
    assert len(states()) == 1
    assert dump() == before
    assert simulator.calls(TOKEN) == []

    unknown = journey.return_(back.replace(started.state, oauth.new_secret()), started.cookie)
    assert (unknown.status, unknown.text) == (reply.status, reply.text)


def test_a_state_a_second_before_its_end_still_counts(clock, journey, flow):
    clock.advance(599)

    assert result(journey.return_(flow[1], flow[0].cookie))["status"] == "connected"


@pytest.mark.parametrize("issued_for", ["slack", "madeup"])
def test_a_state_of_one_provider_is_worth_nothing_at_another(
    journey, simulator, server, monkeypatch, issued_for
):
    declare(monkeypatch, made_up(), server.url)
    started = journey.start({"providerId": issued_for})
    if issued_for == "slack":
        wrong = journey.consent(started).replace("/slack/", "/madeup/")
    else:
        wrong = server.approve(started.url).replace("/madeup/", "/slack/")

    reply = journey.return_(wrong, started.cookie)

    assert reply.status == 400
    assert (simulator.calls(TOKEN), server.posts, states()) == ([], [], [])
    (entry,) = ledger()
    assert (entry["event"], entry["providerId"]) == ("provider_mismatch", issued_for)


def test_where_providers_were_not_compared_the_sealed_verifier_would_still_not_open(
    journey, server, monkeypatch
):
    """The second line: the verifier is bound to the provider, and is needed before the call."""
    declare(monkeypatch, made_up(), server.url)
    consume = store.consume
    monkeypatch.setattr(
        store, "consume", lambda *args: copy.replace(consume(*args), provider_id="madeup")
    )
    started = journey.start()
    back = journey.consent(started).replace("/slack/", "/madeup/")

    assert result(journey.return_(back, started.cookie))["error"] == "authorization_failed"
    assert server.posts == []


def test_a_provider_nobody_knows_burns_the_state_too(journey, simulator, flow):
    started, back = flow
    reply = journey.return_(back.replace("/slack/", "/nobody/"), started.cookie)

    assert reply.status == 400
    assert (states(), simulator.calls(TOKEN)) == ([], [])


def twice(name, value, again=None):
    return lambda query: f"{query}&{name}={value}&{again or name}={value}"


DOUBLED = {
    "state twice": lambda query: f"{query}&state={parse_qs(query)['state'][0]}",
    "another state first": lambda query: f"state=other&{query}",
    "state in disguise": lambda query: f"{query}&st%61te=other",
    "code twice": lambda query: f"{query}&code=other",
    "another code first": lambda query: f"code=other&{query}",
    "code in disguise": lambda query: f"{query}&%63ode=other",
    "an empty code": lambda query: f"{query}&code=",
    "a code without a value": lambda query: f"{query}&code",
    "error twice": twice("error", "access_denied"),
    "error in disguise": twice("error", "access_denied", "err%6Fr"),
    "iss twice": twice("iss", "https://issuer.example"),
    "iss in disguise": twice("iss", "https://issuer.example", "i%73s"),
    "anything twice": twice("x", "1"),
}


@pytest.mark.parametrize("double", DOUBLED.values(), ids=DOUBLED.keys())
def test_a_parameter_given_twice_is_refused(journey, simulator, flow, double):
    started, back = flow
    path, _, query = back.partition("?")
    before = dump()
    reply = journey.return_(f"{path}?{double(query)}", started.cookie)

    assert reply.status == 400
    assert simulator.calls(TOKEN) == []
    assert dump() == before
    assert result(journey.return_(back, started.cookie))["status"] == "connected"


def test_values_that_a_gateway_joined_match_nothing(journey, simulator, flow):
    started, back = flow
    joined = back.replace(started.state, f"{started.state},{started.state}")
    reply = journey.return_(joined, started.cookie)

    assert reply.status == 400
    assert (len(states()), simulator.calls(TOKEN)) == (1, [])


AHEAD = {
    "prefetch": ("GET", {"sec-purpose": "prefetch"}),
    "prefetch in capitals": ("GET", {"Sec-Purpose": "PREFETCH"}),
    "prerender": ("GET", {"sec-purpose": "prefetch;prerender"}),
    "an anonymous one": ("GET", {"sec-purpose": "prefetch;anonymous-client-ip"}),
    "the old header": ("GET", {"purpose": "prefetch"}),
    "Firefox's header": ("GET", {"x-moz": "prefetch"}),
    "HEAD": ("HEAD", {}),
    "OPTIONS": ("OPTIONS", {"origin": "https://evil.example"}),
    "POST": ("POST", {}),
}


@pytest.mark.parametrize(("method", "headers"), AHEAD.values(), ids=AHEAD.keys())
def test_what_only_looks_ahead_consumes_nothing(journey, simulator, flow, method, headers):
    started, back = flow
    function, event = journey.gateway.event("GET", back, cookies=[started.cookie], headers=headers)
    event["requestContext"]["http"]["method"] = method
    before = dump()
    reply = journey.gateway.send(function, event)

    assert_tells_nobody(reply)
    assert reply.status in {400, 404, 405}
    assert simulator.calls(TOKEN) == []
    assert dump() == before
    assert result(journey.return_(back, started.cookie))["status"] == "connected"


def test_a_scanner_that_follows_the_link_burns_the_flow_and_the_person_is_told(journey, flow):
    started, back = flow
    before = dump()
    journey.return_(back, None)
    reply = journey.return_(back, started.cookie)

    assert reply.status == 400
    assert "started in another browser" in reply.text
    assert dump() | {"consents": []} == but_for_the_state(before)
    assert urlsplit(back).query not in reply.text
