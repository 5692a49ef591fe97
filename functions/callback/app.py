"""GET callback: a browser comes back from the provider and is sent on, connected or not."""

from typing import Annotated, Final, Required, TypedDict
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.shared.cookies import Cookie

from hub import api, binding, pages, providers, registrations, runtime
from hub.choices import Choice
from hub.contract import Declared, Form, declares
from hub.errors import HubError, InvalidRequest
from hub.flows import FlowFailed, InvalidFlow, Returned, cookie_id
from hub.grant_records import Origin
from hub.limits import Interval
from hub.models import Secret

_MAX_VALUE: Final = 4096
_MAX_CHOICE: Final = 999
_LOOKING_AHEAD: Final = ("sec-purpose", "purpose", "x-moz")  # the latter two by older browsers


class CallbackQuery(TypedDict, total=False):
    """Providers add further parameters of their own."""

    state: Required[str]
    code: str
    error: str
    iss: str


class ChoiceForm(TypedDict):
    """Sent by the page on which a person chooses one of several accounts."""

    state: str
    choice: Annotated[int, Interval(ge=0, le=_MAX_CHOICE)]


app = api.resolver()


@app.get("/api/integrations/<provider>/callback")
@declares(Declared(form=Form.REDIRECT, query=CallbackQuery))
def callback(provider: str) -> Response[str]:
    """Complete a flow: a browser comes back from the provider and is sent on to `returnTo` with
    `integration` and `status`, or with an `error`. Without a usable state it gets a small page.
    """
    try:
        returned = _returned(provider)
    except InvalidRequest as error:
        return _page(400, error)
    return _complete(returned)


@app.post("/api/integrations/<provider>/callback")
@declares(Declared(form=Form.REDIRECT, posted=ChoiceForm))
def choose(provider: str) -> Response[str]:
    """Complete a flow whose grant reaches several accounts, by the one that a person chose on the
    page that the callback showed.
    """
    try:
        returned = _chosen(provider)
    except InvalidRequest as error:
        return _page(400, error)
    return _complete(returned)


def _complete(returned: Returned) -> Response[str]:
    secure = runtime.settings().secure
    clear = binding.clear(cookie_id(returned.state.reveal()), secure=secure)
    try:
        completed = runtime.flows().complete(returned, registrations.get_access)
    except InvalidFlow as error:
        runtime.logger().warning("flow.invalid", provider=returned.provider_id, reason=error.reason)
        return _page(400, error, clear)
    except FlowFailed as error:
        return _failed(error, clear)
    except HubError as error:
        runtime.logger().warning("flow.postponed", code=error.code)
        return _page(api.STATUS_OF[error.code], error)
    if isinstance(completed, Choice):
        return _choice(completed, clear)
    integration_id = completed.integration.id
    runtime.logger().info("integration.connected", integration_id=integration_id)
    result = {"integration": integration_id, "status": "connected"}
    return _redirect(completed.return_to, result, clear)


def _returned(provider_id: str) -> Returned:
    """Read what the browser brought. Raises InvalidRequest, and then nothing is consumed."""
    event = app.current_event
    if any("prefetch" in event.headers.get(name, "").lower() for name in _LOOKING_AHEAD):
        raise InvalidRequest("Browsers may not open this address ahead of time.")
    values = api.query(app)
    code = values.pop("code", "")
    if not values.get("state") or any(len(each) > _MAX_VALUE for each in (code, *values.values())):
        raise InvalidRequest("This address is only for coming back from a provider.")
    return Returned(
        provider_id=provider_id,
        state=Secret(values.pop("state")),
        code=Secret(code) if code else None,
        issuer=values.get("iss"),
        answers=values,
        cookies=binding.read(event, secure=runtime.settings().secure),
        origin=_origin(),
    )


def _chosen(provider_id: str) -> Returned:
    """Read what the page of choices sent. Raises InvalidRequest, and then nothing is consumed."""
    values = api.form(app, "state", "choice")
    state, choice = values.get("state", ""), values.get("choice", "")
    if not state or len(state) > _MAX_VALUE:
        raise InvalidRequest("This address is only for choosing an account.")
    if not (choice.isascii() and choice.isdigit() and int(choice[:9]) <= _MAX_CHOICE):
        raise InvalidRequest("Choose one of the accounts. Go back and try again.")
    return Returned(
        provider_id=provider_id,
        state=Secret(state),
        choice=int(choice),
        cookies=binding.read(app.current_event, secure=runtime.settings().secure),
        origin=_origin(),
    )


def _origin() -> Origin:
    http = app.current_event.request_context.http
    return Origin(
        ip_address=http.source_ip or "",
        user_agent=(http.user_agent or "")[:512],
        request_id=api.request_id(app),
    )


def _choice(choice: Choice, clear: Cookie) -> Response[str]:
    """Ask which account it is. The page's form may be answered by this browser alone."""
    name = cookie_id(choice.state.reveal())
    secure = runtime.settings().secure
    return Response(
        status_code=200,
        content_type="text/html; charset=utf-8",
        body=pages.choice_page(
            providers.get(choice.provider_id).name,
            [account.name for account in choice.accounts],
            choice.state.reveal(),
        ),
        headers=pages.headers(leads_to=choice.return_to),
        cookies=[clear, binding.bake(name, choice.binding.reveal(), secure=secure)],
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
        headers={**pages.headers(), "location": location},
        cookies=[clear],
    )


def _page(status: int, error: HubError, clear: Cookie | None = None) -> Response[str]:
    back = f"{runtime.settings().base_url}/settings/integrations"
    # The back button and a reload lead here too, after a connection that was made.
    over = isinstance(error, InvalidFlow)
    title = "This connection attempt is over" if over else "The connection was not made"
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        body=pages.page(title, error.message, back),
        headers=pages.headers(),
        cookies=[clear] if clear else [],
    )


handler = api.serve(app)
