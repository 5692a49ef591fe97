"""What people do through Slack, as typed inputs."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from hub.limits import Len
from hub.providers._values import Action
from hub.providers.slack.client import SlackClient


@dataclass(frozen=True, kw_only=True, slots=True)
class SendMessage:
    channel: Annotated[str, Len(1, 255)]
    text: Annotated[str, Len(1, 40_000)]
    thread: Annotated[str, Len(1, 50)] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateChannel:
    name: Annotated[str, Len(1, 80)]
    private: bool = False


def _send_message(client: SlackClient, message: SendMessage) -> dict[str, Any]:
    return client.send_message(message.channel, message.text, message.thread)


def _create_channel(client: SlackClient, channel: CreateChannel) -> dict[str, Any]:
    return client.create_channel(channel.name, channel.private)


ACTIONS: Final = (
    Action(
        id="send_message",
        explanation="Send a message to a channel",
        scope="chat:write",
        takes=SendMessage,
        perform=_send_message,
    ),
    Action(
        id="create_channel",
        explanation="Create a channel",
        scope="channels:manage",
        takes=CreateChannel,
        perform=_create_channel,
    ),
)
