"""Google's Calendar, Gmail, Drive and People APIs, as far as Targetym uses them.

https://developers.google.com/workspace/calendar/api/v3/reference/events/insert
https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send
https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/create
https://developers.google.com/workspace/drive/api/guides/handle-errors

Not confirmed: that a page token of Drive which is refused for its age looks like one that never was
any, 400 `invalid` (as measured in brekkylab/backlot issue 337).
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hub.errors import (
    ClientRefused,
    Conflict,
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderUnavailable,
    RateLimited,
)
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired, Vanished
from hub.providers.google.mail import compose

API: Final = "https://www.googleapis.com"
GMAIL: Final = "https://gmail.googleapis.com"
PEOPLE: Final = "https://people.googleapis.com"
CALENDAR: Final = "https://www.googleapis.com/auth/calendar.events"
DRIVE: Final = "https://www.googleapis.com/auth/drive"
SEND: Final = "https://www.googleapis.com/auth/gmail.send"
CONTACTS: Final = "https://www.googleapis.com/auth/contacts.readonly"
MAIL_METADATA: Final = "https://www.googleapis.com/auth/gmail.metadata"

_BAD_REQUEST: Final = 400
_GONE: Final = 410
_REASONS: Final[Mapping[str, type[HubError]]] = {
    "rateLimitExceeded": RateLimited,
    "userRateLimitExceeded": RateLimited,
    "quotaExceeded": RateLimited,
    "dailyLimitExceeded": RateLimited,
    "sharingRateLimitExceeded": RateLimited,
    "insufficientPermissions": InsufficientScope,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": InsufficientScope,
    "duplicate": Conflict,
    "accessNotConfigured": ClientRefused,  # the deployer has not enabled the API in their project
    "SERVICE_DISABLED": ClientRefused,
}
_NOT_FOUND: Final = 404
_EXPLAINED: Final[Mapping[int, str]] = {
    400: "Google does not accept these values. Check addresses, times and ids.",
    403: "This Google account may not do that. Ask the owner of the calendar or file.",
    _NOT_FOUND: "Google knows no such calendar or file, or this account may not see it.",
}


class GoogleClient:
    """Calendar, Gmail, Drive and contacts for one person's token.

    `GoogleClient(token).send_email("ada@example.org", "Welcome", "Welcome aboard!")`. Raises
    InvalidRequest for what Google finds wrong with the arguments, ReauthRequired,
    InsufficientScope, RateLimited, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(
        self,
        token: str,
        send: Send | None = None,
        api: str = API,
        gmail: str = GMAIL,
        people: str = PEOPLE,
    ) -> None:
        self._token = token
        self._send = send or _rest.default_send(api, gmail, people)
        self._api = api
        self._gmail = gmail
        self._people = people

    def create_calendar_event(
        self, event: Mapping[str, Any], calendar: str = "primary", *, notify: bool = True
    ) -> dict[str, Any]:
        """Create an event of the API's own form (`summary`, `start`, `end`, …). Attendees are told
        by Google unless `notify` is off. Gives its id and link.
        """
        updates = "all" if notify else "none"
        url = f"{self._api}/calendar/v3/calendars/{_rest.segment(calendar)}/events"
        created = self._post(f"{url}?sendUpdates={updates}&conferenceDataVersion=1", event)
        return {"id": created["id"], "url": _rest.text(created.get("htmlLink"))}

    def send_email(
        self,
        to: str | Sequence[str],
        subject: str,
        body: str,
        *,
        cc: Sequence[str] = (),
        bcc: Sequence[str] = (),
        html: bool = False,
    ) -> dict[str, Any]:
        """Send a message as the account's owner. Gives the ids of message and thread."""
        recipients = [to] if isinstance(to, str) else to
        message = compose(recipients, subject, body, cc=cc, bcc=bcc, html=html)
        raw = urlsafe_b64encode(message).decode()
        sent = self._post(f"{self._gmail}/gmail/v1/users/me/messages/send", {"raw": raw})
        return {"id": sent["id"], "threadId": _rest.text(sent.get("threadId"))}

    def share_file(
        self, file: str, email: str, role: str = "reader", *, notify: bool = True
    ) -> dict[str, Any]:
        """Give a person access to a file, on shared drives too. Gives the permission's id."""
        url = f"{self._api}/drive/v3/files/{_rest.segment(file)}/permissions"
        query = f"supportsAllDrives=true&sendNotificationEmail={str(notify).lower()}"
        permission = {"type": "user", "role": role, "emailAddress": email}
        shared = self._post(f"{url}?{query}", permission)
        return {"id": shared["id"], "role": _rest.text(shared.get("role")) or role}

    def events(
        self,
        calendar: str,
        page_size: int,
        *,
        sync_token: str | None = None,
        page_token: str | None = None,
    ) -> dict[str, Any]:
        """Read a page of a calendar's events, or of what has changed since a sync token was given.
        Raises CursorExpired when Google no longer knows the token, Vanished where there is no such
        calendar, or none that this account may see.
        https://developers.google.com/workspace/calendar/api/v3/reference/events/list
        """
        url = f"{self._api}/calendar/v3/calendars/{_rest.segment(calendar)}/events"
        query = {"maxResults": page_size, "syncToken": sync_token, "pageToken": page_token}
        return self._read(url, query, _is_gone, missing=Vanished)

    def start_page_token(self) -> str:
        """Give the page token from which on `changes` tells what happens after now.
        https://developers.google.com/workspace/drive/api/reference/rest/v3/changes/getStartPageToken
        """
        content = self._read(f"{self._api}/drive/v3/changes/startPageToken", {}, _is_gone)
        return _rest.required(content, "startPageToken")

    def files(self, fields: str, page_size: int, page_token: str | None = None) -> dict[str, Any]:
        """Read a page of the files, not trashed, that the person has or that were shared with them,
        shared drives left aside, with these fields of each. Raises CursorExpired when Google
        refuses the page token.
        https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list
        """
        query = {
            "q": "trashed=false",
            "pageSize": page_size,
            "pageToken": page_token,
            "fields": f"nextPageToken,incompleteSearch,files({fields})",
        }
        return self._read(f"{self._api}/drive/v3/files", query, _refuses_page)

    def changes(self, fields: str, page_size: int, page_token: str) -> dict[str, Any]:
        """Read a page of what has changed of the same files since the page token was given. Raises
        CursorExpired when Google refuses it.
        https://developers.google.com/workspace/drive/api/reference/rest/v3/changes/list
        """
        query = {
            "pageToken": page_token,
            "pageSize": page_size,
            "fields": "nextPageToken,newStartPageToken,"
            f"changes(changeType,removed,fileId,file({fields}))",
        }
        return self._read(f"{self._api}/drive/v3/changes", query, _refuses_page)

    def contacts(
        self,
        fields: str,
        page_size: int,
        *,
        sync_token: str | None = None,
        page_token: str | None = None,
    ) -> dict[str, Any]:
        """Read a page of the person's contacts, or of what has changed since a sync token was
        given. Raises CursorExpired when Google no longer takes the token.
        https://developers.google.com/people/api/rest/v1/people.connections/list
        """
        query = {
            "personFields": fields,
            "pageSize": page_size,
            "requestSyncToken": "true",
            "syncToken": sync_token,
            "pageToken": page_token,
        }
        return self._read(f"{self._people}/v1/people/me/connections", query, _refuses_sync)

    def _read(
        self,
        url: str,
        query: Mapping[str, Any],
        has_expired: Callable[[Answer], bool],
        missing: type[HubError] | None = None,
    ) -> dict[str, Any]:
        answer = _rest.read(self._send, self._token, url, query)
        if has_expired(answer):
            raise CursorExpired
        if missing and answer.status == _NOT_FOUND:
            raise missing
        if refused := failure(answer):
            raise refused
        return answer.json()

    def _post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = _rest.post(self._send, self._token, url, body)
        if refused := failure(answer):
            raise refused
        content = answer.json()
        if not isinstance(content.get("id"), str):
            raise ProviderUnavailable
        return content


