"""How the engine finds a route and lets time pass, and what the mint remembers."""

import pytest

from tests.simulator.engine import Engine, Route, _find
from tests.simulator.journal import Mint
from tests.simulator.oauth import ClientCredentials
from tests.simulator.wire import Answer, Request


def route(operation: str) -> Route:
    return Route(operation, lambda request, call: Answer())


ROUTES = {
    ("GET", "/boards/{board}/cards/{card}"): route("card"),
    ("POST", "/boards/{board}/cards/{card}"): route("change"),
    ("GET", "/boards/all/cards/all"): route("every"),
}


@pytest.mark.parametrize(
    ("method", "path", "operation", "named"),
    [
        ("GET", "/boards/1/cards/2", "card", {"board": "1", "card": "2"}),
        ("POST", "/boards/1/cards/2", "change", {"board": "1", "card": "2"}),
        ("GET", "/boards/ada%40example.org/cards/a%2Fb%20c", "card", {"card": "a/b c"}),
        ("GET", "/boards/all/cards/all", "every", {}),
        ("GET", "/boards/all/cards/2", "card", {"board": "all"}),
    ],
)
def test_a_name_in_a_path_stands_for_any_one_segment(method, path, operation, named):
    found, request = _find(ROUTES, Request(method=method, path=path))

    assert found.operation == operation
    assert request.named.items() >= named.items()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/boards/1/cards/2"),
        ("GET", "/boards/1/cards"),
        ("GET", "/boards/1/cards/"),
        ("GET", "/boards//cards/2"),
        ("GET", "/boards/1/2/cards/2"),
        ("GET", "/boards/1/lists/2"),
    ],
)
def test_another_path_is_not_found(method, path):
    assert _find(ROUTES, Request(method=method, path=path)) is None


def test_a_secret_is_remembered_as_it_stands_in_a_url_too():
    mint = Mint()
    code = mint.issue("4/0A")

    assert mint.issued() == {code, code.replace("/", "%2F")}
    assert len(Mint().issue("xoxb-")) == len("xoxb-") + 48


def test_a_provider_learns_that_time_has_passed():
    seen = []

    class Provider:
        def __init__(self, context):
            self._now = context.now

        def tick(self):
            seen.append(self._now())

    client = ClientCredentials("id", "secret")
    engine = Engine({"one": Provider}, {"one": client}, None, lambda: 1_000.0)
    engine.advance(60)
    engine.advance(5)

    assert seen == [1_060.0, 1_065.0]
