"""Slack's workspaces, all made up, with their channels and the messages that arrived.

In each the app has been invited to #general, has not joined #random, and cannot see the private
#board; #old-news is archived.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

APP_ID = "A0SIMULATED"


@dataclass(frozen=True, slots=True)
class Workspace:
    key: str
    name: str
    domain: str

    @property
    def id(self) -> str:
        return f"T0{self.key}0001"

    @property
    def person(self) -> str:
        return f"U0{self.key}0001"

    @property
    def bot_user(self) -> str:
        return f"U0{self.key}0BOT"

    @property
    def bot(self) -> str:
        return f"B0{self.key}0BOT"


WORKSPACES = {
    workspace.id: workspace
    for workspace in (
        Workspace("ADA", "Ada's Bakery", "adas-bakery"),
        Workspace("GLOBEX", "Globex", "globex"),
        Workspace("INITECH", "Initech", "initech"),
    )
}


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    team: str
    name: str
    is_private: bool = False
    is_archived: bool = False
    is_member: bool = True
    created: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    team: str
    channel: str
    channel_name: str
    text: str
    ts: str
    blocks: Any = None


class Conversations:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.channels: dict[str, Channel] = {}
        self._made: Counter[str] = Counter()  # an id is never given again
        self.messages: list[Message] = []
        for workspace in WORKSPACES.values():
            self.add_channel(workspace, "general")
            self.add_channel(workspace, "random", is_member=False)
            self.add_channel(workspace, "old-news", is_archived=True)
            self.add_channel(workspace, "board", is_private=True, is_member=False)

    def add_channel(self, workspace: Workspace, name: str, **traits: bool) -> Channel:
        self._made[workspace.id] += 1
        number = self._made[workspace.id]
        channel = Channel(
            id=f"C0{workspace.key}{number:04}",
            team=workspace.id,
            name=name,
            created=int(self._now()),
            **traits,
        )
        self.channels[channel.id] = channel
        return channel

    def channel(self, team: str, reference: str) -> Channel | None:
        """By id, or by name with or without its sign. What the bot cannot see does not exist."""
        for channel in self.channels.values():
            visible = channel.is_member or not channel.is_private
            named = reference.removeprefix("#") == channel.name
            if channel.team == team and visible and (reference == channel.id or named):
                return channel
        return None

    def name_taken(self, team: str, name: str) -> bool:
        return any(one.team == team and one.name == name for one in self.channels.values())

    def post(self, channel: Channel, text: str, blocks: Any) -> Message:
        message = Message(
            team=channel.team,
            channel=channel.id,
            channel_name=channel.name,
            text=text,
            ts=f"{int(self._now())}.{len(self.messages) + 1:06}",
            blocks=blocks,
        )
        self.messages.append(message)
        return message

    def state(self) -> dict[str, Any]:
        return {
            "channels": [asdict(channel) for channel in self.channels.values()],
            "messages": [asdict(message) for message in self.messages],
        }
