"""GET the catalogue, the list of integrations, one integration and what its webhooks are about.
Reads no credentials.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Annotated, Final, TypedDict

from aws_lambda_powertools.event_handler import Response

from hub import api, providers, registrations, runtime, views, webhook_views
from hub.contract import Declared, Form, declares
from hub.errors import InvalidRequest, NotFound, UnknownProvider
from hub.limits import Interval, Len
from hub.models import Caller, Integration, Status
from hub.store.integrations import Integrations

if TYPE_CHECKING:
    from hub.store.deliveries import Delivery
    from hub.store.subscriptions import Subscription

_DEFAULT_LIMIT: Final = 50
_MAX_LIMIT: Final = 200
_MAX_CURSOR: Final = 128
_MAX_DIGITS: Final = 3
_MOST_DELIVERIES: Final = 50


class ListQuery(TypedDict, total=False):
    provider: str
    status: Status
    limit: Annotated[int, Interval(ge=1, le=_MAX_LIMIT)]
    cursor: Annotated[str, Len(1, 200)]


app = api.resolver()


@app.get("/api/integrations/providers")
@declares(Declared(data=list[views.ProviderView]))
def catalogue() -> Response[str]:
    """List the providers, what they can do and what they ask for."""
    api.caller(app)
    configured = registrations.configured(providers.IDS)
    return api.succeeded(
        [
            views.catalogued(
                each,
                setup=None if each.id in configured else registrations.how_to_set_up(each),
            )
            for each in providers.everything()
        ]
    )


@app.get("/api/integrations")
@declares(
    Declared(
        data=views.SummaryView,
        form=Form.PAGE,
        query=ListQuery,
        errors=(InvalidRequest, UnknownProvider),
    )
)
def listing() -> Response[str]:
    """List the organization's integrations, disconnected ones included."""
    caller = api.caller(app)
    asked = api.query(app, "provider", "status", "limit", "cursor")
    page = _integrations(caller).page(
        limit=_limit(asked.get("limit")),
        after=_opened(asked.get("cursor")),
        provider_id=providers.get(asked["provider"]).id if "provider" in asked else None,
        status=_status(asked.get("status")),
    )
    now = int(runtime.clock())
    cursor = urlsafe_b64encode(page.next_id.encode()).decode() if page.next_id else None
    return api.listed([views.summary(each, now) for each in page.integrations], cursor)


@app.get("/api/integrations/<id_>")
@declares(Declared(data=views.DetailView, errors=(NotFound,)))
def detail(id_: str) -> Response[str]:
    """Show one integration, what is subscribed for it, and what is wrong with it if anything is."""
    integration, now = _integrations(api.caller(app)).get(id_), int(runtime.clock())
    subscribed = webhook_views.subscriptions(_held(integration), now)
    return api.succeeded(views.detail(integration, subscribed, now))


@app.get("/api/integrations/<id_>/webhooks")
@declares(Declared(data=webhook_views.WebhooksView, errors=(NotFound,)))
def webhooks(id_: str) -> Response[str]:
    """Show where an integration's provider sends notifications, what they are about, and the last
    that came.
    """
    from hub.envelopes import address  # noqa: PLC0415  # a hundredth of a cold start

    integration, now = _integrations(api.caller(app)).get(id_), int(runtime.clock())
    held, base_url = _held(integration), runtime.settings().base_url
    data: webhook_views.WebhooksView = {
        "url": address(base_url, integration.provider_id, held[0].webhook_id if held else None),
        "subscriptions": webhook_views.subscriptions(held, now),
        "deliveries": webhook_views.deliveries(_latest(integration, now)),
    }
    return api.succeeded(data)


def _held(integration: Integration) -> "list[Subscription]":
    from hub.store import subscriptions  # noqa: PLC0415  # the list has no use for it

    return subscriptions.of_present_grant(runtime.database(), integration)


def _latest(integration: Integration, now: int) -> "list[Delivery]":
    from hub.store import deliveries  # noqa: PLC0415  # as above
    from hub.store.subscriptions import Target  # noqa: PLC0415

    target = Target(organization_id=integration.organization_id, integration_id=integration.id)
    return deliveries.latest(runtime.database(), target, _MOST_DELIVERIES, now)


def _integrations(caller: Caller) -> Integrations:
    return Integrations(runtime.database(), caller.organization_id)


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if not (number and 1 <= int(text) <= _MAX_LIMIT):
        raise InvalidRequest(f"limit is a number from 1 to {_MAX_LIMIT}.")
    return int(text)


def _status(text: str | None) -> Status | None:
    try:
        return Status(text) if text is not None else None
    except ValueError:
        raise InvalidRequest(f"status is one of {', '.join(Status)}.") from None


def _opened(cursor: str | None) -> str | None:
    """Read a cursor: the id to go on after, of whichever organization asks."""
    if cursor is None:
        return None
    try:
        opened = urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except ValueError:
        opened = ""
    if not opened or len(opened) > _MAX_CURSOR:
        raise InvalidRequest("cursor is not one this endpoint gave.")
    return opened


handler = api.serve(app)
