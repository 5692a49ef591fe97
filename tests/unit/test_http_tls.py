"""A provider proves who it is before anything is said to it (OA-20)."""

import ssl
from pathlib import Path

import pytest
import requests

from hub import http_client
from hub.errors import ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from tests.unit.certificates import Issued, issue
from tests.unit.listening import Listener, http


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def call(server: Listener, *, trusted: Issued | None = None) -> Answer:
    client = HttpClient({server.host})
    if trusted:
        client._session.verify = str(trusted.path)
    return client.send(Request(url=server.url, form={"secret": "Zq81"}), seconds=5)


def test_a_trusted_server_is_called(folder: Path):
    known = issue("localhost", folder)
    with Listener(http(), tls=known.server()) as server:
        assert call(server, trusted=known).status == 200


def test_a_server_that_vouches_for_itself_is_refused(folder: Path):
    with Listener(http(), tls=issue("localhost", folder).server()) as server:
        with pytest.raises(ProviderUnavailable):
            call(server)

        assert server.requests == []


def test_a_server_with_the_name_of_another_is_refused(folder: Path):
    other = issue("slack.example", folder)
    with Listener(http(), tls=other.server()) as server:
        with pytest.raises(ProviderUnavailable):
            call(server, trusted=other)

        assert server.requests == []


def test_a_server_whose_certificate_has_expired_is_refused(folder: Path):
    old = issue("localhost", folder, expired=True)
    with Listener(http(), tls=old.server()) as server:
        with pytest.raises(ProviderUnavailable):
            call(server, trusted=old)

        assert server.requests == []


def test_a_server_of_an_old_protocol_is_refused(folder: Path):
    known = issue("localhost", folder)
    context = known.server()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Listener(http(), tls=context) as server:
        with pytest.raises(ProviderUnavailable):
            call(server, trusted=known)

        assert server.requests == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_adds_no_authority(
    variable: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    known = issue("localhost", folder)
    monkeypatch.setenv(variable, str(known.path))
    with Listener(http(), tls=known.server()) as server, pytest.raises(ProviderUnavailable):
        call(server)


def test_a_session_that_takes_authorities_from_the_environment_would_be_caught(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    known = issue("localhost", folder)
    monkeypatch.setattr(http_client, "_Session", requests.Session)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(known.path))
    with Listener(http(), tls=known.server()) as server:
        assert call(server).status == 200


def test_verifying_cannot_be_switched_off(folder: Path):
    with Listener(http(), tls=issue("localhost", folder).server()) as server:
        client = HttpClient({server.host})
        client._session.verify = False
        with pytest.raises(ValueError, match="check_hostname"):
            client.send(Request(url=server.url), seconds=5)

        assert server.requests == []
