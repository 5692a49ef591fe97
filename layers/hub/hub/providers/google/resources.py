"""What of Google Workspace is synced: the events of a person's calendars, beside their files and
contacts, which have modules of their own.

Each calendar has a sync token of its own: the last page of a pass gives it, and the next pass
begins with it and is told of deletions too, as events with the status cancelled. A token that
Google no longer knows is 410, for whatever reason, and everything is read anew.
https://developers.google.com/workspace/calendar/api/guides/sync

A recurring event is one record, with its exceptions beside it. An event has the same id in the
calendars of all who were invited, so the calendar is part of the record's id, but for the primary
one. A calendar that is not there has no events.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from hub.providers._records import identified, inner, objects, person, times, without
from hub.providers._rest import link, text
from hub.providers._sync import (
    Asked,
    Budget,
    Cursor,
    CursorExpired,
    Filter,
    Page,
    Resource,
    Shared,
    Sync,
    Takes,
    Vanished,
)
from hub.providers.google.client import CALENDAR, GoogleClient
from hub.providers.google.contacts import CONTACTS
from hub.providers.google.files import FILES
from hub.record import Person, Record

_PAGE: Final = 250
_PRIMARY: Final = "primary"
_CALENDAR_READ: Final = "https://www.googleapis.com/auth/calendar.readonly"
# The etag moves; the ways into a conference come with PINs and passcodes.
_LEFT_OUT: Final = ("etag", "kind", "conferenceData")


def _events(client: GoogleClient, asked: Asked) -> Page:
    at = asked.at or {}
    calendars: tuple[str, ...] = asked.filters["calendars"]
    number: int = at.get("number", 0)
    calendar = calendars[number]
    known = at.get("known", {}).get(_digest(calendar))
    try:
        content = client.events(calendar, _PAGE, sync_token=known, page_token=at.get("page"))
    except Vanished:
        if known:  # a full pass finds what is gone with it
            raise CursorExpired from None
        following, cursor = _after_calendar(at, calendars, number, None)
        return Page(records=(), next=following, cursor=cursor)
    told = {identified(each.get("id")): each for each in objects(content, "items")}.values()
    following, cursor = _following(at, calendars, number, content)
    return Page(
        records=tuple(_event(calendar, each) for each in told if not _is_gone(each)),
        gone=tuple(_id(calendar, each) for each in told if _is_gone(each)),
        next=following,
        cursor=cursor,
    )


def _following(
    at: Cursor, calendars: tuple[str, ...], number: int, content: Mapping[str, Any]
) -> tuple[Cursor | None, Cursor | None]:
    """Give where the pass goes on: on the next page, or with the next calendar; or where the next
    pass begins.
    """
    if page := text(content.get("nextPageToken")):
        kept = {name: at.get(name, {}) for name in ("known", "tokens")}
        return {**kept, "number": number, "page": page}, None
    return _after_calendar(at, calendars, number, identified(content.get("nextSyncToken")))


def _after_calendar(
    at: Cursor, calendars: tuple[str, ...], number: int, token: str | None
) -> tuple[Cursor | None, Cursor | None]:
    tokens = dict(at.get("tokens", {}))
    if token is not None:
        tokens[_digest(calendars[number])] = token
    if number + 1 < len(calendars):
        return {"number": number + 1, "known": at.get("known", {}), "tokens": tokens}, None
    return None, {"known": tokens}


def _is_gone(event: Mapping[str, Any]) -> bool:
    return event.get("status") == "cancelled"


def _id(calendar: str, event: Mapping[str, Any]) -> str:
    id_ = identified(event.get("id"))
    return id_ if calendar == _PRIMARY else f"{_digest(calendar)}/{id_}"


def _digest(calendar: str) -> str:
    """Give what stands for a calendar's id, which may be an address, where no address must be."""
    return hashlib.sha256(calendar.encode()).hexdigest()[:16]


def _event(calendar: str, event: dict[str, Any]) -> Record:
    return Record(
        id=_id(calendar, event),
        title=text(event.get("summary")) or "",
        url=link(event.get("htmlLink")),
        people=_people(event),
        times=times(
            created=event.get("created"),
            updated=event.get("updated"),
            starts=_time(event, "start"),
            ends=_time(event, "end"),
        ),
        state=text(event.get("status")),
        parent=calendar,
        content=without(event, _LEFT_OUT),
    )


def _people(event: Mapping[str, Any]) -> tuple[Person, ...]:
    organizer = event.get("organizer")
    attendees = event.get("attendees")
    found = person("organizer", None, inner(organizer, "displayName"), inner(organizer, "email"))
    for each in attendees if isinstance(attendees, list) else ():
        found += person("attendee", None, inner(each, "displayName"), inner(each, "email"))
    return found


def _time(event: Mapping[str, Any], name: str) -> Any:
    return inner(event.get(name), "dateTime") or inner(event.get(name), "date")


SYNC: Final = Sync(
    resources=(
        Resource(
            id="calendar_events",
            kind="event",
            explanation="Events of the person's calendars",
            scopes=(CALENDAR, _CALENDAR_READ),
            read=_events,
            filters=(
                Filter(
                    id="calendars",
                    explanation="Ids of the calendars, primary being the person's own",
                    takes=Takes.IDS,
                    default=(_PRIMARY,),
                ),
            ),
        ),
        FILES,
        CONTACTS,
    ),
    # Of a project and user; all apps of our project share it.
    budget=Budget(shared=Shared.INTEGRATION, calls=600, seconds=60),
)
