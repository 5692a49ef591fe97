"""Slack's `conversations.list` and `users.list`: pages by a cursor, no delta.

Rules played here: `limit` is at most 1000; an empty cursor ends the list; a cursor that is none of
ours, or of before it was expired, is `invalid_cursor`; what the app may see depends on its scopes.
A cursor names the last object of its page, so that deletions before it shift nothing.

Sources: docs.slack.dev/reference/methods/ conversations.list, users.list;
docs.slack.dev/apis/web-api/pagination.
"""

import base64
from collections.abc import Callable
from typing import Any

from tests.simulator.datasets import Body, Collection, NoSuchObject
from tests.simulator.journal import Call
from tests.simulator.providers.slack.arguments import Arguments, SlackError
from tests.simulator.providers.slack.conversations import WORKSPACES, Conversations, Workspace
from tests.simulator.providers.slack.grants import Grants, Token
from tests.simulator.providers.slack.web_api import conversation

LARGEST_PAGE = 1000
TYPE_SCOPES = {"public_channel": "channels:read", "private_channel": "groups:read"}


class Channels:
    """The channels of one workspace, as a dataset."""

    def __init__(self, conversations: Conversations, workspace: Workspace) -> None:
        self._conversations, self._workspace = conversations, workspace
        self.epoch = 1

    def create(self, **fields: Any) -> str:
        name = fields.pop("name", f"channel-{len(self._conversations.channels)}")
        return self._conversations.add_channel(self._workspace, name, **fields).id

    def update(self, id_: str, **fields: Any) -> None:
        channel = self._conversations.channels.get(id_)
        if channel is None:
            raise NoSuchObject(id_)
        for name, value in fields.items():
            setattr(channel, name, value)

    def delete(self, id_: str) -> None:
        if self._conversations.channels.pop(id_, None) is None:
            raise NoSuchObject(id_)

    def expire(self) -> None:
        self.epoch += 1

    def ids(self) -> list[str]:
        team = self._workspace.id
        return [one.id for one in self._conversations.channels.values() if one.team == team]


class Directory:
    def __init__(
        self, grants: Grants, conversations: Conversations, now: Callable[[], float]
    ) -> None:
        self._grants, self._conversations = grants, conversations
        self.channels = {
            workspace.id: Channels(conversations, workspace) for workspace in WORKSPACES.values()
        }
        self.users = {
            workspace.id: Collection(
                make=lambda number, at, of=workspace: _user(of, number, at),
                now=now,
                touch=lambda body, at: body.update(updated=int(at)),
            ).seed(3)
            for workspace in WORKSPACES.values()
        }

    def dataset(self, resource: str, account: str) -> Channels | Collection:
        team = next(w.id for w in WORKSPACES.values() if account in {w.name, w.id})
        return {"channels": self.channels, "users": self.users}[resource][team]

    def list_channels(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        token = self._enter(arguments, call)
        types = (arguments.text("types") or "public_channel").split(",")
        scopes = self._grants.scopes_of(token)
        for kind in types:
            if kind not in TYPE_SCOPES:
                raise SlackError("invalid_types")
            if TYPE_SCOPES[kind] not in scopes:
                raise SlackError("missing_scope", needed=TYPE_SCOPES[kind])
        shown = [
            conversation(channel, token.user)
            for channel in self._conversations.channels.values()
            if channel.team == token.team
            and (channel.is_member if channel.is_private else True)
            and ("private_channel" if channel.is_private else "public_channel") in types
        ]
        return self._page(arguments, "channels", shown, self.channels[token.team].epoch)

    def list_users(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        token = self._enter(arguments, call)
        scopes = self._grants.scopes_of(token)
        if "users:read" not in scopes:
            raise SlackError("missing_scope", needed="users:read")
        users = self.users[token.team]
        shown = users.live()
        if "users:read.email" not in scopes:
            shown = [_without_email(user) for user in shown]
        return self._page(arguments, "members", shown, users.epoch)

    def _enter(self, arguments: Arguments, call: Call) -> Token:
        value = arguments.token()
        call.saw("token", value)
        if not value:
            raise SlackError("not_authed")
        return self._grants.find(value)

    def _page(
        self, arguments: Arguments, name: str, shown: list[Body], epoch: int
    ) -> dict[str, Any]:
        limit = arguments.text("limit")
        size = int(limit) if limit.isdigit() else 100
        if not 1 <= size <= LARGEST_PAGE:
            raise SlackError("invalid_limit")
        shown = sorted(shown, key=lambda each: str(each["id"]))
        if cursor := arguments.text("cursor"):
            after = _opened(cursor, epoch)
            shown = [each for each in shown if each["id"] > after]
        page, more = shown[:size], len(shown) > size
        following = _cursor(page[-1]["id"], epoch) if more else ""
        return {"ok": True, name: page, "response_metadata": {"next_cursor": following}}


def _cursor(last_id: str, epoch: int) -> str:
    return base64.b64encode(f"{epoch}:{last_id}".encode()).decode()


def _opened(cursor: str, epoch: int) -> str:
    try:
        of, _, last_id = base64.b64decode(cursor, validate=True).decode().partition(":")
    except ValueError:
        raise SlackError("invalid_cursor") from None
    if of != str(epoch):
        raise SlackError("invalid_cursor")
    return last_id


def _user(workspace: Workspace, number: int, at: float) -> Body:
    return {
        "id": f"U0{workspace.key}{number:06}",
        "team_id": workspace.id,
        "name": f"person{number}",
        "deleted": False,
        "profile": {
            "real_name": f"Person {number}",
            "email": f"person{number}@{workspace.domain}.example",
        },
        "is_bot": False,
        "updated": int(at),
    }


def _without_email(user: Body) -> Body:
    profile = {name: value for name, value in user["profile"].items() if name != "email"}
    return user | {"profile": profile}
