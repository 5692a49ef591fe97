"""What every API of Google checks first: the token, its scopes, and that the body is JSON.

Sources: developers.google.com/identity/protocols/oauth2/web-server (calling Google APIs),
googleworkspace/cli issue 282 (answers as they came).
"""

from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.google.errors import (
    bad_request,
    insufficient_scope,
    unauthenticated,
)
from tests.simulator.providers.google.grants import Grants, Token
from tests.simulator.wire import JSON, Malformed, Request, last


class Door:
    """One API's entrance; any of its scopes opens it."""

    def __init__(self, grants: Grants, service: str, method: str, scopes: frozenset[str]) -> None:
        self._grants, self._service, self._method = grants, service, method
        self._scopes = scopes

    def enter(self, request: Request, call: Call) -> Token:
        value = request.bearer()
        call.saw("token", value)
        token = self._grants.find(value or "")
        if token is None:
            raise unauthenticated(token_sent=bool(value))
        if self._scopes.isdisjoint(token.scopes):
            raise insufficient_scope(" ".join(sorted(self._scopes)), self._service, self._method)
        return token


def json_object(request: Request) -> dict[str, Any]:
    if request.content_type != JSON:
        raise bad_request("parseError", "This API does not support parsing this content type.")
    try:
        body = request.json()
    except Malformed as bad:
        raise bad_request("parseError", "Parse Error") from bad
    if not isinstance(body, dict):
        raise bad_request("parseError", "Parse Error")
    return body


def flag(request: Request, name: str, *, usual: bool) -> bool:
    value = last(request.query, name) or str(usual).lower()
    if value not in {"true", "false"}:
        message = f"Invalid boolean value: '{value}'. Allowed values: [true, false]"
        raise bad_request("invalidParameter", message, ("parameter", name))
    return value == "true"


def choice(request: Request, name: str, *allowed: str) -> str:
    """One of the allowed values; the first where none was sent."""
    value = last(request.query, name) or allowed[0]
    if value not in allowed:
        message = f"Invalid string value: '{value}'. Allowed values: [{', '.join(allowed)}]"
        raise bad_request("invalidParameter", message, ("parameter", name))
    return value
