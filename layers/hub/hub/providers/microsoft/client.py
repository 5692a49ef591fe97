"""Microsoft Graph, as far as Targetym uses it.

https://learn.microsoft.com/graph/api/user-post-events
https://learn.microsoft.com/graph/api/user-sendmail
https://learn.microsoft.com/graph/api/channel-post-messages
https://learn.microsoft.com/graph/api/driveitem-invite
https://learn.microsoft.com/graph/errors

Graph says 403 alike where the app lacks a permission and where the person has no right: only its
words tell them apart, and those are not for branching.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired, Vanished
from hub.values import NOTHING

API: Final = "https://graph.microsoft.com"
CALENDAR: Final = "Calendars.ReadWrite"
SEND: Final = "Mail.Send"
CHANNEL: Final = "ChannelMessage.Send"
FILES: Final = "Files.ReadWrite"
CALENDAR_READ: Final = "Calendars.Read"
FILES_READ: Final = "Files.Read.All"
PEOPLE_READ: Final = "User.Read.All"

_ACCEPTED: Final = 202
_OVER_BANDWIDTH: Final = 509  # a throttling status of Graph's own
_DONE: Final = frozenset({200, 201, 207})
_THROTTLED: Final = frozenset(
    {"activityLimitReached", "throttledRequest", "ApplicationThrottled", "TooManyRequests"}
)
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_NO_LONGER: Final = 410
_FORGOTTEN: Final = frozenset(
    {
        "resyncChangesApplyDifferences",
        "resyncChangesUploadDifferences",
        "resyncRequired",
        "syncStateInvalid",
        "syncStateNotFound",
    }
)
_NOT_THERE: Final = frozenset(
    {
        "MailboxNotEnabledForRESTAPI",
        "MailboxNotSupportedForRESTAPI",
        "ResourceNotFound",
        "itemNotFound",
    }
)
_NO_MAILBOX: Final = "This Microsoft account has no mailbox in Exchange Online."
_EXPLAINED_CODES: Final[Mapping[str, str]] = {
    "TimeZoneNotSupportedException": (
        "Microsoft does not know this time zone. Use an offset, or a name such as Europe/Paris."
    ),
    "ErrorInvalidRecipients": "Microsoft cannot deliver to one of these addresses.",
    "MailboxNotEnabledForRESTAPI": _NO_MAILBOX,
    "MailboxNotSupportedForRESTAPI": _NO_MAILBOX,
    "accountVerificationRequired": "Microsoft wants this account verified before it may share.",
}
_EXPLAINED: Final[Mapping[int, str]] = {
    400: "Microsoft does not accept these values. Check addresses, times and ids.",
    403: "This Microsoft account may not do that. Ask whoever owns it, or an administrator there.",
    404: "Microsoft knows no such calendar, channel or file, or this account may not see it.",
    413: "This is larger than Microsoft accepts.",
    423: "Somebody has locked this file. Try again once they are done.",
}
_DEEPEST: Final = 8  # errors within errors


class MicrosoftClient:
    """Outlook, Teams and OneDrive for one person's token.

    `MicrosoftClient(token).send_email("ada@example.org", "Welcome", "Welcome aboard!")`. Raises
    InvalidRequest for what Microsoft finds wrong with the arguments, ReauthRequired, RateLimited,
    ProviderError, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._send = send or _rest.default_send(API)
        self._api = f"{api}/v1.0"

    def create_calendar_event(
        self, event: Mapping[str, Any], calendar: str | None = None
    ) -> dict[str, Any]:
        """Create an event of Graph's own form (`subject`, `start`, `end`, …), in the person's main
        calendar unless another is named. Outlook invites the attendees. Gives its id, its link,
        and the meeting's where there is one.
        """
        of = f"/me/calendars/{_rest.segment(calendar)}" if calendar else "/me"
        created = self._post(f"{of}/events", event)
        meeting = created.get("onlineMeeting")
        join = meeting.get("joinUrl") if isinstance(meeting, dict) else None
        return {
            "id": _rest.required(created, "id"),
            "url": _rest.link(created.get("webLink")),
            "meetingUrl": _rest.link(join),
        }

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
        """Send a message as the account's owner, and keep it under Sent Items. Outlook accepts
        it for delivery and gives no id.
        """
        message = {
            "subject": subject,
            "body": {"contentType": "HTML" if html else "Text", "content": body},
            "toRecipients": _recipients([to] if isinstance(to, str) else to),
            "ccRecipients": _recipients(cc),
            "bccRecipients": _recipients(bcc),
        }
        answer = self._call("/me/sendMail", {"message": message})
        if answer.status != _ACCEPTED:
            raise ProviderUnavailable
        return {"accepted": True}

    def send_channel_message(
        self,
        team: str,
        channel: str,
        text: str,
        *,
        html: bool = False,
        subject: str | None = None,
    ) -> dict[str, Any]:
        """Post to a channel of a team as the account's owner. Gives the message's id and link."""
        body = {"contentType": "html" if html else "text", "content": text}
        path = f"/teams/{_rest.segment(team)}/channels/{_rest.segment(channel)}/messages"
        posted = self._post(path, {"body": body, **({"subject": subject} if subject else {})})
        return {"id": _rest.required(posted, "id"), "url": _rest.link(posted.get("webUrl"))}

    def share_file(
        self,
        item: str,
        email: str,
        role: str = "read",
        *,
        drive: str | None = None,
        message: str | None = None,
        notify: bool = True,
    ) -> dict[str, Any]:
        """Give a person who signs in access (`read` or `write`) to a file or folder: of the
        account's own OneDrive unless another drive is named. Gives the permission's id, and
        whether Microsoft told the person.
        """
        of = f"/drives/{_rest.segment(drive)}" if drive else "/me/drive"
        invitation = {
            "recipients": [{"email": email}],
            "roles": [role],
            "requireSignIn": True,
            "sendInvitation": notify,
            **({"message": message} if message else {}),
        }
        content = self._post(f"{of}/items/{_rest.segment(item)}/invite", invitation)
        given = content.get("value")
        permission = given[0] if isinstance(given, list) and given else NOTHING
        told = notify and isinstance(permission, dict) and "error" not in permission
        return {"id": _rest.required(permission, "id"), "notified": told}

    def delta(
        self, path: str, query: Mapping[str, Any], headers: Mapping[str, str] = NOTHING
    ) -> dict[str, Any]:
        """Read the first page of everything that a delta function tells of, such as
        `/users/delta`: `value`, and a link under `@odata.nextLink` or `@odata.deltaLink`.
        Raises Vanished where the account has no such mailbox or drive, InsufficientScope.
        https://learn.microsoft.com/graph/delta-query-overview
        """
        return self._changes(self._api + path, query, headers)

    def follow(self, url: str, headers: Mapping[str, str] = NOTHING) -> dict[str, Any]:
        """Read on at a link of `delta`. Raises CursorExpired for one that Graph has forgotten."""
        return self._changes(_rest.followed(url, self._api), NOTHING, headers)

    def _changes(
        self, url: str, query: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        answer = _rest.read(self._send, self._token, url, query, headers)
        refused = _failure(answer)
        if refused is None:
            return answer.json()
        if answer.status == _FORBIDDEN:
            raise InsufficientScope
        codes = set(_codes(answer))
        if answer.status == _NO_LONGER or not _FORGOTTEN.isdisjoint(codes):
            raise CursorExpired
        if query and answer.status == _NOT_FOUND and not _NOT_THERE.isdisjoint(codes):
            raise Vanished
        raise ProviderError if isinstance(refused, InvalidRequest) else refused

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._call(path, body)
        if answer.status not in _DONE:
            raise ProviderUnavailable
        return answer.json()

    def _call(self, path: str, body: Mapping[str, Any]) -> Answer:
        answer = _rest.post(self._send, self._token, self._api + path, body)
        if refused := _failure(answer):
            raise refused
        return answer


def _recipients(addresses: Sequence[str]) -> list[dict[str, Any]]:
    return [{"emailAddress": {"address": address}} for address in addresses]


def _failure(answer: Answer) -> HubError | None:
    """Read Graph's error object: by its codes first, by the status second."""
    standard = _rest.failure(answer)
    if standard is None or isinstance(standard, RateLimited):
        return standard
    codes = tuple(_codes(answer))
    if answer.status == _OVER_BANDWIDTH or not _THROTTLED.isdisjoint(codes):
        return RateLimited(retry_after=answer.retry_after)
    explained = next(filter(None, map(_EXPLAINED_CODES.get, codes)), _EXPLAINED.get(answer.status))
    return InvalidRequest(explained) if explained else standard


def _codes(answer: Answer) -> Iterator[str]:
    """Give the codes of an error and of those within it, the most general one first."""
    error = _rest.content(answer).get("error")
    for _ in range(_DEEPEST):
        if not isinstance(error, dict):
            return
        yield str(error.get("code"))
        error = error.get("innerError") or error.get("innererror")
