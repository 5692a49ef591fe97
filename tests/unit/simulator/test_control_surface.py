"""The control surface: what tests order and read, and who is kept out."""

import json

import pytest
import requests

from tests.simulator.engine import UnknownProvider, UnknownSetting
from tests.simulator.journal import fingerprint
from tests.simulator.server import Simulator
from tests.unit.simulator.app import CLIENT, App

READS = ("log", "state")
ORDERS = ("faults", "settings", "clock", "reset", "uninstall")


def test_the_log_tells_every_call_in_order(simulator, slack, control):
    code = slack.code()
    token = slack.exchange(code)["access_token"]
    slack.exchange(code)
    slack.access(auth=("1234.5678", "wrong"), code=code)
    calls = control("GET", "log").json()

    assert [(c["operation"], c["outcome"], c["client_authenticated"]) for c in calls] == [
        ("authorize", "ok", None),
        ("consent", "ok", None),
        ("oauth.v2.access", "ok", True),
        ("oauth.v2.access", "code_already_used", True),
        ("oauth.v2.access", "bad_client_secret", False),
    ]
    assert {c["provider"] for c in calls} == {"slack"}
    assert {c["at"] for c in calls} == {simulator.now()}
    assert calls[2]["fingerprints"]["token"] == fingerprint(token)


def test_the_state_tells_what_was_installed_and_sent(slack, control):
    installed = slack.install("Globex")
    slack.call("chat.postMessage", installed["access_token"], channel="general", text="Hi")
    state = control("GET", "state").json()["slack"]

    assert state["installations"][0]["team"] == "T0GLOBEX0001"
    assert state["tokens"] == [
        {
            "fingerprint": fingerprint(installed["access_token"]),
            "kind": "bot",
            "team": "T0GLOBEX0001",
            "user": "U0GLOBEX0BOT",
            "expires_at": None,
        }
    ]
    assert state["messages"][0]["text"] == "Hi"
    assert {"general", "random"} <= {channel["name"] for channel in state["channels"]}


def test_no_answer_tells_a_secret():
    with Simulator({"slack": CLIENT}) as simulator:
        simulator.configure("slack", rotation=True)
        slack = App(simulator)
        installed = slack.install(user_scope="chat:write")
        refreshed = slack.refresh(installed["refresh_token"])
        pages = ("/", "/_control/log", "/_control/state")
        told = "".join(requests.get(simulator.url + page, timeout=5).text for page in pages)
    parts = (installed, installed["authed_user"], refreshed)
    tokens = {part[name] for part in parts for name in ("access_token", "refresh_token")}
    secrets = simulator.issued_secrets()

    assert tokens < secrets
    assert len(secrets) == len(tokens) + 1
    assert fingerprint(installed["access_token"]) in told
    assert not [secret for secret in secrets | {CLIENT.client_secret} if secret in told]


def test_the_client_secret_is_not_shown():
    assert CLIENT.client_secret not in repr(CLIENT)


def test_a_fault_is_ordered(slack, control):
    order = {"provider": "slack", "operation": "auth.test", "kind": "status", "value": 502}

    assert control("POST", "faults", json=order).status_code == 204
    assert slack.post("auth.test").status_code == 502
    assert slack.post("auth.test").status_code == 200


def test_settings_are_changed(slack, control):
    assert control("POST", "settings", json={"rotation": True}).status_code == 204
    assert control("POST", "settings", json={"provider": "slack", "pkce": True}).ok
    order = {"granted_scopes": ["chat:write"], "refresh_grace": 1}
    assert control("POST", "settings", json=order).ok
    installed = slack.install()

    assert installed["expires_in"] == 43_200
    assert installed["scope"] == "chat:write"


def test_the_clock_is_advanced(simulator, slack, control):
    code, before = slack.code(), simulator.now()

    assert control("POST", "clock", json={"advance": 600}).json() == {"now": before + 600}
    assert slack.exchange(code)["error"] == "code_expired"


def test_an_administrator_removes_the_app(slack, control):
    token = slack.install()["access_token"]
    order = {"provider": "slack", "account": "T0ADA0001"}

    assert control("POST", "uninstall", json=order).json() == {"removed": True}
    assert slack.call("auth.test", token)["error"] == "account_inactive"
    assert control("POST", "uninstall", json=order).json() == {"removed": False}


def test_a_reset_forgets_all_but_the_secrets_it_issued(simulator, slack, control):
    simulator.configure(rotation=True)
    simulator.fault("slack", "auth.test", "empty")
    simulator.advance(5)
    token = slack.install()["access_token"]
    before = simulator.now()

    assert control("POST", "reset", json={}).status_code == 204
    assert (simulator.log(), simulator.faults()) == ([], [])
    assert simulator.now() == before - 5
    assert slack.call("auth.test", token)["error"] == "invalid_auth"
    assert "expires_in" not in slack.install()
    assert token in simulator.issued_secrets()


