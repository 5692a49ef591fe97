"""What is synced of Notion: the pages and data sources that were shared with the app.

Search gives them last edited first. An incremental pass reads down to what was edited before the
newest of the pass before, less two minutes: Notion tells times by the minute. What is deleted, or
no longer shared, is in no list: a full pass a day finds it.
https://developers.notion.com/reference/post-search

Not confirmed: how long search takes to know of a change; that cursors end, and how that is refused.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub.errors import ProviderUnavailable
from hub.providers._records import identified, inner, objects, person, times, without
from hub.providers._rest import link, text
from hub.providers._sync import DAY, Asked, Budget, Page, Resource, Shared, Sync
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
        content = client.search(kind, _PAGE, at.get("cursor"))
        found = objects(content, "results")
        newest = at.get("newest") or (_edited(found[0]) if found else None)
        more = text(content.get("next_cursor")) if content.get("has_more") is True else None
        since = at.get("since")
        if more and not (since and _edited(found[-1]) < earlier(since, _OVERLAP)):
            following = {"since": since, "newest": newest, "cursor": more}
        else:
            following = None
        beginning = max(filter(None, (since, newest)), default=None)
        return Page(
            records=tuple(_record(each) for each in found if not _is_gone(each)),
            gone=tuple(identified(each.get("id")) for each in found if _is_gone(each)),
            next=following,
            cursor=None if following or beginning is None else {"since": beginning},
        )

    return read


def _edited(found: Mapping[str, Any]) -> str:
    edited = times(updated=found.get("last_edited_time"))
    if not edited:
        raise ProviderUnavailable
    return edited["updated"]


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
