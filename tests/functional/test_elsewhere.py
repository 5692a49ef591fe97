"""WH-17: an answer may point wherever it likes; calls and tokens go to the provider's own hosts."""

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from hub import errors, http_client, providers
from hub.http_client import HttpClient
from hub.http_types import Answer, Request
from hub.providers import _rest
from tests.functional.canaries import someone
from tests.functional.journey import Journey, result
from tests.functional.made_up import declare, made_up
from tests.providers.sample import sample
from tests.unit.listening import Listener

EMPTY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
ELSEWHERE = (
    "http://localhost:{trap}/api",  # plain HTTP on this machine is allowed here, but not this port
    "https://{host}.evil.example/api",
    "https://evil.example@{host}/api",
    "https://{host}@evil.example/api",
    "https://169.254.169.254/latest/meta-data/",
    "//evil.example/api",
    "file:///etc/passwd",
)
POINTERS = (
    "api_url",
    "url",
    "self",
    "html_url",
    "next",
    "@odata.nextLink",
    "permalink",
    "join_url",
)
REDIRECTS = (301, 302, 307)  # the HTTP client has a test of all of them
PEOPLE = count()  # another for each flow: nobody may start many of them
SEND = HttpClient.send
AT_THE_PAGE = {"authorize", "consent"}


@pytest.fixture
def trap() -> Iterator[Listener]:
    """The other host: it counts who comes, and keeps what they bring."""
    with Listener(EMPTY) as trap:
        yield trap


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """The ports that our client connects to."""
    dialled: set[Any] = set()
    dial = http_client._dial

    def watched(family: int, address: Any, seconds: float) -> Any:
        dialled.add(address[1])
        return dial(family, address, seconds)

    monkeypatch.setattr(http_client, "_dial", watched)
    return dialled


def connect_act_and_leave(journey: Journey, provider: str) -> None:
    """Call the provider in all the ways there are, as far as it lets us."""
    used = sample(provider)
    started = journey.start({"providerId": provider}, user=someone(next(PEOPLE)))
    back = journey.consent(started, used.account)
    reply = journey.choose_first(back, journey.return_(back, started.cookie))
    integration = result(reply).get("integration")
    if integration is None:
        return
    url = f"/api/integrations/{integration}"
    journey.gateway.post(f"{url}/actions/{used.action}", dict(used.body))
    assert journey.gateway.delete(url).status == 200
    journey.run_jobs()


def called(journey: Journey, provider: str) -> list[str]:
    calls = [call for call in journey.simulator.log() if call.provider == provider]
    return [call.operation for call in calls if call.operation not in AT_THE_PAGE]


def pointing(answer: Answer, url: str) -> Answer:
    """The same answer, with every link in it leading elsewhere, and more links than it had."""
    with suppress(ValueError):
        answer = replace(answer, body=json.dumps(_pointing(json.loads(answer.body), url)).encode())
    links = {"location": url, "content-location": url, "link": f'<{url}>; rel="next"'}
    return replace(answer, headers={**answer.headers, **links})


def _pointing(value: Any, url: str) -> Any:
    match value:
        case str() if value.startswith(("https://", "http://")) and " " not in value:
            return url
        case list():
            return [_pointing(each, url) for each in value]
        case dict():
            more = {**dict.fromkeys(POINTERS, url), "next_page": {"uri": url}}
            return more | {name: _pointing(each, url) for name, each in value.items()}
    return value


def lead(monkeypatch: pytest.MonkeyPatch, url: str, asked: list[str]) -> None:
    """Let every answer that our client gets point there; keep what it is asked for."""

    def leading(client: HttpClient, request: Request, **options: Any) -> Answer:
        asked.append(request.url)
        return pointing(SEND(client, request, **options), url)

    monkeypatch.setattr(HttpClient, "send", leading)


@pytest.mark.parametrize("provider", providers.IDS)
def test_links_in_answers_lead_nowhere(
    journey: Journey,
    provider: str,
    trap: Listener,
    dialled: set[Any],
    monkeypatch: pytest.MonkeyPatch,
):
    connect_act_and_leave(journey, provider)
    usual, done = called(journey, provider), journey.simulator.state()[provider]
    assert sample(provider).done(done)
    own, asked = urlsplit(journey.simulator.url), []

    for form in ELSEWHERE:
        url = form.format(trap=trap.port, host=own.netloc)
        lead(monkeypatch, url, asked)
        journey.simulator.reset()
        connect_act_and_leave(journey, provider)
        assert called(journey, provider) == usual, form

    assert {urlsplit(each).netloc for each in asked} == {own.netloc}
    assert dialled == {own.port}
    assert trap.connections == 0


@pytest.mark.parametrize("provider", providers.IDS)
def test_a_redirect_is_followed_by_no_call(
    journey: Journey, provider: str, trap: Listener, dialled: set[Any]
):
    connect_act_and_leave(journey, provider)
    for operation in dict.fromkeys(called(journey, provider)):
        for status in REDIRECTS:
            journey.simulator.reset()
            value = {"url": f"http://localhost:{trap.port}/", "status": status}
            journey.simulator.fault(provider, operation, "redirect", value=value, times=9)
            connect_act_and_leave(journey, provider)
            assert operation in called(journey, provider)

    assert dialled == {urlsplit(journey.simulator.url).port}
    assert trap.connections == 0


def follows(answer: Any, access: Any) -> Any:
    """What no provider of ours may do: go where the answer says, with the token."""
    token = answer.tokens.main.access.reveal()
    _rest.get(access.send, token, answer.body["api_url"])
    raise errors.ProviderUnavailable


@pytest.mark.parametrize("guarded", [True, False])
def test_a_provider_that_follows_a_link_is_stopped_by_the_client(
    journey: Journey, server: Any, trap: Listener, monkeypatch: pytest.MonkeyPatch, guarded: bool
):
    """Negative control, too: without the client's list of hosts the token would arrive there."""
    declare(monkeypatch, made_up(identify=follows), server.url)
    lead(monkeypatch, f"http://localhost:{trap.port}/me", [])
    if not guarded:
        monkeypatch.setattr(HttpClient, "_check", lambda client, url: None)
    started = journey.start({"providerId": "madeup"})
    reply = journey.return_(server.approve(started.url), started.cookie)

    assert reply.status == (500 if guarded else 303)
    assert bool(trap.connections) is not guarded
    assert any(b"authorization: bearer" in each.lower() for each in trap.requests) is not guarded


@pytest.mark.parametrize("provider", providers.IDS)
def test_a_client_that_follows_redirects_would_be_caught(
    journey: Journey, provider: str, trap: Listener, monkeypatch: pytest.MonkeyPatch
):
    """Negative control."""
    monkeypatch.setattr(
        http_client._Session, "get_redirect_target", requests.Session.get_redirect_target
    )
    ask = http_client._Session.request

    def follow(session: Any, *asked: Any, **options: Any) -> requests.Response:
        return ask(session, *asked, **{**options, "allow_redirects": True})

    monkeypatch.setattr(http_client._Session, "request", follow)
    value = {"url": f"http://localhost:{trap.port}/", "status": 307}
    journey.simulator.fault(provider, sample(provider).token, "redirect", value=value)
    connect_act_and_leave(journey, provider)

    assert trap.connections == 1
    assert b"code" in trap.requests[0]