@pytest.mark.parametrize(
    ("action", "order"),
    [
        ("faults", {}),
        ("faults", {"provider": "slack", "operation": "auth.test", "kind": "explode"}),
        ("faults", {"provider": "google", "operation": "token", "kind": "html"}),
        ("faults", {"provider": "slack", "operation": "x", "kind": "html", "when": "now"}),
        ("settings", {"rotation": "false"}),
        ("settings", {"pkce": 1}),
        ("settings", {"granted_scopes": "chat:write"}),
        ("settings", {"granted_scopes": 7}),
        ("settings", {"granted_scopes": [1]}),
        ("settings", {"refresh_grace": "long"}),
        ("settings", {"weather": "fine"}),
        ("settings", {"provider": "google", "pkce": True}),
        ("settings", {"provider": ["slack"], "pkce": True}),
        ("clock", {}),
        ("clock", {"advance": -1}),
        ("clock", {"advance": "1"}),
        ("clock", {"advance": True}),
        ("clock", {"advance": 1, "and": 2}),
        ("reset", {"everything": True}),
        ("uninstall", {"provider": "slack"}),
        ("uninstall", {"provider": "google", "account": "x"}),
        ("uninstall", {"provider": "slack", "account": ["x"]}),
        ("faults", {"provider": "slack", "operation": {}, "kind": "html"}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_a_sentence(control, action, order):
    answer = control("POST", action, json=order)

    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 10


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_an_order_that_is_no_json_object_is_refused(control, body):
    headers = {"Content-Type": "application/json"}

    assert control("POST", "reset", data=body, headers=headers).status_code == 400


def test_an_order_must_be_called_json(slack, control):
    slack.code()

    assert control("POST", "reset", data="{}").status_code == 400
    assert len(control("GET", "log").json()) == 2


@pytest.mark.parametrize(("method", "action"), [("GET", "reset"), ("POST", "log"), ("GET", "")])
def test_there_is_nothing_else(control, method, action):
    assert control(method, action, json={}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:4500"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("action", READS + ORDERS)
def test_a_web_page_can_neither_read_nor_drive_it(simulator, slack, control, headers, action):
    slack.code()
    answer = control("POST" if action in ORDERS else "GET", action, headers=headers, json={})

    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(simulator.log()) == 2


@pytest.mark.parametrize("path", ["/", "/_control/log", "/_control/state", "/slack/api/auth.test"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "169.254.1.1:80", ""])
def test_a_name_that_was_rebound_to_this_machine_is_refused(simulator, path, host):
    answer = requests.get(f"{simulator.url}{path}", headers={"Host": host}, timeout=5)

    assert (answer.status_code, answer.content) == (421, b"")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:4501"])
def test_this_machines_own_names_are_served(control, host):
    assert control("GET", "log", headers={"Host": host}).ok


def test_preflights_are_not_answered(control):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = control("OPTIONS", "reset", headers=headers)

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_control_answers_are_for_programs(control):
    answer = control("GET", "state")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.content)


# In process


def test_an_unknown_provider_cannot_be_played():
    with pytest.raises(UnknownProvider, match="mailchimp"):
        Simulator({"mailchimp": CLIENT})


def test_an_unknown_setting_is_refused(simulator):
    with pytest.raises(UnknownSetting, match="weather"):
        simulator.configure(weather="fine")


def test_calls_are_picked_by_operation_and_provider(simulator, slack):
    slack.install()

    assert len(simulator.calls("consent")) == 1
    assert len(simulator.calls("consent", "slack")) == 1
    assert simulator.calls("consent", "google") == []


def test_the_log_handed_out_is_a_copy(simulator, slack):
    slack.code()
    simulator.log()[0].outcome = "changed"

    assert simulator.log()[0].outcome == "ok"


def test_it_has_an_address_only_while_it_runs():
    simulator = Simulator({"slack": CLIENT})
    with pytest.raises(RuntimeError, match="not started"):
        _ = simulator.url
    with simulator:
        url = simulator.url
        assert requests.get(url, timeout=5).ok
    simulator.stop()

    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_endpoints_are_those_of_the_real_thing_below_one_folder(simulator):
    assert simulator.endpoints("slack") == {
        "authorizationUrl": f"{simulator.url}/slack/oauth/v2/authorize",
        "tokenUrl": f"{simulator.url}/slack/api/oauth.v2.access",
        "revocationUrl": f"{simulator.url}/slack/api/apps.uninstall",
        "apiUrl": f"{simulator.url}/slack",
    }