def failure(answer: Answer) -> HubError | None:
    """Read Google's error object: by its reasons first, by the status second."""
    standard = _rest.failure(answer)
    if standard is None:
        return None
    for reason in _reasons(answer):
        if kind := _REASONS.get(reason):
            return kind(retry_after=answer.retry_after)
    if explained := _EXPLAINED.get(answer.status):
        return InvalidRequest(explained)
    return standard


def _is_gone(answer: Answer) -> bool:
    return answer.status == _GONE


def _refuses_page(answer: Answer) -> bool:
    """Tell whether it is the page token that Drive does not accept, and nothing else."""
    if answer.status != _BAD_REQUEST:
        return _is_gone(answer)
    refused = [each for each in _entries(answer) if each.get("reason") == "invalid"]
    return any(each.get("location") in {None, "pageToken"} for each in refused)


def _refuses_sync(answer: Answer) -> bool:
    """Tell whether it is the sync token that People does not accept. Where the documented reason is
    missing, the message names the token.
    """
    if answer.status != _BAD_REQUEST:
        return _is_gone(answer)
    message = _rest.text(_error(answer).get("message")) or ""
    return "EXPIRED_SYNC_TOKEN" in _reasons(answer) or "sync token" in message.lower()


def _reasons(answer: Answer) -> list[str]:
    return [str(each.get("reason")) for each in _entries(answer)]


def _entries(answer: Answer) -> list[dict[str, Any]]:
    error = _error(answer)
    entries = [*_list(error.get("errors")), *_list(error.get("details"))]
    return [each for each in entries if isinstance(each, dict)]


def _error(answer: Answer) -> dict[str, Any]:
    error = _rest.content(answer).get("error")
    return error if isinstance(error, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
