"""What Graph checks first whatever is asked of it: the token, its scopes, and that the body is JSON
of the type's own properties.

Each service behind Graph says in its own code that a scope is missing, and the same for a right.

Sources: microsoft-graph-docs-contrib concepts/resolve-auth-errors.md; bodies as they came in
microsofthackathons/tdi issue 24, msgraph-sdk-php issue 1204, PipedreamHQ/pipedream issue 14765.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.microsoft.directory import PEOPLE, Person
from tests.simulator.providers.microsoft.errors import GraphError, bad_request, unauthenticated
from tests.simulator.providers.microsoft.scopes import written
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import JSON, Malformed, Request

UNREADABLE = (
    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is "
    "of valid JSON format."
)
DENIED = {
    "outlook": ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    "drive": ("accessDenied", "Access denied"),
    "directory": (
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    ),
}


class Door:
    """One service's entrance; any of its scopes opens it."""

    def __init__(self, grants: Grants[Settings], service: str, *scopes: str) -> None:
        self._grants, self._service, self._scopes = grants, service, scopes

    def enter(self, request: Request, call: Call) -> Person:
        return PEOPLE[self.scopes_of(request, call)[0]]

    def scopes_of(self, request: Request, call: Call) -> tuple[str, tuple[str, ...]]:
        """Whose token it is, and what it may do."""
        value = request.bearer()
        token = self._grants.bearer(request, call)
        if token is None and not value:
            raise unauthenticated("Access token is empty.")
        if token is None:
            raise unauthenticated("Lifetime validation failed, the token is expired.")
        if set(self._scopes).isdisjoint(token.scopes):
            raise self._denied(token.scopes)
        return token.account, token.scopes

    def _denied(self, scopes: tuple[str, ...]) -> GraphError:
        needed, held = ", ".join(self._scopes), written(scopes, in_full=False)
        words = (
            f"Missing scope permissions on the request. API requires one of '{needed}'. Scopes on "
            f"the request '{held}'"
        )
        code, message = DENIED.get(self._service, ("Forbidden", words))
        return GraphError(HTTPStatus.FORBIDDEN, code, message)


def json_object(request: Request, kind: str, known: Collection[str]) -> dict[str, Any]:
    """The body, with nothing in it that the type does not have."""
    if request.content_type != JSON:
        raise bad_request("BadRequest", UNREADABLE)
    try:
        body = request.json()
    except Malformed as bad:
        raise bad_request("BadRequest", UNREADABLE) from bad
    if not isinstance(body, dict):
        raise bad_request("BadRequest", UNREADABLE)
    check_properties(body, kind, known)
    return body


def check_properties(content: Mapping[str, Any], kind: str, known: Collection[str]) -> None:
    for name in content:
        if name not in known and "@odata." not in name:
            words = f"The property '{name}' does not exist on type 'microsoft.graph.{kind}'."
            raise bad_request("RequestBodyRead", words)


def text(content: Mapping[str, Any], name: str) -> str:
    """A text, or nothing where it is missing or null."""
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request("RequestBodyRead", f"Cannot convert the value of '{name}' to a string.")
    return value or ""


def flag(content: Mapping[str, Any], name: str, *, usual: bool) -> bool:
    """True or false, also as text: Graph's own examples have it so."""
    value = content.get(name, usual)
    if value in {"true", "false"}:
        return bool(value == "true")
    if not isinstance(value, bool):
        raise bad_request("RequestBodyRead", f"Cannot convert the value of '{name}' to a Boolean.")
    return value


def item_body(content: Mapping[str, Any], name: str = "body") -> tuple[str, str]:
    """The kind and the content of an itemBody."""
    body = content.get(name) or {}
    if not isinstance(body, dict):
        raise bad_request("RequestBodyRead", f"An object is expected for '{name}'.")
    check_properties(body, "itemBody", {"contentType", "content"})
    kind = (text(body, "contentType") or "text").lower()
    if kind not in {"text", "html"}:
        raise bad_request("RequestBodyRead", f"'{kind}' is not a value of 'bodyType'.")
    return kind, text(body, "content")
