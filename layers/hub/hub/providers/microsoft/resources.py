"""What is synced of Microsoft 365: the events of the person's main calendar, the files of their
OneDrive and, where that was granted, the people of their organization.

All three have delta functions: links lead from page to page, and from one pass to the next. They
are kept as Graph gives them, and followed within Graph alone. The same object may be told of more
than once; the last one counts.
https://learn.microsoft.com/graph/delta-query-overview

Events are those of a window of time, which is a part of the links: from a month ago to a year from
when it was opened. A full pass a week opens it anew; what has left it is gone. Their text is left
out, as are all ways into meetings: Outlook writes addresses and passcodes of meetings into it.

An account without a mailbox, or without a OneDrive, has nothing of that kind.

Not confirmed: which code says that there is no OneDrive; that folders moved to the recycle bin take
a `deleted` of each of their items with them, which a full pass a week makes up for.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub.errors import ProviderUnavailable
from hub.providers._records import identified, inner, objects, person, times, without
from hub.providers._rest import link, text
from hub.providers._sync import (
    DAY,
    Asked,
    Budget,
    Page,
    Resource,
    Shared,
    Sync,
    Vanished,
)
from hub.providers._times import zulu
from hub.providers.microsoft.client import (
    CALENDAR,
    CALENDAR_READ,
    FILES,
    FILES_READ,
    PEOPLE_READ,
    MicrosoftClient,
)
from hub.record import Person, Record
from hub.values import NOTHING

_PAGE: Final = 100
_DRIVE: Final = "/me/drive/root"
_BACK: Final = timedelta(days=30)
_AHEAD: Final = timedelta(days=365)
_EVENT_LEFT_OUT: Final = (
    "@odata.etag",
    "changeKey",
    "body",
    "bodyPreview",
    "onlineMeeting",
    "onlineMeetingUrl",
)
_ITEM_FIELDS: Final = (
    "id,name,size,webUrl,createdDateTime,lastModifiedDateTime,createdBy,lastModifiedBy,"
    "parentReference,file,folder,deleted,root"
)
_ITEM_LEFT_OUT: Final = ("@odata.etag", "@odata.type", "@microsoft.graph.downloadUrl", "cTag")
_USER_FIELDS: Final = (
    "id,displayName,givenName,surname,mail,userPrincipalName,jobTitle,department,officeLocation,"
    "mobilePhone,businessPhones,accountEnabled,userType"
)
_USER_LEFT_OUT: Final = ("@odata.etag", "@odata.type")

type _Begin = Callable[[MicrosoftClient, datetime, Mapping[str, str]], dict[str, Any]]
type _Read = Callable[[MicrosoftClient, Asked], Page]


def _reader(
    begin: _Begin,
    record: Callable[[dict[str, Any]], Record | None],
    headers: Callable[[], Mapping[str, str]] = lambda: NOTHING,
) -> _Read:
    def read(client: MicrosoftClient, asked: Asked) -> Page:
        try:
            if asked.at:
                content = client.follow(asked.at["url"], headers())
            else:
                content = begin(client, datetime.fromtimestamp(asked.now, UTC), headers())
        except Vanished:
            return Page(records=())
        told = {identified(each.get("id")): each for each in objects(content, "value")}
        following = text(content.get("@odata.nextLink"))
        delta = text(content.get("@odata.deltaLink"))
        if not following and not delta:
            raise ProviderUnavailable
        found = (record(each) for each in told.values() if not _is_gone(each))
        return Page(
            records=tuple(each for each in found if each is not None),
            gone=tuple(id_ for id_, each in told.items() if _is_gone(each)),
            next={"url": following} if following else None,
            cursor=None if following else {"url": delta},
        )

    return read


def _is_gone(told: Mapping[str, Any]) -> bool:
    return "@removed" in told or "deleted" in told


def _window(client: MicrosoftClient, now: datetime, headers: Mapping[str, str]) -> dict[str, Any]:
    window = {
        "startDateTime": zulu(now - _BACK, "seconds"),
        "endDateTime": zulu(now + _AHEAD, "seconds"),
    }
    return client.delta("/me/calendarView/delta", window, headers)


def _preferences() -> Mapping[str, str]:
    return {"prefer": f'odata.maxpagesize={_PAGE}, outlook.timezone="UTC"'}


def _event(event: dict[str, Any]) -> Record:
    whole_days = event.get("isAllDay") is True
    state = "cancelled" if event.get("isCancelled") is True else text(event.get("showAs"))
    return Record(
        id=identified(event.get("id")),
        title=text(event.get("subject")) or "",
        url=link(event.get("webLink")),
        people=_people(event),
        times=times(
            created=event.get("createdDateTime"),
            updated=event.get("lastModifiedDateTime"),
            starts=_time(event, "start", whole_days=whole_days),
            ends=_time(event, "end", whole_days=whole_days),
        ),
        state=(state or "").lower() or None,
        parent=text(event.get("seriesMasterId")),
        content=without(event, _EVENT_LEFT_OUT),
    )


def _people(event: Mapping[str, Any]) -> tuple[Person, ...]:
    attendees = event.get("attendees")
    found = _address("organizer", event.get("organizer"))
    for each in attendees if isinstance(attendees, list) else ():
        found += _address("attendee", each)
    return found


def _address(role: str, of: Any) -> tuple[Person, ...]:
    named, address = (inner(of, "emailAddress", each) for each in ("name", "address"))
    return person(role, None, named, address)


def _time(event: Mapping[str, Any], name: str, *, whole_days: bool) -> str | None:
    told = text(inner(event.get(name), "dateTime"))
    if told is None:
        return None
    return told[: len("2026-11-26")] if whole_days else f"{told}Z"


def _files(client: MicrosoftClient, _: datetime, headers: Mapping[str, str]) -> dict[str, Any]:
    query = {"$select": _ITEM_FIELDS, "$top": _PAGE}
    return client.delta(f"{_DRIVE}/delta", query, headers)


def _item(item: dict[str, Any]) -> Record | None:
    """Read a file or folder; the drive's root is neither."""
    if "root" in item:
        return None
    by = inner(item, "createdBy", "user")
    return Record(
        id=identified(item.get("id")),
        title=text(item.get("name")) or "",
        url=link(item.get("webUrl")),
        people=person("creator", *(inner(by, each) for each in ("id", "displayName", "email"))),
        times=times(created=item.get("createdDateTime"), updated=item.get("lastModifiedDateTime")),
        state="folder" if "folder" in item else "file",
        parent=text(inner(item, "parentReference", "id")),
        content=without(item, _ITEM_LEFT_OUT),
    )


