"""Ordered faults: what a client sees, and whether the call took effect all the same."""

import http.client
import threading
import time

import pytest
import requests

from tests.simulator.faults import UnknownFault
from tests.simulator.server import Simulator
from tests.unit.simulator.app import CLIENT, REDIRECT_URI, App

BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture
def token(slack):
    return slack.install()["access_token"]


def say(slack, token, **options):
    return slack.post("chat.postMessage", token, channel="general", text="Hello", **options)


def said(simulator):
    return len(simulator.state()["slack"]["messages"])


def test_a_status_takes_the_place_of_the_effect(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "status", value=503)

    assert say(slack, token).status_code == 503
    assert said(simulator) == 0
    assert say(slack, token).json()["ok"]


def test_a_maintenance_page_is_html_with_200(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "html")
    answer = say(slack, token)

    assert (answer.status_code, said(simulator)) == (200, 0)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>" in answer.text


def test_an_empty_answer_has_no_body(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "empty")
    answer = say(slack, token)

    assert (answer.status_code, answer.content, said(simulator)) == (200, b"", 0)


@pytest.mark.parametrize("body", ["[]", "{", '{"ok": true}', "null", '"\\ud800"', ""])
def test_rubbish_is_called_json(simulator, slack, token, body):
    simulator.fault("slack", "chat.postMessage", "body", value=body)
    answer = say(slack, token)

    assert (answer.text, said(simulator)) == (body, 0)
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("http://localhost:1/elsewhere", 302),
        ({"url": "http://localhost:1/elsewhere", "status": 307}, 307),
    ],
)
def test_a_redirect_points_elsewhere(simulator, token, value, status):
    simulator.fault("slack", "oauth.v2.access", "redirect", value=value)
    answer = requests.post(
        simulator.endpoints("slack")["tokenUrl"], allow_redirects=False, timeout=5
    )

    assert answer.status_code == status
    assert answer.headers["Location"] == "http://localhost:1/elsewhere"


def test_a_rate_limit_is_slacks_own(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "rate_limited", value=30)
    answer = say(slack, token)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert answer.json() == {"ok": False, "error": "ratelimited"}
    assert said(simulator) == 0


def test_a_refusal_has_the_ordered_error(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "ok_false", value="fatal_error")

    assert say(slack, token).json() == {"ok": False, "error": "fatal_error"}
    assert simulator.calls("chat.postMessage")[0].outcome == "fatal_error"
    assert said(simulator) == 0


def test_a_reset_connection_answers_nothing_and_does_nothing(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "reset")

    with pytest.raises(requests.ConnectionError, match="reset"):
        say(slack, token)
    assert said(simulator) == 0


def test_a_lost_answer_took_effect(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "lost_answer")

    with pytest.raises(requests.ConnectionError):
        say(slack, token)
    assert said(simulator) == 1
    assert simulator.calls("chat.postMessage")[0].fault == "lost_answer"


def test_a_lost_token_answer_has_used_up_the_code(simulator, slack):
    code = slack.code()
    simulator.fault("slack", "oauth.v2.access", "lost_answer")

    with pytest.raises(requests.ConnectionError):
        slack.exchange(code)
    assert slack.exchange(code)["error"] == "code_already_used"


def test_a_truncated_answer_took_effect(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "truncated")

    with pytest.raises(BROKEN):
        say(slack, token)
    assert said(simulator) == 1


@pytest.mark.parametrize(("value", "size"), [(None, 1024 * 1024 + 1), (70_000, 70_000)])
def test_a_huge_answer_is_true_and_does_not_tell_its_size(simulator, slack, token, value, size):
    simulator.fault("slack", "chat.postMessage", "huge", value=value)
    answer = say(slack, token)

    assert len(answer.content) == size
    assert answer.json()["ok"]
    assert "Content-Length" not in answer.headers
    assert said(simulator) == 1


