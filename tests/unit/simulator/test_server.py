"""The server itself: where it listens, the overview, and requests it does not understand."""

import http.client
import socket
import sys

import pytest
import requests

from tests.simulator.server import Simulator
from tests.unit.simulator.app import CLIENT

BRIDGE = "127.0.0.2"


def raw(simulator, text: str) -> str:
    port = int(simulator.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def test_it_listens_on_loopback_alone(running):
    assert [server.server_address[0] for server in running._servers] == ["127.0.0.1"]


@pytest.fixture
def for_containers():
    if sys.platform != "linux":
        pytest.skip(f"Only Linux has {BRIDGE} without being asked to.")
    """As for containers, at an address of its own and by a name of its own."""
    with Simulator({"slack": CLIENT}, name=BRIDGE, address=BRIDGE) as simulator:
        yield simulator


def test_it_can_listen_at_one_more_address(for_containers):
    port = for_containers.url.rpartition(":")[2]
    addresses = [server.server_address[0] for server in for_containers._servers]

    assert addresses == ["127.0.0.1", BRIDGE]
    assert requests.get(f"http://{BRIDGE}:{port}/", timeout=5).ok


def test_programs_call_it_there_and_browsers_on_loopback(for_containers):
    port = for_containers.url.rpartition(":")[2]
    endpoints = for_containers.endpoints("slack")
    opened = endpoints.pop("authorizationUrl")

    assert opened.startswith(f"http://localhost:{port}/slack/")
    assert len(endpoints) == 3
    assert all(url.startswith(f"http://{BRIDGE}:{port}/slack") for url in endpoints.values())


@pytest.mark.parametrize("path", ["/", "/_control/log", "/slack/api/auth.test"])
def test_there_too_a_rebound_name_is_refused(for_containers, path):
    port = for_containers.url.rpartition(":")[2]
    url = f"http://{BRIDGE}:{port}{path}"
    answer = requests.get(url, headers={"Host": "evil.example"}, timeout=5)

    assert (answer.status_code, answer.content) == (421, b"")


def test_containers_do_not_drive_it(for_containers):
    port = for_containers.url.rpartition(":")[2]

    assert requests.get(f"http://{BRIDGE}:{port}/_control/log", timeout=5).status_code == 403


def test_an_address_that_is_not_ours_leaves_nothing_running():
    simulator = Simulator({"slack": CLIENT}, address="192.0.2.1")
    with pytest.raises(OSError, match="assign"):
        simulator.start()
    simulator.stop()

    with pytest.raises(RuntimeError):
        _ = simulator.url


def test_the_overview_names_providers_accounts_and_messages(simulator, slack):
    empty = requests.get(simulator.url, timeout=5).text
    token = slack.install("Globex", scope="chat:write")["access_token"]
    slack.call("chat.postMessage", token, channel="general", text="Lunch?")
    full = requests.get(simulator.url, timeout=5).text

    assert empty.count("Not connected.") == 3
    assert "<h2>Slack</h2>" in full
    assert "Connected, with chat:write." in full
    assert "<td>#general</td><td>Lunch?</td>" in full
    assert full.index("Globex") < full.index("Lunch?") < full.index("Initech")


def test_the_overview_runs_nothing_and_keeps_messages_text(simulator, slack):
    token = slack.install()["access_token"]
    slack.call("chat.postMessage", token, channel="general", text="<img src=x onerror=alert(1)>")
    answer = requests.get(simulator.url, timeout=5)

    assert "<img" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "form-action 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/favicon.ico", "/google/token", "/slack", "/slack/nowhere"])
def test_an_unknown_page_is_not_found(simulator, path):
    assert requests.get(simulator.url + path, timeout=5).status_code == 404
    assert simulator.log() == []


def test_a_token_cannot_be_asked_for_by_get(simulator):
    answer = requests.get(simulator.endpoints("slack")["tokenUrl"], timeout=5)

    assert answer.json() == {"ok": False, "error": "unknown_method"}


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Content-Length: x", 411),
        ("Content-Length: -1", 411),
        ("Content-Length: ²", 411),
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: 2097153", 413),
    ],
)
def test_a_body_of_unknown_or_excessive_length_is_refused(simulator, header, status):
    answer = raw(simulator, f"POST /_control/reset HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n")

    assert answer.startswith(f"HTTP/1.1 {status} ")


def test_a_head_request_gets_no_body(simulator):
    answer = raw(simulator, "HEAD /slack/nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert answer.startswith("HTTP/1.1 404 ")
    assert answer.endswith("\r\n\r\n")


def test_nothing_is_printed(simulator, slack, capfd):
    slack.install()
    simulator.fault("slack", "auth.test", "reset")
    with pytest.raises(requests.ConnectionError):
        slack.post("auth.test")

    assert capfd.readouterr() == ("", "")


def test_a_client_that_leaves_during_the_answer_is_no_error(simulator, capfd):
    simulator.fault("slack", "authorize", "drip", value=0.001)
    port = int(simulator.url.rpartition(":")[2])
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/slack/oauth/v2/authorize")
        connection.getresponse().close()
        connection.close()

    assert len(simulator.calls("authorize")) == 2
    assert capfd.readouterr() == ("", "")
