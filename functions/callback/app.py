"""GET callback: a browser comes back from the provider and is sent on, connected or not."""

from typing import Final, Required, TypedDict
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.shared.cookies import Cookie

from hub import api, binding, pages, runtime
from hub.contract import Declared, Form, declares
from hub.errors import HubError, InvalidRequest
from hub.flows import FlowFailed, InvalidFlow, Returned, cookie_id
from hub.grant_records import Origin
from hub.models import Secret

_PARAMETERS: Final = ("state", "code", "error", "iss")
_MAX_VALUE: Final = 4096
_LOOKING_AHEAD: Final = ("sec-purpose", "purpose", "x-moz")  # the latter two by older browsers


class CallbackQuery(TypedDict, total=False):
    state: Required[str]
    code: str
    error: str
    iss: str


app = api.resolver()


@app.get("/api/integrations/<provider>/callback")
@declares(Declared(form=Form.REDIRECT, query=CallbackQuery))
def callback(provider: str) -> Response[str]:
    """Complete a flow: a browser comes back from the provider and is sent on to `returnTo` with
    `integration` and `status`, or with an `error`. Without a usable state it gets a small page.
    """
    secure = runtime.settings().secure
    try:
        returned = _returned(provider, secure=secure)
    except InvalidRequest as error:
        return _page(400, error)
    clear = binding.clear(cookie_id(returned.state.reveal()), secure=secure)
    try:
        completed = runtime.flows().complete(returned, runtime.get_access)
    except InvalidFlow as error:
        runtime.logger().warning("flow.invalid", provider=provider, reason=error.reason)
        return _page(400, error, clear)
    except FlowFailed as error:
        return _failed(error, clear)
    except HubError as error:
        runtime.logger().warning("flow.postponed", code=error.code)
        return _page(api.STATUS_OF[error.code], error)
    integration_id = completed.integration.id
    runtime.logger().info("integration.connected", integration_id=integration_id)
    result = {"integration": integration_id, "status": "connected"}
    return _redirect(completed.return_to, result, clear)


def _returned(provider_id: str, *, secure: bool) -> Returned:
    """Read what the browser brought. Raises InvalidRequest, and then nothing is consumed."""
    event = app.current_event
    if any("prefetch" in event.headers.get(name, "").lower() for name in _LOOKING_AHEAD):
        raise InvalidRequest("Browsers may not open this address ahead of time.")
    values = api.query(app)
    wanted = {name: values.get(name) for name in _PARAMETERS}
    if not wanted["state"] or any(len(value or "") > _MAX_VALUE for value in wanted.values()):
        raise InvalidRequest("This address is only for coming back from a provider.")
    http = event.request_context.http
    return Returned(
        provider_id=provider_id,
        state=Secret(wanted["state"]),
        code=Secret(wanted["code"]) if wanted["code"] else None,
        error=wanted["error"],
        issuer=wanted["iss"],
        cookies=binding.read(event, secure=secure),
        origin=Origin(
            ip_address=http.source_ip or "",
            user_agent=(http.user_agent or "")[:512],
            request_id=api.request_id(app),
        ),
    )


def _failed(failure: FlowFailed, clear: Cookie) -> Response[str]:
    runtime.logger().warning(
        "flow.failed",
        provider=failure.provider_id,
        error=failure.error,
        cause=type(failure.cause).__name__ if failure.cause else None,
    )
    runtime.metrics().add_metric("FlowsFailed", MetricUnit.Count, 1)
    result = {"provider": failure.provider_id, "error": failure.error}
    return _redirect(failure.return_to, result, clear)


def _redirect(return_to: str, result: dict[str, str], clear: Cookie) -> Response[str]:
    """Send the browser on with 303, so that it never repeats a request body (RFC 9700 4.12)."""
    location = f"{return_to}?{urlencode(result)}"
    return Response(
        status_code=303,
        content_type="text/plain",
        body="",
        headers={**pages.HEADERS, "location": location},
        cookies=[clear],
    )


def _page(status: int, error: HubError, clear: Cookie | None = None) -> Response[str]:
    back = f"{runtime.settings().base_url}/settings/integrations"
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        body=pages.page("The connection was not made", error.message, back),
        headers=pages.HEADERS,
        cookies=[clear] if clear else [],
    )


handler = api.serve(app)
