"""Slack's Events API. https://docs.slack.dev/apis/events-api/using-http-request-urls

The app has one request URL for all workspaces, so there is nothing to subscribe to. Requests are
signed with the app's signing secret over `v0:<timestamp>:<body>`, the handshake too.
https://docs.slack.dev/authentication/verifying-requests-from-slack

Quirks
- A retry carries the same `event_id` and a new timestamp.
- Of several installations that see an event, one alone is listed under `authorizations`.
- What `tokens_revoked` holds is unconfirmed: a bot's token among them ends the installation.
"""

import json
from typing import Any, Final

from hub.errors import InvalidRequest
from hub.providers._webhooks import Effect, Event, Example, Heard, Keyring, Reply, Webhooks
from hub.schemes import Incoming, Signature, Stamp, Verdict

_STAMP: Final = "x-slack-request-timestamp"
_CHANNELS: Final = frozenset(
    {
        "channel_created",
        "channel_rename",
        "channel_archive",
        "channel_unarchive",
        "channel_deleted",
        "channel_id_changed",
        "member_joined_channel",
        "member_left_channel",
    }
)
_USERS: Final = frozenset({"team_join", "user_change", "user_profile_changed"})
_MESSAGES: Final = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
_MILLISECONDS: Final = 1000


def _stamp(incoming: Incoming) -> bytes:
    return incoming.headers.get(_STAMP, "").encode("ascii", "replace")


def _covered(incoming: Incoming) -> bytes:
    return f"v0:{incoming.headers[_STAMP]}:".encode() + incoming.body


SIGNATURE: Final = Signature(
    header="x-slack-signature", prefix=b"v0=", covers=_covered, stamp=Stamp(read=_stamp)
)


def _verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    return SIGNATURE.verify(incoming, keyring.webhook_secrets())


def _reply(incoming: Incoming, keyring: Keyring) -> Reply | None:  # noqa: ARG001
    body = incoming.json()
    if body.get("type") != "url_verification":
        return None
    challenge = body.get("challenge")
    if not isinstance(challenge, str):
        raise InvalidRequest
    return Reply(body=challenge)


def _read(incoming: Incoming) -> tuple[Heard, ...]:
    body = incoming.json()
    kind, team = body.get("type"), body.get("team_id")
    if not isinstance(team, str) or not team:
        raise InvalidRequest
    if kind == "app_rate_limited":
        at = body.get("minute_rate_limited")
        event = Event(type=kind, occurred_at=_milliseconds(at), effect=Effect.MISSED)
        return (Heard(accounts=(team,), dedup=f"{kind}/{team}/{at}", events=(event,)),)
    told, event_id = body.get("event"), body.get("event_id")
    if kind != "event_callback" or not isinstance(told, dict) or not isinstance(event_id, str):
        raise InvalidRequest
    event = _event(told, body.get("event_time"))
    return (Heard(accounts=_accounts(body, team), dedup=event_id, events=(event,)),)


def _accounts(body: dict[str, Any], team: str) -> tuple[str, ...]:
    """Give the workspace and, where the app is installed for all of it, the organization."""
    listed = body.get("authorizations")
    wide = [
        each["enterprise_id"]
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
        and each.get("is_enterprise_install") is True
        and isinstance(each.get("enterprise_id"), str)
    ]
    return (team, *wide)


def _event(told: dict[str, Any], at: Any) -> Event:
    kind = told.get("type")
    if not isinstance(kind, str):
        raise InvalidRequest
    if kind == "message":
        kind = _MESSAGES.get(str(told.get("channel_type")), kind)
    channel = told.get("channel")
    of = channel.get("id") if isinstance(channel, dict) else channel
    return Event(
        type=kind,
        resource="channels" if kind in _CHANNELS else "users" if kind in _USERS else None,
        external_id=of if isinstance(of, str) else None,
        occurred_at=_milliseconds(at),
        effect=_effect(kind, told),
    )


def _effect(kind: str, told: dict[str, Any]) -> Effect:
    if kind == "app_uninstalled":
        return Effect.REVOKED
    tokens = told.get("tokens")
    bots = tokens.get("bot") if isinstance(tokens, dict) else None
    return Effect.REVOKED if kind == "tokens_revoked" and bots else Effect.CHANGED


def _milliseconds(seconds: Any) -> int | None:
    return seconds * _MILLISECONDS if type(seconds) is int else None


def _example(of: Example, keyring: Keyring) -> Incoming:
    body = {
        "type": "event_callback",
        "team_id": of.account_id,
        "event": {"type": "targetym_test"},
        "event_id": f"Ev{of.id}",
        "event_time": int(of.at),
    }
    unsigned = Incoming(
        headers={"content-type": "application/json", _STAMP: str(int(of.at))},
        body=json.dumps(body).encode(),
        url=of.url,
        at=of.at,
    )
    signature = SIGNATURE.sign(unsigned, keyring.webhook_secrets()[0])
    return unsigned.signed({SIGNATURE.header: signature})


WEBHOOKS: Final = Webhooks(
    events=(
        "message.channels",
        *sorted(_CHANNELS),
        *sorted(_USERS),
        "app_uninstalled",
        "tokens_revoked",
    ),
    verify=_verify,
    reply=_reply,
    read=_read,
    example=_example,
)
