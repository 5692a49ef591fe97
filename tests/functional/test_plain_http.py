"""Where a function may go over plain http: nowhere once deployed; locally to this machine, which a
container knows by the name under which it finds AWS played.
"""

import pytest

from hub import registrations, runtime
from hub.errors import Misconfigured, ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Request

LOOPBACK = {"localhost", "127.0.0.1"}
# Nothing listens on port 1: who may go there finds nobody.
CLOSED = "[::1]:1"


@pytest.fixture
def deployed(monkeypatch, cold):
    def deploy(stage, endpoint="", base_url="https://integrations.example.com"):
        monkeypatch.setenv("STAGE", stage)
        monkeypatch.setenv("PUBLIC_BASE_URL", base_url)
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("RETURN_TO_URLS", "")
        cold()

    return deploy


def call(url):
    client = registrations._http_client(frozenset({CLOSED}))
    return client.send(Request(method="GET", url=url), seconds=1)


@pytest.mark.parametrize(
    ("endpoint", "more"),
    [
        ("", set()),
        ("http://127.0.0.1:4566", set()),
        ("http://172.17.0.1:4566", {"172.17.0.1"}),
        ("http://host.docker.internal:4566", {"host.docker.internal"}),
    ],
)
def test_locally_this_machine_by_every_name_it_has(deployed, endpoint, more):
    deployed("local", endpoint, "http://localhost:4500")

    assert runtime.settings().plain_hosts == LOOPBACK | more


def test_nothing_once_deployed(deployed):
    deployed("production")

    assert runtime.settings().plain_hosts == frozenset()


def test_a_deployed_function_does_not_start_with_a_stand_in(deployed):
    deployed("production", "http://172.17.0.1:4566")

    with pytest.raises(Misconfigured):
        runtime.settings()


def test_the_providers_client_goes_by_it(deployed):
    deployed("local", f"http://{CLOSED}", "http://localhost:4500")
    with pytest.raises(ProviderUnavailable):
        call(f"http://{CLOSED}/")

    deployed("local", "http://172.17.0.1:4566", "http://localhost:4500")
    with pytest.raises(ValueError, match="may not call"):
        call(f"http://{CLOSED}/")


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1:1"])
def test_a_deployed_function_does_not_call_loopback(deployed, host):
    deployed("production")
    client = registrations._http_client(frozenset({host}))

    with pytest.raises(ValueError, match="may not call"):
        client.send(Request(method="GET", url=f"http://{host}/"), seconds=1)


def test_by_default_a_client_calls_loopback_alone():
    with pytest.raises(ValueError, match="may not call"):
        HttpClient({CLOSED}).send(Request(method="GET", url=f"http://{CLOSED}/"), seconds=1)
