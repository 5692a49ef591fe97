"""What tests order of Google, and what the pages and the control surface tell."""

import pytest
import requests

from tests.simulator.journal import fingerprint
from tests.simulator.server import Simulator
from tests.unit.simulator.app import CLIENT as SLACK_CLIENT
from tests.unit.simulator.app import App as Slack
from tests.unit.simulator.google.app import CLIENT, GRACE, MAIL, App

ORGANIZER = "108150000000000000002"


def test_the_state_tells_what_was_granted(simulator, google, control):
    connected = google.connect(GRACE, scope=MAIL)
    state = control("GET", "state").json()["google"]

    assert state["grants"] == [{"sub": ORGANIZER, "scopes": [MAIL], "offline": True}]
    assert state["tokens"] == [
        {
            "fingerprint": fingerprint(connected["access_token"]),
            "sub": ORGANIZER,
            "scopes": [MAIL],
            "expires_at": simulator.now() + 3599,
        }
    ]
    assert state["refresh_tokens"] == [
        {"fingerprint": fingerprint(connected["refresh_token"]), "sub": ORGANIZER}
    ]
    assert (state["events"], state["mails"], state["shares"]) == ([], [], [])


def test_no_answer_tells_a_secret():
    with Simulator({"google": CLIENT}) as simulator:
        google = App(simulator)
        connected = google.connect()
        refreshed = google.refresh(connected["refresh_token"])
        pages = ("/", "/_control/log", "/_control/state")
        told = "".join(requests.get(simulator.url + page, timeout=5).text for page in pages)
    names = ("access_token", "refresh_token", "id_token")
    tokens = {part[name] for part in (connected, refreshed) for name in names if name in part}
    secrets = simulator.issued_secrets()

    assert len(tokens) == 5
    assert tokens < secrets
    assert not [secret for secret in secrets | {CLIENT.client_secret} if secret in told]


@pytest.mark.parametrize(
    "order",
    [
        {"iss_in_callback": "yes"},
        {"refuse_plain": 1},
        {"testing": None},
        {"session_control": "no"},
        {"admin_policy": "always"},
        {"admin_policy": ["page"]},
        {"granted_scopes": "openid"},
        {"granted_scopes": [1]},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(simulator, control, order):
    answer = control("POST", "settings", json=order)

    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 10


def test_an_account_that_did_nothing_says_so(simulator, google):
    google.connect(GRACE, scope=MAIL)
    page = requests.get(simulator.url, timeout=5).text

    assert "<h2>Google Workspace</h2>" in page
    assert f"Connected, with {MAIL}." in page
    assert page.count("Not connected.") == 2


def test_hostile_text_stays_text_on_the_overview(simulator, google, token):
    times = {"start": {"date": "2026-11-23"}, "end": {"date": "2026-11-24"}}
    for summary in ("<img src=x onerror=alert(1)>", "\ud800"):
        google.add_event(token, times | {"summary": summary})
    answer = requests.get(simulator.url, timeout=5)

    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "&lt;img" in answer.text


def test_two_providers_are_played_side_by_side():
    clients = {"google": CLIENT, "slack": SLACK_CLIENT}
    with Simulator(clients) as simulator:
        google, slack = App(simulator).connect(), Slack(simulator).install()
        simulator.configure(granted_scopes=[])
        page = requests.get(simulator.url, timeout=5).text

        assert google["access_token"]
        assert slack["ok"]
        assert {call.provider for call in simulator.log()} == {"google", "slack"}
        assert page.index("<h2>Google Workspace</h2>") < page.index("<h2>Slack</h2>")