def _directory(client: MicrosoftClient, _: datetime, headers: Mapping[str, str]) -> dict[str, Any]:
    return client.delta("/users/delta", {"$select": _USER_FIELDS}, headers)


def _user(user: dict[str, Any]) -> Record:
    id_, name = identified(user.get("id")), text(user.get("displayName"))
    return Record(
        id=id_,
        title=name or "",
        people=person("self", id_, name, user.get("mail")),
        state="disabled" if user.get("accountEnabled") is False else "active",
        content=without(user, _USER_LEFT_OUT),
    )


SYNC: Final = Sync(
    resources=(
        Resource(
            id="calendar_events",
            kind="event",
            explanation="Events of the person's main calendar, from a month ago to a year ahead",
            scopes=(CALENDAR_READ, CALENDAR),
            read=_reader(_window, _event, _preferences),
            full_every=7 * DAY,
        ),
        Resource(
            id="drive_items",
            kind="file",
            explanation="Files and folders of the person's OneDrive",
            scopes=(FILES_READ, FILES),
            read=_reader(_files, _item),
            full_every=7 * DAY,
        ),
        Resource(
            id="users",
            kind="user",
            explanation="People of the organization, guests included",
            scopes=(PEOPLE_READ,),
            read=_reader(_directory, _user),
        ),
    ),
    # Outlook allows 1,000 a minute for each mailbox and app.
    budget=Budget(shared=Shared.INTEGRATION, calls=300, seconds=60),
)
