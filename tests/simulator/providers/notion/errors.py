"""How Notion refuses: OAuth clients by RFC 6749, bearers by an object of its own. Every answer
names itself by a request id, in the body and in a header.

Sources: developers.notion.com/reference/status-codes, /reference/request-limits; brekkylab/backlot,
tests of its Notion router (answers and the order of the checks, measured September 2026).
"""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from tests.simulator.standard.rules import OAuthError, Refused
from tests.simulator.wire import Answer

OVERLOADED = 529
OAUTH_ERRORS = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
# Code -> status and message: what the API can be ordered to answer.
CODES: dict[str, tuple[int, str]] = {
    "invalid_json": (HTTPStatus.BAD_REQUEST, "Error parsing JSON body."),
    "invalid_request_url": (HTTPStatus.BAD_REQUEST, "Invalid request URL."),
    "validation_error": (HTTPStatus.BAD_REQUEST, "body failed validation."),
    "missing_version": (HTTPStatus.BAD_REQUEST, "Notion-Version header failed validation."),
    "unauthorized": (HTTPStatus.UNAUTHORIZED, "API token is invalid."),
    "restricted_resource": (HTTPStatus.FORBIDDEN, "Insufficient permissions for this endpoint."),
    "object_not_found": (HTTPStatus.NOT_FOUND, "Could not find object."),
    "conflict_error": (HTTPStatus.CONFLICT, "Conflict occurred while saving. Please try again."),
    "rate_limited": (HTTPStatus.TOO_MANY_REQUESTS, "You have been rate limited."),
    "internal_server_error": (HTTPStatus.INTERNAL_SERVER_ERROR, "Unexpected error occurred."),
    "service_unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, "Notion is unavailable."),
    "gateway_timeout": (HTTPStatus.GATEWAY_TIMEOUT, "Gateway Timeout"),
    "service_overload": (OVERLOADED, "Notion is temporarily overloaded."),
}
# Refusals that share a code with another and differ by what else they say.
SPECIAL: dict[str, tuple[str, dict[str, Any]]] = {
    "public_api_request_blocked": (
        "rate_limited",
        {"rate_limit_reason": "public_api_request_blocked"},
    ),
    "block_limit": ("restricted_resource", {"block_limit": {"limit": 1000}}),
}


class ApiError(Refused):
    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        additional: dict[str, Any] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(code)
        self.code, self.additional, self.headers = code, additional, headers
        self.status, usual = CODES.get(code, (HTTPStatus.BAD_REQUEST, ""))
        self.message = message or usual

    def answer(self) -> Answer:
        content = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }
        if self.additional:
            content["additional_data"] = self.additional
        return named(content, status=self.status, outcome=self.code, headers=self.headers)


def named(
    content: dict[str, Any],
    *,
    status: int = HTTPStatus.OK,
    outcome: str = "ok",
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    request_id = str(uuid4())
    return Answer.json(
        {**content, "request_id": request_id},
        status=status,
        outcome=outcome,
        headers=(("x-notion-request-id", request_id), *headers),
    )


def refuse_client(refused: OAuthError) -> Answer:
    """The form of the three endpoints behind HTTP Basic."""
    content = {"error": refused.error}
    if refused.description:
        content["error_description"] = refused.description
    wrong_client = refused.error == "invalid_client"
    realm = (("WWW-Authenticate", 'Basic realm="OAuth"'),) if wrong_client else ()
    return named(content, status=refused.status, outcome=refused.error, headers=realm)


def by_name(name: str) -> Answer:
    """The refusal that goes by an OAuth error, by a code of the API, or by a reason."""
    if name in OAUTH_ERRORS or name not in CODES | SPECIAL:
        status = HTTPStatus.UNAUTHORIZED if name == "invalid_client" else HTTPStatus.BAD_REQUEST
        return refuse_client(OAuthError(name, status=status))
    code, additional = SPECIAL.get(name, (name, {}))
    return ApiError(code, additional=additional).answer()


def too_many_requests(seconds: int) -> Answer:
    """The wait stands in the header and once more in the body, there as text."""
    return ApiError(
        "rate_limited",
        additional={
            "rate_limit_reason": "public_api_request_rate_limit",
            "retry_after": str(seconds),
        },
        headers=(("Retry-After", str(seconds)),),
    ).answer()
