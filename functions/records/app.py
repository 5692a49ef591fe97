"""GET what was synced, and the log of syncs. Opens no credentials."""

from typing import Annotated, Final, TypedDict

from aws_lambda_powertools.event_handler import Response

from hub import api, cursors, permissions, providers, runtime, sync_views
from hub.contract import Declared, Form, declares
from hub.errors import InvalidRequest, NotFound
from hub.limits import Interval, Len
from hub.models import Integration
from hub.providers._times import milliseconds
from hub.store import records, sync_logs
from hub.store.database import Key
from hub.store.integrations import Integrations
from hub.store.records import Stored

_DEFAULT_LIMIT: Final = 50
_MAX_LIMIT: Final = 200
_MOST_BYTES: Final = 1_000_000

app = api.resolver()


class RecordsQuery(TypedDict, total=False):
    modifiedAfter: str
    limit: Annotated[int, Interval(ge=1, le=_MAX_LIMIT)]
    cursor: Annotated[str, Len(1, cursors.LONGEST)]


class LogsQuery(TypedDict, total=False):
    limit: Annotated[int, Interval(ge=1, le=_MAX_LIMIT)]
    cursor: Annotated[str, Len(1, cursors.LONGEST)]


@app.get("/api/integrations/<id_>/records/<resource>")
@declares(
    Declared(
        data=sync_views.RecordView,
        form=Form.PAGE,
        query=RecordsQuery,
        errors=(InvalidRequest, NotFound),
    )
)
def synced(id_: str, resource: str) -> Response[str]:
    """List what was synced of a resource in the order in which it changed here, what is gone
    included. `modifiedAfter` is a time from which on: what changed at that very moment is told
    again, so that whoever asks with the last time they saw misses nothing. Ask from a minute
    before: what changes just now may show some seconds later.
    """
    asked = api.query(app, "modifiedAfter", "limit", "cursor")
    integration = _integration(id_)
    if providers.get(integration.provider_id).load_sync().resource(resource) is None:
        raise NotFound("This provider has no such resource. The catalogue lists what it has.")
    whose = records.owner(integration, resource)
    page = records.modified(
        runtime.database(),
        whose,
        _since(asked.get("modifiedAfter")),
        cursors.limit(asked.get("limit"), _DEFAULT_LIMIT, _MAX_LIMIT),
        _after(whose, asked.get("cursor")),
    )
    shown = _fitting(page.records)
    left = len(shown) < len(page.records)
    following = page.records[len(shown) - 1].place if left else page.next
    now = runtime.clock()
    return api.listed(
        [sync_views.record(each) for each in shown if each.is_kept(now)],
        cursors.closed(following["modifiedAt"], following["externalId"]) if following else None,
    )


@app.get("/api/integrations/<id_>/sync-logs")
@declares(
    Declared(
        data=sync_views.LogView,
        form=Form.PAGE,
        query=LogsQuery,
        errors=(InvalidRequest, NotFound),
    )
)
def logs(id_: str) -> Response[str]:
    """List the runs that have ended, newest first, those of the last ninety days."""
    caller, asked = api.caller(app), api.query(app, "limit", "cursor")
    integration = Integrations(runtime.database(), caller.organization_id).get(id_)
    cursor = asked.get("cursor")
    after = sync_logs.after(integration, *cursors.opened(cursor, str)) if cursor else None
    limit = cursors.limit(asked.get("limit"), _DEFAULT_LIMIT, _MAX_LIMIT)
    page = sync_logs.page(runtime.database(), integration, limit, after, runtime.clock())
    following = cursors.closed(page.next["line"]) if page.next else None
    return api.listed([sync_views.log(each) for each in page.lines], following)


def _integration(id_: str) -> Integration:
    """Give an integration whose records the caller may read. Raises NotFound, Forbidden."""
    caller = api.caller(app)
    integration = Integrations(runtime.database(), caller.organization_id).get(id_)
    permissions.require_use(caller, integration, providers.get(integration.provider_id))
    return integration


def _since(text: str | None) -> int:
    if text is None:
        return 0
    moment = milliseconds(text)
    if moment is None:
        raise InvalidRequest("modifiedAfter is a time such as 2026-11-26T08:30:00Z.")
    return max(moment, 0)


def _after(whose: str, cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    modified_at, external_id = cursors.opened(cursor, int, str)
    return records.after(whose, modified_at, external_id)


def _fitting(found: list[Stored]) -> list[Stored]:
    """Give as many as fit into a page, one at least."""
    size = 0
    for number, each in enumerate(found):
        size += each.size
        if number and size > _MOST_BYTES:
            return found[:number]
    return found


handler = api.serve(app)
