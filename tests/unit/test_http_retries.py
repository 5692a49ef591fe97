"""What is tried again, when, and for how long (RFC 9110 section 10.2.3)."""

import time
from random import SystemRandom

import pytest

from hub.errors import ProviderTimeout, ProviderUnavailable
from hub.http_client import HttpClient
from hub.http_types import Request
from tests.unit.listening import Listener, Script, http, in_turn, say, silent

BUSY = [408, 425, 429, 500, 502, 503, 504]
FINAL = [200, 201, 204, 302, 307, 400, 401, 403, 404, 409, 410, 422, 501, 505]
BROKEN = say(b"", close=True)


class Calls:
    """A client whose pauses are noted instead of slept, and last as long as they may."""

    def __init__(self, server: Listener) -> None:
        self.pauses: list[float] = []
        self.request = Request(url=server.url)
        self.client = HttpClient({server.host}, sleep=self.pauses.append)
        self.client._jitter = lambda _, most: most

    def status(self, attempts: int = 1, seconds: float = 10) -> int:
        return self.client.send(self.request, seconds=seconds, attempts=attempts).status


def spoilt(status: int, *headers: bytes) -> bytes:
    return http(b"", *headers, status=status)


@pytest.mark.parametrize("script", [*map(spoilt, BUSY), BROKEN])
def test_a_call_is_made_once_unless_more_is_asked_for(script: Script | bytes):
    with Listener(script) as server:
        calls = Calls(server)
        try:
            calls.status()
        except ProviderUnavailable:
            assert script is BROKEN

        assert len(server.requests) == 1
        assert calls.pauses == []


@pytest.mark.parametrize("status", BUSY)
def test_a_busy_provider_is_asked_again(status: int):
    with Listener(in_turn(spoilt(status), spoilt(status), http())) as server:
        calls = Calls(server)

        assert calls.status(attempts=3) == 200
        assert calls.pauses == [0.4, 0.8]


@pytest.mark.parametrize("status", FINAL)
def test_any_other_answer_is_final(status: int):
    with Listener(spoilt(status)) as server:
        assert Calls(server).status(attempts=3) == status
        assert len(server.requests) == 1


def test_a_broken_connection_is_tried_again():
    with Listener(in_turn(BROKEN, BROKEN, http())) as server:
        assert Calls(server).status(attempts=3) == 200


def test_the_last_answer_is_given_as_it_is():
    with Listener(spoilt(503)) as server:
        assert Calls(server).status(attempts=3) == 503
        assert len(server.requests) == 3


def test_the_last_failure_is_raised_as_it_is():
    with Listener(BROKEN) as server:
        with pytest.raises(ProviderUnavailable):
            Calls(server).status(attempts=3)

        assert len(server.requests) == 3


def test_a_timeout_is_never_tried_again():
    """What was asked for may have been done; and the time is up."""
    with Listener(silent) as server:
        with pytest.raises(ProviderTimeout):
            Calls(server).status(attempts=3, seconds=0.1)

        assert len(server.requests) == 1


def test_pauses_are_drawn_anew_each_time_by_the_operating_system():
    with Listener(http()) as server:
        draw = HttpClient({server.host})._jitter

    assert isinstance(draw.__self__, SystemRandom)
    assert len({draw(0, 1) for _ in range(50)}) == 50


def test_pauses_grow_to_two_seconds():
    with Listener(spoilt(503)) as server:
        calls = Calls(server)
        calls.status(attempts=6)

    assert calls.pauses == [0.4, 0.8, 1.6, 2.0, 2.0]


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("3", 3),
        *((said, 0.4) for said in ("0", "-5", "soon", "\uff11", "1e1", "")),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.4),
        ("Wed, 99 Oct 2099 07:28:00 GMT", 0.4),
    ],
)
def test_the_provider_may_ask_for_a_longer_pause(said: str, pause: float):
    header = f"Retry-After: {said}".encode()
    with Listener(in_turn(spoilt(429, header), http())) as server:
        calls = Calls(server)

        assert calls.status(attempts=2) == 200
        assert calls.pauses == [pause]


@pytest.mark.parametrize("said", [b"10", b"3601", b"99999999", b"Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_pause_beyond_the_deadline_ends_the_call(said: bytes):
    with Listener(in_turn(spoilt(429, b"Retry-After: " + said), http())) as server:
        calls = Calls(server)

        assert calls.status(attempts=2) == 429
        assert calls.pauses == []


def test_a_broken_connection_shortly_before_the_deadline_ends_the_call():
    with Listener(BROKEN) as server:
        calls = Calls(server)
        with pytest.raises(ProviderUnavailable):
            calls.status(attempts=3, seconds=0.3)

        assert (len(server.requests), calls.pauses) == (1, [])


def test_the_deadline_is_for_all_attempts_together():
    with Listener(in_turn(spoilt(503), spoilt(503), silent)) as server:
        client = HttpClient({server.host})
        client._jitter = lambda *_: 0.1
        began = time.monotonic()
        with pytest.raises(ProviderTimeout):
            client.send(Request(url=server.url), seconds=0.5, attempts=3)

        assert 0.45 <= time.monotonic() - began < 0.9
        assert len(server.requests) == 3
