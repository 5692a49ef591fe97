"""The whole path of a person who connects, sends a message and disconnects."""

import requests

from tests.unit.simulator.app import CLIENT


def test_connect_send_and_disconnect(simulator, slack):
    installed = slack.install("Globex")
    token = installed["access_token"]
    sent = slack.call("chat.postMessage", token, channel="#general", text="Hello <world>")
    secret = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
    gone = slack.call("apps.uninstall", token, **secret)

    assert installed["team"] == {"id": "T0GLOBEX0001", "name": "Globex"}
    assert sent["ok"]
    assert gone == {"ok": True}
    assert [call.operation for call in simulator.log()] == [
        "authorize",
        "consent",
        "oauth.v2.access",
        "chat.postMessage",
        "apps.uninstall",
    ]
    overview = requests.get(simulator.url, timeout=5).text
    assert "Hello &lt;world&gt;" in overview
    assert "Hello <world>" not in overview
