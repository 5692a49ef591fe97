"""What is synced of Google Contacts: the people in a person's address book.

The last page of a pass gives a sync token, and the next pass begins with it. Seven days after the
last full pass Google takes it no more, so that there is a full pass a week. All parameters must be
the same from call to call. Deletions are told, and so are the former names of contacts whose name
at Google has become another. Changes may take minutes to show.
https://developers.google.com/people/v1/contacts

Google leaves out what is empty: a page without contacts has no list, but then it has a token.

Not confirmed: that the refusal of a sync token that came by other parameters names it.
"""

from collections.abc import Mapping
from typing import Any, Final

from hub.errors import ProviderUnavailable
from hub.providers._records import identified, inner, objects, person, times, without
from hub.providers._rest import text
from hub.providers._sync import Asked, Cursor, Page, Resource
from hub.providers.google.client import CONTACTS as SCOPE
from hub.providers.google.client import GoogleClient
from hub.record import Record

_PAGE: Final = 250
_FIELDS: Final = "names,nicknames,emailAddresses,phoneNumbers,organizations,metadata"
_MOVES: Final = ("etag", "metadata")


def _read(client: GoogleClient, asked: Asked) -> Page:
    at = asked.at or {}
    since = at.get("since")
    content = client.contacts(_FIELDS, _PAGE, sync_token=since, page_token=at.get("page"))
    page, token = text(content.get("nextPageToken")), text(content.get("nextSyncToken"))
    if not page and not token:
        raise ProviderUnavailable
    told = _told(content)
    there = {id_: each for id_, each in told.items() if not _is_deleted(each)}
    former = {name for each in there.values() for name in _former_names(each)}
    return Page(
        records=tuple(_contact(id_, each) for id_, each in there.items()),
        gone=tuple(sorted((told.keys() | former) - there.keys())),
        next=_next(since, page) if page else None,
        cursor=None if page else {"since": token},
    )


def _next(since: str | None, page: str) -> Cursor:
    return {"since": since, "page": page} if since else {"page": page}


def _told(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = objects(content, "connections") if "connections" in content else []
    return {identified(each.get("resourceName")): each for each in found}


def _is_deleted(contact: Mapping[str, Any]) -> bool:
    return inner(contact, "metadata", "deleted") is True


def _former_names(contact: Mapping[str, Any]) -> list[str]:
    names = inner(contact, "metadata", "previousResourceNames")
    return [each for each in names if isinstance(each, str)] if isinstance(names, list) else []


def _contact(id_: str, contact: dict[str, Any]) -> Record:
    name, email = _main(contact, "names", "displayName"), _main(contact, "emailAddresses", "value")
    return Record(
        id=id_,
        title=name or _main(contact, "organizations", "name") or email or "",
        people=person("self", id_, name, email),
        times=times(updated=_updated(contact)),
        content=without(contact, _MOVES),
    )


def _main(contact: Mapping[str, Any], field: str, name: str) -> str | None:
    """Give of a field's values the primary one, or else the first."""
    values = contact.get(field)
    if not isinstance(values, list) or not values:
        return None
    primary = (each for each in values if inner(each, "metadata", "primary") is True)
    return text(inner(next(primary, values[0]), name))


def _updated(contact: Mapping[str, Any]) -> Any:
    sources = inner(contact, "metadata", "sources")
    own = (
        each
        for each in (sources if isinstance(sources, list) else ())
        if inner(each, "type") == "CONTACT"
    )
    return inner(next(own, None), "updateTime")


CONTACTS: Final = Resource(
    id="contacts",
    kind="contact",
    explanation="The person's contacts",
    scopes=(SCOPE,),
    read=_read,
)