def test_a_slow_answer_takes_effect_before_the_client_gives_up(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "slow", value=0.2)
    url = f"{simulator.endpoints('slack')['apiUrl']}/api/chat.postMessage"
    form = {"token": token, "channel": "general", "text": "x"}

    with pytest.raises(requests.ReadTimeout):
        requests.post(url, data=form, timeout=0.05)
    assert said(simulator) == 1
    assert simulator.calls("chat.postMessage")[0].fault == "slow"


def test_a_dripping_answer_arrives_byte_by_byte(simulator, slack, token):
    simulator.fault("slack", "auth.test", "drip", value=0.001)
    began = time.monotonic()
    answer = slack.post("auth.test", token)

    assert answer.json()["ok"]
    assert time.monotonic() - began > 0.001 * len(answer.content)


def test_short_lived_tokens_are_said_to_end_soon_and_work_all_the_same(simulator, slack):
    simulator.configure("slack", rotation=True)
    simulator.fault("slack", "oauth.v2.access", "short_lived", value=100)
    given = slack.install(scope="chat:write", user_scope="chat:write")

    assert (given["expires_in"], given["authed_user"]["expires_in"]) == (100, 100)
    simulator.advance(200)
    assert slack.call("auth.test", given["access_token"])["ok"]


def test_a_fault_counts_down_and_does_not_touch_other_operations(simulator, slack, token):
    simulator.fault("slack", "chat.postMessage", "status", times=2, value=500)

    assert slack.call("auth.test", token)["ok"]
    assert [say(slack, token).status_code for _ in range(3)] == [500, 500, 200]
    assert simulator.faults() == []


def test_a_fault_may_hit_any_operation(simulator, slack, token):
    simulator.fault("slack", "*", "status", times=2, value=500)

    assert slack.post("auth.test", token).status_code == 500
    assert say(slack, token).status_code == 500


def test_faults_come_in_the_order_in_which_they_were_given(simulator, slack, token):
    simulator.fault("slack", "auth.test", "status", value=500)
    simulator.fault("slack", "auth.test", "status", value=502)

    assert [slack.post("auth.test", token).status_code for _ in range(3)] == [500, 502, 200]


def test_the_consent_page_can_fail_too(simulator, slack):
    simulator.fault("slack", "authorize", "status", value=500)

    assert requests.get(slack.authorize_url(), timeout=5).status_code == 500


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ({"kind": "explode"}, "no fault is called 'explode'"),
        ({"kind": "status"}, "status cannot have the value None"),
        ({"kind": "status", "value": 99}, "status cannot have"),
        ({"kind": "status", "value": True}, "status cannot have"),
        ({"kind": "slow", "value": "long"}, "slow cannot have"),
        ({"kind": "slow", "value": -1}, "slow cannot have"),
        ({"kind": "redirect", "value": {"url": "x"}}, "redirect cannot have"),
        ({"kind": "ok_false", "value": ""}, "ok_false cannot have"),
        ({"kind": "html", "value": "x"}, "html cannot have"),
        ({"kind": "html", "times": 0}, "times is a whole number"),
        ({"kind": "html", "operation": "chat.shout"}, "slack has no operation 'chat.shout'"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(simulator, order, complaint):
    with pytest.raises(UnknownFault, match=complaint):
        simulator.fault(**{"provider": "slack", "operation": "auth.test"} | order)
    assert simulator.faults() == []


def test_stopping_does_not_wait_for_a_slow_answer():
    with Simulator({"slack": CLIENT}) as simulator:
        simulator.fault("slack", "authorize", "slow", value=60)
        port = int(simulator.url.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/slack/oauth/v2/authorize")
        arrived = threading.Event()
        while not simulator.calls("authorize"):
            arrived.wait(0.005)
        began = time.monotonic()
    stopped = time.monotonic() - began
    connection.getresponse().read()
    connection.close()

    assert stopped < 5


def test_two_simulators_know_nothing_of_each_other():
    with Simulator({"slack": CLIENT}) as one, Simulator({"slack": CLIENT}) as other:
        answer = App(one).install(redirect_uri=REDIRECT_URI)

        assert answer["ok"]
        assert other.log() == []
