"""What of Zoom is synced: a person's meetings and, for administrators, the people of their account.

Zoom has no delta: each pass reads everything, and events say when one is wanted sooner. People are
listed by their status, one after the other.
https://developers.zoom.us/docs/api/meetings/#tag/meetings/GET/users/{userId}/meetings
https://developers.zoom.us/docs/api/users/#tag/users/GET/users

Not confirmed: whether occurrences of a recurring meeting are listed apart; they share the meeting's
id, so the last one told counts.
"""

import hashlib
from typing import Any, Final
from urllib.parse import urlsplit

from hub.providers._records import identified, objects, person, times, without
from hub.providers._rest import link, text
from hub.providers._sync import Asked, Budget, Cursor, Page, Resource, Shared, Sync
from hub.providers.zoom.client import LIST_MEETINGS, LIST_USERS, ZoomClient
from hub.record import Record

_PAGE: Final = 300  # Zoom's most
_STATUSES: Final = ("active", "inactive", "pending")
# Whoever has one of these may enter a meeting, or start it as its host.
_SECRETS: Final = (
    "start_url",
    "password",
    "h323_password",
    "pstn_password",
    "h323_passcode",
    "encrypted_password",
    "encrypted_passcode",
    "host_key",
)


def _meetings(client: ZoomClient, asked: Asked) -> Page:
    content = client.meetings(_PAGE, (asked.at or {}).get("token"))
    token = text(content.get("next_page_token"))
    return Page(
        records=tuple(map(_meeting, objects(content, "meetings"))),
        next={"token": token} if token else None,
    )


def _users(client: ZoomClient, asked: Asked) -> Page:
    at = asked.at or {"status": _STATUSES[0]}
    content = client.users(at["status"], _PAGE, at.get("token"))
    return Page(records=tuple(map(_user, objects(content, "users"))), next=_following(at, content))


def _following(at: Cursor, content: dict[str, Any]) -> Cursor | None:
    """Give where the list of people goes on: on the next page, or with the next status."""
    if token := text(content.get("next_page_token")):
        return {"status": at["status"], "token": token}
    later = _STATUSES[_STATUSES.index(at["status"]) + 1 :]
    return {"status": later[0]} if later else None


def _meeting(meeting: dict[str, Any]) -> Record:
    content = without(meeting, _SECRETS)
    # The address that Zoom gives lets in whoever has it, by a passcode in its query.
    url = _without_passcode(link(meeting.get("join_url")))
    if "join_url" in content:
        content["join_url"] = url
    return Record(
        id=identified(meeting.get("id")),
        title=text(meeting.get("topic")) or "",
        url=url,
        people=person("organizer", meeting.get("host_id")),
        times=times(created=meeting.get("created_at"), starts=meeting.get("start_time")),
        state="scheduled",
        content=content,
    )


def _without_passcode(url: str | None) -> str | None:
    return None if url is None else urlsplit(url)._replace(query="", fragment="").geturl()


def _user(user: dict[str, Any]) -> Record:
    names = (text(user.get("first_name")), text(user.get("last_name")))
    name = text(user.get("display_name")) or " ".join(filter(None, names))
    id_ = identified(user.get("id") or _invited(user.get("email")))
    return Record(
        id=id_,
        title=name or text(user.get("email")) or id_,
        people=person("self", id_, name, user.get("email")),
        times=times(created=user.get("created_at") or user.get("user_created_at")),
        state=text(user.get("status")),
        content=without(user, (*_SECRETS, "last_login_time", "last_client_version")),
    )


def _invited(email: Any) -> str | None:
    """Give an id to somebody who has none yet, having not answered: ids go where addresses must
    not.
    """
    if not isinstance(email, str):
        return None
    return "invited-" + hashlib.sha256(email.lower().encode()).hexdigest()[:32]


SYNC: Final = Sync(
    resources=(
        Resource(
            id="meetings",
            kind="meeting",
            explanation="Scheduled meetings of the person who connected",
            scopes=(LIST_MEETINGS,),
            read=_meetings,
        ),
        Resource(
            id="users",
            kind="user",
            explanation="People of the Zoom account, inactive and invited ones included",
            scopes=(LIST_USERS,),
            read=_users,
            # Somebody may get a status that was read before, and be met with none.
            keeps_place=False,
        ),
    ),
    # A paid account's; a free one's is a tenth. All apps of the account share it.
    budget=Budget(shared=Shared.ACCOUNT, calls=20, seconds=1),
)
