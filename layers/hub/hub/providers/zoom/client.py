"""Zoom's REST API, as far as Targetym uses it.

https://developers.zoom.us/docs/api/users/#tag/users/GET/users/{userId}
https://developers.zoom.us/docs/api/meetings/#tag/meetings/POST/users/{userId}/meetings
https://developers.zoom.us/docs/api/errors, https://developers.zoom.us/docs/api/rate-limits
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired
from hub.providers._times import zulu
from hub.values import NOTHING

API: Final = "https://api.zoom.us/v2"
READ_USER: Final = "user:read:user"
CREATE_MEETING: Final = "meeting:write:meeting"
LIST_MEETINGS: Final = "meeting:read:list_meetings"
LIST_USERS: Final = "user:read:list_users:admin"

_OK: Final = 200
_CREATED: Final = 201
_SERVER_ERRORS: Final = 500
_DAY: Final = 86_400
_INVALID: Final = 300
_RESUMES_AT_MIDNIGHT: Final = "GMT 00:00:00"
_NO_PLACE_IN_TIME: Final = "The start needs an offset such as Z or +01:00, or a timeZone."
_DAILY: Final = (
    "Zoom lets a person create and change no more than 100 meetings a day. It goes on at midnight "
    "UTC."
)
_UNFIT: Final = "Zoom does not accept these values. Check the start, the time zone, the passcode."
_NOT_ALLOWED: Final = (
    "The plan or the settings of this Zoom account do not allow that. Ask its administrator."
)
_MEANING: Final[Mapping[int, type[HubError]]] = {
    124: ReauthRequired,
    1001: ReauthRequired,  # the user is gone
    1010: ReauthRequired,  # … or belongs to another account by now
    4700: InsufficientScope,
    4711: InsufficientScope,
    4735: ReauthRequired,
    4737: ReauthRequired,
    4738: ReauthRequired,
    4741: ReauthRequired,
}
_EXPLAINED: Final[Mapping[int, str]] = {200: _NOT_ALLOWED, 300: _UNFIT}
_EXPLAINED_BY_STATUS: Final[Mapping[int, str]] = {400: _UNFIT, 403: _NOT_ALLOWED}


class ZoomClient:
    """Zoom for one person's token.

    `ZoomClient(token).create_meeting("Interview", datetime(2026, 12, 1, 9, tzinfo=UTC))`. Raises
    InvalidRequest for what Zoom finds wrong with the arguments, ReauthRequired, InsufficientScope,
    RateLimited, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._send = send or _rest.default_send(api)
        self._api = api

    def read_user(self) -> dict[str, str]:
        """Tell whose token it is: the ids of the user and of their Zoom account, and a name."""
        answer = _rest.get(self._send, self._token, f"{self._api}/users/me")
        user = _content(answer, _OK)
        id_, account_id = _rest.required(user, "id"), _rest.required(user, "account_id")
        name = _rest.text(user.get("email")) or _rest.text(user.get("display_name"))
        return {"id": id_, "accountId": account_id, "name": name or "Zoom user"}

    def create_meeting(
        self,
        topic: str,
        start: datetime,
        *,
        minutes: int = 60,
        time_zone: str | None = None,
        agenda: str | None = None,
        passcode: str | None = None,
        settings: Mapping[str, bool] = NOTHING,
    ) -> dict[str, Any]:
        """Schedule a meeting. `start` carries an offset, or `time_zone` (IANA) says where its clock
        hangs; `settings` are the API's own. Gives the meeting's id and the link for those who join.

        The link for the host lets anybody start the meeting as that person: it is not given.
        """
        meeting: dict[str, Any] = {
            "type": 2,
            "topic": topic,
            "start_time": _written(start, time_zone),
            "duration": minutes,
            "timezone": time_zone,
            "agenda": agenda,
            "password": passcode,
            "settings": dict(settings) or None,
        }
        meeting = {name: value for name, value in meeting.items() if value is not None}
        url = f"{self._api}/users/me/meetings"
        created = _content(_rest.post(self._send, self._token, url, meeting), _CREATED)
        id_ = created.get("id")
        if not isinstance(id_, int):
            raise ProviderUnavailable
        return {"id": str(id_), "url": _rest.link(created.get("join_url"))}

    def meetings(self, page_size: int, token: str | None = None) -> dict[str, Any]:
        """Read a page of the person's scheduled meetings. Raises CursorExpired for a token that
        Zoom no longer knows.
        """
        url = f"{self._api}/users/me/meetings"
        return self._read(url, token, type="scheduled", page_size=page_size)

    def users(self, status: str, page_size: int, token: str | None = None) -> dict[str, Any]:
        """Read a page of the account's people of a status: active, inactive or pending. Raises as
        `meetings`.
        """
        return self._read(f"{self._api}/users", token, status=status, page_size=page_size)

    def _read(self, url: str, token: str | None, **query: Any) -> dict[str, Any]:
        answer = _rest.read(self._send, self._token, url, {**query, "next_page_token": token})
        if token and answer.status < _SERVER_ERRORS and _told(answer)[0] == _INVALID:
            raise CursorExpired
        return _content(answer, _OK)


def _written(start: datetime, time_zone: str | None) -> str:
    """Write a time as Zoom reads it: UTC with a Z, or a clock's time beside its time zone. It knows
    no other offsets.
    """
    if start.tzinfo is None:
        if time_zone is None:
            raise InvalidRequest(_NO_PLACE_IN_TIME)
        return start.isoformat(timespec="seconds")
    return zulu(start, "seconds")


def _content(answer: Answer, expected: int) -> dict[str, Any]:
    if refused := _failure(answer):
        raise refused
    if answer.status != expected:
        raise ProviderUnavailable
    return answer.json()


def _failure(answer: Answer) -> HubError | None:
    """Read Zoom's error: by its number first, by the status second."""
    standard = _rest.failure(answer)
    if standard is None or answer.status >= _SERVER_ERRORS:
        return standard
    number, message = _told(answer)
    if answer.status == _rest.TOO_MANY_REQUESTS:
        return _limited(answer, message)
    if kind := _MEANING.get(number):
        return kind()
    explained = _EXPLAINED.get(number) or _EXPLAINED_BY_STATUS.get(answer.status)
    return InvalidRequest(explained) if explained else standard


def _told(answer: Answer) -> tuple[int, str]:
    content = _rest.content(answer)
    number = content.get("code")
    return (number if isinstance(number, int) else 0), str(content.get("message"))


def _limited(answer: Answer, message: str) -> RateLimited:
    """Tell when to come back. Zoom has three ways to say so: a date in Retry-After for an
    account's day, nothing for an account's second, and for a person's day the message alone
    (devforum.zoom.us 18928).
    """
    if _RESUMES_AT_MIDNIGHT in message:
        midnight = (answer.sent_at // _DAY + 1) * _DAY
        return RateLimited(_DAILY, retry_after=_rest.seconds_until(midnight, answer))
    if answer.headers.get("x-ratelimit-type", "").upper() == "QPS":
        return RateLimited(retry_after=answer.retry_after or 1)
    resumes = _moment(answer.headers.get("retry-after", ""))
    if answer.retry_after or resumes is None:
        return RateLimited(retry_after=answer.retry_after)
    return RateLimited(retry_after=_rest.seconds_until(resumes, answer))


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
