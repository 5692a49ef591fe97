"""Which resolved addresses our servers call (WH-18)."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.addresses import may_be_called
from hub.errors import ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Request

REFUSED = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",  # noqa: S104  # refused, not bound to
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:169.254.169.254",
    "::ffff:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "::169.254.169.254",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "",
    "localhost",
    "0x7f000001",
    "2130706433",
]
TAKEN = ["93.184.215.14", "8.8.8.8", "10.0.0.5", "192.168.1.9", "2606:4700::1111", "fd12::1"]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_no_provider_has_is_refused(address):
    assert not may_be_called(address)


@pytest.mark.parametrize("address", TAKEN)
def test_an_address_that_a_provider_may_have_is_called(address):
    assert may_be_called(address)


def test_asking_python_alone_would_let_one_through():
    """Negative control: what makes the list of our own necessary."""
    assert ipaddress.ip_address("64:ff9b::a9fe:a9fe").is_global


@given(st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_every_way_to_write_an_address_is_refused_with_it(address):
    number = int(address)
    ways = (0, 0xFFFF << 32, 0x64FF9B << 96, (0x64FF9B << 96) | (1 << 80))
    for way in ways:
        assert not may_be_called(str(ipaddress.IPv6Address(way | number)))


@given(st.text(max_size=50))
def test_no_text_makes_it_fail(text):
    assert may_be_called(text) in {True, False}


@pytest.fixture
def resolved(monkeypatch):
    """Let every name resolve to these addresses; give whom the client dials."""
    dialled = []

    def resolve(addresses):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (each, 443)) for each in addresses]
        monkeypatch.setattr("hub.http_client.socket.getaddrinfo", lambda *_, **__: list(found))

        def dial(family, address, share):
            dialled.append(address[0])
            raise OSError

        monkeypatch.setattr("hub.http_client._dial", dial)
        return dialled

    return resolve


def call(client=None):
    client = client or HttpClient({"api.provider.example"})
    with pytest.raises(ProviderUnavailable):
        client.send(Request(url="https://api.provider.example/x"), seconds=2)


def test_a_name_that_leads_to_such_an_address_is_not_dialled(resolved):
    dialled = resolved(["169.254.169.254"])
    call()

    assert dialled == []


def test_of_several_addresses_only_the_good_ones_are_dialled(resolved):
    dialled = resolved(["127.0.0.1", "93.184.215.14"])
    call()

    assert dialled == ["93.184.215.14"]


def test_this_machine_is_called_where_the_deployment_is_on_it(resolved):
    dialled = resolved(["127.0.0.1"])
    client = HttpClient({"api.provider.example"}, plain_hosts={"api.provider.example"})
    call(client)

    assert dialled == ["127.0.0.1"]
