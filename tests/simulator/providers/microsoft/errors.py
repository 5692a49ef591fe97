"""How Microsoft refuses: the token endpoint by RFC 6749 with numbers of its own, Graph by an error
object in which others may be nested.

Sources: MicrosoftDocs/entra-docs docs/identity-platform/reference-error-codes.md and
v2-oauth2-auth-code-flow.md; microsoft-graph-docs-contrib concepts/errors.md. As they came: 401 for
a wrong secret in BookStackApp/BookStack issue 4089, 503 in Azure/azure-sdk-for-python issue 14241,
Graph's bodies in microsoft-graph-docs issue 4758 and OneDrive/onedrive-api-docs issue 857.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.simulator.standard.rules import OAuthError, Refused
from tests.simulator.wire import Answer

ERROR_PAGE = "https://login.microsoftonline.com/error"
CONSENT_MISSING = "The user or administrator has not consented to use the application."
WRONG_TENANT = "The code was issued for another tenant."
NO_SECRET = "The request body must contain 'client_assertion' or 'client_secret'."
UNKNOWN_TENANT = "Tenant not found."
# What went wrong -> AADSTS number; else by the error.
_NUMBERS = {
    "The code was used before.": 54005,
    "The code has expired.": 70008,
    "The code is not known.": 9002313,
    "The redirect URI is another one.": 500112,
    "The verifier does not fit.": 501481,
    "Challenge and verifier come together.": 50148,
    "Unknown or invalid refresh token.": 50173,
    CONSENT_MISSING: 65001,
    WRONG_TENANT: 700005,
    NO_SECRET: 7000218,
    UNKNOWN_TENANT: 90002,
}
_NUMBERS_OF_KINDS = {
    "invalid_grant": 70000,
    "invalid_client": 7000215,
    "invalid_request": 900144,
    "invalid_scope": 70011,
    "unauthorized_client": 700016,
    "unsupported_grant_type": 70003,
    "interaction_required": 50076,
    "temporarily_unavailable": 90033,
}
# Code -> status, message: what Graph can be ordered to answer.
_CODES = {
    "InvalidAuthenticationToken": (401, "Lifetime validation failed, the token is expired."),
    "accessDenied": (403, "Access denied"),
    "notAllowed": (403, "Sharing has been disabled by an administrator."),
    "itemNotFound": (404, "The resource could not be found."),
    "MailboxNotEnabledForRESTAPI": (404, "The mailbox is either inactive or hosted on-premise."),
    "resourceLocked": (423, "The resource is currently checked out for editing."),
    "ApplicationThrottled": (429, "Application is over its MailboxConcurrency limit."),
    "activityLimitReached": (503, "The app or user has been throttled."),
    "serviceNotAvailable": (503, "The service is not available."),
    "generalException": (500, "An unspecified error has occurred."),
}


def trace(seed: str) -> str:
    """A request's id: made of what went wrong, so that tests can repeat it."""
    return str(uuid5(NAMESPACE_URL, f"urn:simulator:{seed}"))


def described(number: int, words: str, now: float) -> str:
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    ids = f"Trace ID: {trace(words)}\r\nCorrelation ID: {trace(words[::-1])}"
    return f"AADSTS{number}: {words}\r\n{ids}\r\nTimestamp: {at}"


def entra_error(error: OAuthError, now: float) -> Answer:
    number = _NUMBERS.get(error.description) or _NUMBERS_OF_KINDS.get(error.error, 90023)
    words = error.description or error.error.replace("_", " ").capitalize() + "."
    content: dict[str, Any] = {
        "error": error.error,
        "error_description": described(number, words, now),
        "error_codes": [number],
        "timestamp": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
        "trace_id": trace(words),
        "correlation_id": trace(words[::-1]),
        "error_uri": f"{ERROR_PAGE}?code={number}",
    }
    if error.description == CONSENT_MISSING:
        content["suberror"] = "consent_required"
    return Answer.json(content, status=error.status, outcome=error.error)


class GraphError(Refused):
    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        inner: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.inner, self.headers = inner, headers

    def answer(self) -> Answer:
        request_id = trace(self.code)
        inner: dict[str, Any] = {
            **({"code": self.inner} if self.inner else {}),
            "date": "2026-11-20T10:00:00",
            "request-id": request_id,
            "client-request-id": request_id,
        }
        error = {"code": self.code, "message": self.message, "innerError": inner}
        traced = (("request-id", request_id), ("client-request-id", request_id))
        return Answer.json(
            {"error": error},
            status=self.status,
            outcome=self.code,
            headers=(*traced, *self.headers),
        )


def unauthenticated(message: str) -> GraphError:
    challenge = (
        'Bearer realm="", authorization_uri='
        '"https://login.microsoftonline.com/common/oauth2/authorize", '
        'client_id="00000003-0000-0000-c000-000000000000"'
    )
    return GraphError(
        HTTPStatus.UNAUTHORIZED,
        "InvalidAuthenticationToken",
        message,
        headers=(("WWW-Authenticate", challenge),),
    )


def bad_request(code: str, message: str) -> GraphError:
    return GraphError(HTTPStatus.BAD_REQUEST, code, message)


def too_many_requests(seconds: int) -> GraphError:
    """Not every service says how long to wait: nothing is said with 0 seconds."""
    return GraphError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "TooManyRequests",
        "Too many requests",
        headers=(("Retry-After", str(seconds)),) if seconds else (),
    )


def by_name(name: str, now: float) -> Answer:
    """The refusal that goes by a code of Graph, or by an OAuth error."""
    if name in _CODES:
        status, message = _CODES[name]
        return GraphError(status, name, message).answer()
    if name == "consent_required":
        return entra_error(OAuthError("invalid_grant", CONSENT_MISSING), now)
    statuses = {
        "invalid_client": HTTPStatus.UNAUTHORIZED,
        "temporarily_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    }
    return entra_error(OAuthError(name, status=statuses.get(name, HTTPStatus.BAD_REQUEST)), now)
