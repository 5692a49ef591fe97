"""How the engine finds a route, and what the mint remembers."""

import pytest

from tests.simulator.engine import Route, _find
from tests.simulator.journal import Mint
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
