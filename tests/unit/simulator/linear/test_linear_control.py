"""What tests order of Linear, and what the pages and the control surface tell."""

import pytest
import requests

from tests.simulator.journal import fingerprint
from tests.unit.simulator.linear.app import ADA, GRACE


def test_connect_create_and_revoke_leave_their_trace(simulator, linear):
    connected = linear.connect()
    linear.create(connected["access_token"], title="Laptop <today>")
    page = requests.get(simulator.url, timeout=5).text
    linear.revoke(data={"token": connected["refresh_token"]})

    assert [call.operation for call in simulator.log()] == [
        "authorize",
        "consent",
        "token",
        "graphql",
        "revoke",
    ]
    assert {call.outcome for call in simulator.log()} == {"ok"}
    assert "<td>ENG-1</td><td>Laptop &lt;today&gt;</td>" in page
    assert page.index(GRACE.email) < page.index("Laptop")


def test_the_state_tells_what_was_granted(simulator, linear):
    connected = linear.connect()
    state = simulator.state()["linear"]

    assert state["grants"] == [
        {"account": GRACE.id, "scopes": ["read", "issues:create"], "proven": False}
    ]
    assert [token["fingerprint"] for token in state["tokens"]] == [
        fingerprint(connected["access_token"])
    ]
    assert state["issues"] == []


def test_no_answer_tells_a_secret(simulator, linear):
    connected = linear.connect()
    pages = ("/", "/_control/log", "/_control/state")
    told = "".join(requests.get(simulator.url + page, timeout=5).text for page in pages)

    assert {connected["access_token"], connected["refresh_token"]} < simulator.issued_secrets()
    assert not [secret for secret in simulator.issued_secrets() if secret in told]


@pytest.mark.parametrize(("order", "status"), [("FORBIDDEN", 400), ("INPUT_ERROR", 200)])
def test_a_refusal_of_the_api_can_be_ordered_by_its_code(simulator, linear, token, order, status):
    simulator.fault("linear", "graphql", "ok_false", value=order)
    answer = linear.create(token)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == order


def test_a_refusal_of_the_token_endpoint_can_be_ordered_by_its_error(simulator, linear):
    simulator.fault("linear", "token", "ok_false", value="invalid_grant")

    assert linear.exchange(linear.code(), status=400)["error"] == "invalid_grant"


def test_a_limit_is_400_with_the_time_at_which_it_ends(simulator, linear, token):
    simulator.fault("linear", "graphql", "rate_limited", value=30)
    answer = linear.create(token)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "RATELIMITED"
    assert answer.headers["X-RateLimit-Requests-Remaining"] == "0"
    assert answer.headers["X-RateLimit-Requests-Reset"] == str(int(simulator.now() + 30) * 1000)
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    "order", [{"scope_list": "yes"}, {"scope_short": 1}, {"granted_scopes": "read"}]
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(simulator, control, order):
    answer = control("POST", "settings", json=order)

    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 10


def test_an_account_that_did_nothing_says_so_and_names_its_teams(simulator, linear):
    page = requests.get(simulator.url, timeout=5).text

    assert "<h2>Linear</h2>" in page
    assert ADA.email in page
    assert page.count("Not connected.") == 3
    assert page.count("Engineering is ") == 3
    assert page.count("Board is ") == 2


def test_a_page_that_is_not_there_is_not_found(linear):
    url = f"{linear.endpoints['apiUrl']}/graphql"

    assert requests.get(url, timeout=5).status_code == 404
