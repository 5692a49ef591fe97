"""Routes whose handlers refuse by raising."""

from tests.simulator.engine import Handler, Route
from tests.simulator.journal import Call
from tests.simulator.standard.rules import OAuthError, Refuse, Refused, by_the_book
from tests.simulator.wire import Answer, Request


def route(operation: str, handler: Handler, refuse: Refuse = by_the_book) -> Route:
    """`refuse` is the provider's own form of what the token endpoint refuses."""

    def handle(request: Request, call: Call) -> Answer:
        try:
            return handler(request, call)
        except OAuthError as refused:
            return refuse(refused)
        except Refused as refused:
            return refused.answer()

    return Route(operation, handle)
