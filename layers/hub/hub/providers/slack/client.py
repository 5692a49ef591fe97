"""Slack's Web API, as far as Targetym uses it. https://docs.slack.dev/apis/web-api"""

from collections.abc import Mapping
from typing import Any, Final

from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers._sync import CursorExpired

API: Final = "https://slack.com"

_API_ERRORS: Final[Mapping[str, type[HubError]]] = {
    "not_authed": ReauthRequired,
    "invalid_auth": ReauthRequired,
    "token_revoked": ReauthRequired,
    "token_expired": ReauthRequired,
    "account_inactive": ReauthRequired,
    "missing_scope": InsufficientScope,
    "ratelimited": RateLimited,
    "rate_limited": RateLimited,
    "internal_error": ProviderUnavailable,
    "fatal_error": ProviderUnavailable,
    "service_unavailable": ProviderUnavailable,
    "request_timeout": ProviderUnavailable,
    "team_added_to_org": ProviderUnavailable,
}

_EXPLAINED: Final[Mapping[str, str]] = {
    "channel_not_found": "Slack knows no such channel, or the Targetym app was not invited to it.",
    "not_in_channel": "Invite the Targetym app to this channel in Slack first.",
    "is_archived": "This channel is archived in Slack.",
    "msg_too_long": "The text is too long for one Slack message.",
    "no_text": "The message has no text.",
    "name_taken": "Slack already has a channel of this name.",
    "restricted_action": "A setting of your Slack workspace does not allow this.",
    "invalid_name": "Slack does not accept this channel name.",
    "invalid_name_specials": "Channel names take lower-case letters, digits, hyphens and _ only.",
    "invalid_name_punctuation": "A channel name needs more than punctuation.",
    "invalid_name_maxlength": "Channel names have at most 80 characters.",
    "invalid_name_required": "The channel needs a name.",
}


class SlackClient:
    """The Web API for one bot token.

    `SlackClient(token).send_message("#general", "Hello")`. Raises InvalidRequest for what Slack
    finds wrong with the arguments, ReauthRequired, InsufficientScope, RateLimited,
    CursorExpired, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, send: Send | None = None, api: str = API) -> None:
        self._token = token
        self._send = send or _rest.default_send(api)
        self._api = api

    def send_message(self, channel: str, text: str, thread: str | None = None) -> dict[str, Any]:
        """Post to a channel (id or #name). Gives the channel's id and the message's timestamp."""
        body = {"channel": channel, "text": text}
        if thread:
            body["thread_ts"] = thread
        answer = self._call("chat.postMessage", body)
        return {"channel": _rest.required(answer, "channel"), "ts": _rest.required(answer, "ts")}

    def create_channel(self, name: str, private: bool = False) -> dict[str, Any]:
        answer = self._call("conversations.create", {"name": name, "is_private": private})
        channel = answer.get("channel")
        return {"id": _rest.required(channel, "id"), "name": _rest.required(channel, "name")}

    def channels(self, types: str, limit: int, cursor: str | None = None) -> dict[str, Any]:
        """Read a page of the channels that the app can see. `types` as Slack writes them.
        https://docs.slack.dev/reference/methods/conversations.list
        """
        return self._read("conversations.list", types=types, limit=limit, cursor=cursor)

    def users(self, limit: int, cursor: str | None = None) -> dict[str, Any]:
        """Read a page of the workspace's members, those that were deactivated included.
        https://docs.slack.dev/reference/methods/users.list
        """
        return self._read("users.list", limit=limit, cursor=cursor)

    def _read(self, method: str, **query: Any) -> dict[str, Any]:
        return _content(_rest.read(self._send, self._token, f"{self._api}/api/{method}", query))

    def _call(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _content(_rest.post(self._send, self._token, f"{self._api}/api/{method}", body))


def _content(answer: Answer) -> dict[str, Any]:
    if answer.status == _rest.TOO_MANY_REQUESTS:
        raise RateLimited(retry_after=answer.retry_after)
    content = answer.json()
    if content.get("ok") is True:
        return content
    raise _failure(str(content.get("error")), answer)


def _failure(error: str, answer: Answer) -> HubError:
    if error == "invalid_cursor":
        return CursorExpired()
    if explained := _EXPLAINED.get(error):
        return InvalidRequest(explained)
    if kind := _API_ERRORS.get(error):
        return kind(retry_after=answer.retry_after)
    return ProviderUnavailable() if answer.status >= 500 else ProviderError()  # noqa: PLR2004
