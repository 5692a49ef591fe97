"""The whole path of a person who connects, uses all there is, and disconnects."""

import requests

from tests.simulator.providers.google.pubsub import SETTINGS
from tests.unit.simulator.google.app import GRACE

MEETING = {
    "summary": "Planning <today>",
    "start": {"dateTime": "2026-11-23T10:00:00+01:00"},
    "end": {"dateTime": "2026-11-23T11:00:00+01:00"},
}
MESSAGE = b"To: bob@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nSee you.\r\n"


def test_connect_use_everything_and_disconnect(simulator, google):
    connected = google.connect(GRACE)
    token = google.refresh(connected["refresh_token"])["access_token"]
    person = {"role": "reader", "type": "user", "emailAddress": "bob@example.com"}
    answers = [
        google.who(token),
        google.add_event(token, MEETING, sendUpdates="all"),
        google.send(token, MESSAGE),
        google.share(token, "file-plan", person),
    ]
    overview = requests.get(simulator.url, timeout=5).text
    gone = google.revoke(connected["refresh_token"])

    assert [answer.status_code for answer in (*answers, gone)] == [200] * 5
    assert [call.operation for call in simulator.log()] == [
        "authorize",
        "consent",
        "token",
        "token",
        "userinfo",
        "events.insert",
        "messages.send",
        "permissions.create",
        "revoke",
    ]
    assert {call.outcome for call in simulator.log()} == {"ok"}
    assert "<td>Calendar</td><td>Planning &lt;today&gt;: 2026-11-23T10:00:00+01:00" in overview
    assert "<td>Mail to bob@example.com</td><td>Grüße</td>" in overview
    assert "<td>Drive: Plan</td><td>bob@example.com: reader</td>" in overview
    assert overview.index(GRACE) < overview.index("Planning") < overview.index("alan@example.net")


def test_every_host_is_below_one_base(simulator, google):
    base = f"{simulator.url}/google"

    assert google.endpoints == {
        "authorizationUrl": f"{base}/o/oauth2/v2/auth",
        "tokenUrl": f"{base}/token",
        "revocationUrl": f"{base}/revoke",
        "apiUrl": base,
        **SETTINGS,
    }
