"""The HTTP face: who asks, the envelope of every answer, and one table from codes to statuses.

Every failure becomes the envelope. Event, headers, query and body never reach a log.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import (
    APIGatewayHttpResolver,
    Response,
    content_types,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.shared.cookies import Cookie

from hub import runtime
from hub.errors import (
    Forbidden,
    HubError,
    InvalidRequest,
    NotFound,
    Quarantined,
    Unauthenticated,
)
from hub.models import MANAGING_ROLES, Caller, Role

STATUS_OF: Final[Mapping[str, int]] = {
    "invalid_request": 400,
    "unknown_field": 400,
    "unknown_provider": 404,
    "unknown_scope": 400,
    "return_to_not_allowed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "idempotency_conflict": 409,
    "account_mismatch": 409,
    "insufficient_scope": 409,
    "reauth_required": 409,
    "integration_disconnected": 409,
    "provider_unconfigured": 409,
    "too_many_flows": 429,
    "rate_limited": 429,
    "provider_error": 502,
    "provider_unavailable": 502,
    "timeout": 504,
    "temporarily_unavailable": 503,
    "internal": 500,
}
SECURITY_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
_SERVER_ERROR: Final = 500
MAX_BODY: Final = 256 * 1024


def resolver() -> APIGatewayHttpResolver:
    """Give a resolver that never prints the event, as POWERTOOLS_DEV would have it."""
    app = APIGatewayHttpResolver(debug=False)

    def unknown_route(_: NotFoundError) -> Response[str]:
        return failed(NotFound("There is nothing at this address."), request_id(app))

    def refused(error: HubError) -> Response[str]:
        return failed(error, request_id(app))

    def broken(error: Exception) -> Response[str]:
        runtime.logger().error("request.broken", **runtime.describe(error))
        return failed(HubError(), request_id(app))

    app.not_found(unknown_route)
    app.exception_handler(HubError)(refused)
    app.exception_handler(Exception)(broken)
    return app


def serve(app: APIGatewayHttpResolver) -> runtime.Handler:
    """Give the Lambda handler."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return app.resolve(event, context)

    return runtime.entry(handler)


def succeeded(data: Any, *, cookies: list[Cookie] | None = None) -> Response[str]:
    body = {"success": True, "data": data}
    return _response(200, body, cookies=cookies)


def accepted(data: Any) -> Response[str]:
    """Say that something will be done."""
    return _response(202, {"success": True, "data": data})


def listed(data: list[Any], next_cursor: str | None) -> Response[str]:
    return _response(200, {"success": True, "data": data, "nextCursor": next_cursor})


def failed(error: HubError, request: str) -> Response[str]:
    """Give the envelope of a failure; what is our fault also raises a metric."""
    status = STATUS_OF[error.code]
    if isinstance(error, Quarantined):
        runtime.count_unreadable()
    if status >= _SERVER_ERROR:
        runtime.logger().warning("request.failed", code=error.code, error=type(error).__name__)
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    body = {
        "success": False,
        "error": {"code": error.code, "message": error.message, "requestId": request},
    }
    return _response(status, body, headers=headers)


def caller(app: APIGatewayHttpResolver) -> Caller:
    """Give who asks, from the authorizer alone. Raises Unauthenticated, Forbidden.

    The gateway may serve a cached Allow for some minutes past the token's end, so that is
    checked here again.
    """
    context = app.current_event.request_context.authorizer.get_lambda or {}
    expires = str(context.get("exp", ""))
    if not expires.isdigit() or int(expires) <= runtime.clock():
        raise Unauthenticated
    try:
        return Caller(
            organization_id=context["organization"],
            user_id=context["user"],
            role=Role(context["role"]),
        )
    except KeyError:
        raise Unauthenticated from None
    except ValueError:
        raise Forbidden from None


def manager_of_integrations(app: APIGatewayHttpResolver) -> Caller:
    """Give who asks if their role may connect and disconnect. Raises as `caller` and Forbidden."""
    asking = caller(app)
    if asking.role not in MANAGING_ROLES:
        raise Forbidden
    return asking


def request_id(app: APIGatewayHttpResolver) -> str:
    return app.current_event.request_context.request_id or ""


def query(app: APIGatewayHttpResolver, *known: str) -> dict[str, str]:
    """Read the query string, each name at most once (OA-14): the gateway would join repeated ones
    with a comma. Raises InvalidRequest, also for names other than `known` where some are given.
    """
    raw = app.current_event.raw_query_string or ""
    values = _pairs(raw, "The query string cannot be read.")
    if known and not set(values) <= set(known):
        raise InvalidRequest(f"This endpoint takes the query parameters {', '.join(known)} only.")
    return values


def form(app: APIGatewayHttpResolver, *known: str) -> dict[str, str]:
    """Read the fields of a page's form, each at most once. Raises InvalidRequest, also for others
    than `known`.
    """
    body = _text(app, content_type="application/x-www-form-urlencoded")
    values = _pairs(body, "The form cannot be read.")
    if not set(values) <= set(known):
        raise InvalidRequest("The form has fields that are not known here.")
    return values


def _pairs(text: str, unreadable: str) -> dict[str, str]:
    """Read pairs of names and values, each name at most once (OA-14)."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=50
        )
    except ValueError:
        raise InvalidRequest(unreadable) from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise InvalidRequest("A parameter was given more than once.")
    return values


def json_body(app: APIGatewayHttpResolver, *, required: bool = True) -> bytes:
    """Give the raw JSON body; where none is required, none is an empty object.

    Raises InvalidRequest for another content type or too much.
    """
    if not required and not app.current_event.body:
        return b"{}"
    return _text(app, content_type=content_types.APPLICATION_JSON).encode()


def _text(app: APIGatewayHttpResolver, *, content_type: str) -> str:
    """Give the body as text. Raises InvalidRequest for another content type or too much."""
    event = app.current_event
    sent = event.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != content_type:
        raise InvalidRequest(f"Send the body as {content_type}.")
    try:
        body = event.decoded_body or ""
        size = len(body.encode())
    except (ValueError, UnicodeError):
        raise InvalidRequest("The body is not UTF-8 text.") from None
    if size > MAX_BODY:
        raise InvalidRequest(f"The body is larger than {MAX_BODY // 1024} KiB.")
    return body


def _response(
    status: int,
    body: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    cookies: list[Cookie] | None = None,
) -> Response[str]:
    return Response(
        status_code=status,
        content_type=content_types.APPLICATION_JSON,
        body=json.dumps(body, separators=(",", ":"), ensure_ascii=False),
        headers={**SECURITY_HEADERS, **(headers or {})},
        cookies=cookies or [],
    )
