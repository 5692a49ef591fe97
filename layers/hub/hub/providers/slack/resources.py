"""What of Slack is synced: its channels and its people.

Slack has no delta: each pass reads everything, and events say when one is wanted sooner. Pages may
be short, or empty, while more follow; the cursor alone says so.
https://docs.slack.dev/apis/web-api/pagination
"""

from typing import Any, Final

from hub.providers._records import identified, inner, objects, person, times
from hub.providers._rest import text
from hub.providers._sync import (
    Asked,
    Budget,
    Cursor,
    Filter,
    Page,
    Resource,
    Shared,
    Sync,
    Takes,
)
from hub.providers.slack.client import SlackClient
from hub.record import Record

_PAGE: Final = 1000  # Slack's most; fewer are recommended where answers are slow
_TYPES: Final = ("public_channel", "private_channel")


def _channels(client: SlackClient, asked: Asked) -> Page:
    at = asked.at or {}
    content = client.channels(",".join(asked.filters["types"]), _PAGE, at.get("cursor"))
    return Page(records=tuple(map(_channel, objects(content, "channels"))), next=_next(content))


def _users(client: SlackClient, asked: Asked) -> Page:
    at = asked.at or {}
    content = client.users(_PAGE, at.get("cursor"))
    return Page(records=tuple(map(_user, objects(content, "members"))), next=_next(content))


def _next(content: dict[str, Any]) -> Cursor | None:
    cursor = text(inner(content, "response_metadata", "next_cursor"))
    return {"cursor": cursor} if cursor else None


def _channel(channel: dict[str, Any]) -> Record:
    return Record(
        id=identified(channel.get("id")),
        title=text(channel.get("name")) or "",
        people=person("creator", channel.get("creator")),
        times=times(created=channel.get("created")),
        state="archived" if channel.get("is_archived") else "active",
        content=channel,
    )


def _user(user: dict[str, Any]) -> Record:
    name = text(inner(user, "profile", "real_name")) or text(user.get("name")) or ""
    return Record(
        id=identified(user.get("id")),
        title=name,
        people=person("self", user.get("id"), name, inner(user, "profile", "email")),
        times=times(updated=user.get("updated")),
        state="deactivated" if user.get("deleted") else "active",
        content=user,
    )


SYNC: Final = Sync(
    resources=(
        Resource(
            id="channels",
            kind="channel",
            explanation="Channels, archived ones included",
            scopes=("channels:read", "groups:read"),
            read=_channels,
            filters=(
                Filter(
                    id="types",
                    explanation="Which kinds of channels",
                    takes=Takes.CHOICES,
                    choices=_TYPES,
                    default=("public_channel",),
                ),
            ),
        ),
        Resource(
            id="users",
            kind="user",
            explanation="Members of the workspace, deactivated ones included",
            scopes=("users:read",),
            read=_users,
        ),
    ),
    budget=Budget(shared=Shared.INTEGRATION, calls=20, seconds=60),
)
