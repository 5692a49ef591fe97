"""What is synced of Notion: the pages and data sources that were shared with the app.

Search gives them last edited first. An incremental pass reads down to what was edited before the
newest of the pass before, less two minutes: Notion tells times by the minute. What is deleted, or
no longer shared, is in no list: a full pass a day finds it. Search may take a while to know of a
change, and does not promise to return everything; the full pass makes up for what it learns late.
https://developers.notion.com/reference/post-search
https://developers.notion.com/reference/search-optimizations-and-limitations

A list ends after 10,000 results, says that it is incomplete, and names no more. It is read on from
its other end then, until the two meet; where they do not, the pass fails, and nothing is gone.
https://developers.notion.com/guides/data-apis/query-large-data-sources

Cursors are good for a session only, and may be refused while a pass is under way (PostHog/posthog
pull request 90205, outline/outline 12871).

Not confirmed: that search ends after as many results as queries do (its answers have the field for
it: makenotion/notion-sdk-js, src/api-endpoints/search.ts); how long a cursor is good.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hub.errors import ProviderError, ProviderUnavailable
from hub.providers._records import changed_at, identified, inner, objects, person, times, without
from hub.providers._rest import link, required, text
from hub.providers._sync import DAY, Asked, Budget, Cursor, Page, Resource, Shared, Sync
from hub.providers._times import earlier
from hub.providers.notion.client import READ, NotionClient
from hub.record import Record

_PAGE: Final = 100  # Notion's most
_OVERLAP: Final = 120
_ACCESS_LINK: Final = "expiry_time"  # stands beside an address that opens a file to anybody

type _Search = Callable[[NotionClient, Asked], Page]


def _search(kind: str) -> _Search:
    def read(client: NotionClient, asked: Asked) -> Page:
        at = asked.at or {}
        content = client.search(kind, _PAGE, at.get("cursor"), oldest_first="reached" in at)
        found = objects(content, "results")
        since, newest = at.get("since"), at.get("newest") or (_edited(found[0]) if found else None)
        following = _following({**at, "since": since, "newest": newest}, found, content)
        beginning = max(filter(None, (since, newest)), default=None)
        return Page(
            records=tuple(_record(each) for each in found if not _is_gone(each)),
            gone=tuple(identified(each.get("id")) for each in found if _is_gone(each)),
            next=following,
            cursor=None if following or beginning is None else {"since": beginning},
        )

    return read


def _following(
    at: Cursor, found: Sequence[Mapping[str, Any]], content: Mapping[str, Any]
) -> Cursor | None:
    """Give where a pass goes on. `reached`: how far back it came before the list was cut off, and
    it began to read from the other end. Raises ProviderError where the ends do not meet.
    """
    more, cut_off = _more(content), inner(content, "request_status", "type") == "incomplete"
    if found and _is_enough(at, _edited(found[-1])):
        return None
    if more:
        return {**at, "cursor": more}
    if not cut_off:
        return None
    if not found or "reached" in at:  # what is missing must not be taken for gone
        raise ProviderError
    return {"since": at["since"], "newest": at["newest"], "reached": _edited(found[-1])}


def _is_enough(at: Cursor, edited: str) -> bool:
    """Tell whether a page that ends with this time is the last that is wanted. Of the minute at
    which the ends meet, all is read from both.
    """
    if "reached" in at:
        return edited > str(at["reached"])
    return at["since"] is not None and edited < earlier(at["since"], _OVERLAP)


def _more(content: Mapping[str, Any]) -> str | None:
    """Give the cursor of the next page, None on the last one. Raises ProviderUnavailable for a page
    that says neither: it must not be taken for the end.
    """
    if content.get("has_more") is False:
        return None
    if content.get("has_more") is not True:
        raise ProviderUnavailable
    return required(content, "next_cursor")


def _edited(found: Mapping[str, Any]) -> str:
    return changed_at(found.get("last_edited_time"))


def _is_gone(found: Mapping[str, Any]) -> bool:
    return found.get("in_trash") is True


def _record(found: dict[str, Any]) -> Record:
    parent = found.get("parent")
    kind = inner(parent, "type")
    return Record(
        id=identified(found.get("id")),
        title=_title(found),
        url=link(found.get("url")),
        people=person("creator", inner(found, "created_by", "id")),
        times=times(created=found.get("created_time"), updated=found.get("last_edited_time")),
        state="locked" if found.get("is_locked") is True else "active",
        parent=text(inner(parent, kind)) if isinstance(kind, str) else None,
        content=without(_without_access(found), ("request_id",)),
    )


def _title(found: Mapping[str, Any]) -> str:
    """Give a data source's title, or that of a page, which is one of its properties."""
    parts = found.get("title")
    properties = found.get("properties")
    if not isinstance(parts, list) and isinstance(properties, dict):
        titles = (each for each in properties.values() if inner(each, "type") == "title")
        parts = inner(next(titles, None), "title")
    if not isinstance(parts, list):
        return ""
    return "".join(
        text(inner(each, "plain_text")) or text(inner(each, "text", "content")) or ""
        for each in parts
    )


def _without_access(value: Any) -> Any:
    """Give what Notion tells without the addresses of files, which end after an hour and open the
    file to whoever has them.
    """
    if isinstance(value, list):
        return [_without_access(each) for each in value]
    if not isinstance(value, dict):
        return value
    left_out = ("url", _ACCESS_LINK) if _ACCESS_LINK in value else ()
    return {name: _without_access(each) for name, each in without(value, left_out).items()}


SYNC: Final = Sync(
    resources=(
        Resource(
            id="pages",
            kind="page",
            explanation="Pages that were shared with Targetym, and those below them",
            scopes=(READ,),
            read=_search("page"),
            full_every=DAY,
            keeps_place=False,
        ),
        Resource(
            id="data_sources",
            kind="data_source",
            explanation="Data sources of databases that were shared with Targetym",
            scopes=(READ,),
            read=_search("data_source"),
            full_every=DAY,
            keeps_place=False,
        ),
    ),
    # Three a second of each connection, as an average.
    budget=Budget(shared=Shared.INTEGRATION, calls=180, seconds=60),
)
