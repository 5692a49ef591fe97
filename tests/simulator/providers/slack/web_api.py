"""The methods of Slack's Web API that the product calls.

Sources: docs.slack.dev/reference/methods/ auth.test, auth.revoke, apps.uninstall,
chat.postMessage, conversations.create.
"""

from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.slack.arguments import Arguments, SlackError
from tests.simulator.providers.slack.conversations import (
    APP_ID,
    WORKSPACES,
    Channel,
    Conversations,
)
from tests.simulator.providers.slack.grants import BOT, Grants, Token
from tests.simulator.providers.slack.oauth import OAuth

LONGEST_MESSAGE = 40_000
LONGEST_NAME = 80


class WebApi:
    def __init__(self, grants: Grants, conversations: Conversations, oauth: OAuth) -> None:
        self._grants, self._conversations, self._oauth = grants, conversations, oauth

    def caller(self, arguments: Arguments, call: Call) -> Token:
        value = arguments.token()
        call.saw("token", value)
        if not value:
            raise SlackError("not_authed")
        return self._grants.find(value)

    def test(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        token = self.caller(arguments, call)
        workspace = WORKSPACES[token.team]
        answer = {
            "ok": True,
            "url": f"https://{workspace.domain}.slack.com/",
            "team": workspace.name,
            "user": "targetym" if token.kind == BOT else "ada",
            "team_id": token.team,
            "user_id": token.user,
            "is_enterprise_install": False,
        }
        return answer | ({"bot_id": workspace.bot} if token.kind == BOT else {})

    def revoke(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        token = self.caller(arguments, call)
        if arguments.flag("test"):
            return {"ok": True, "revoked": False}
        self._grants.revoke(token)
        return {"ok": True, "revoked": True}

    def uninstall(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        token = self.caller(arguments, call)
        self._oauth.authenticate_client(arguments, call)
        self._grants.uninstall(token.team)
        return {"ok": True}

    def post_message(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        token = self.caller(arguments, call)
        self._need(token, "chat:write")
        channel = self._conversations.channel(token.team, arguments.text("channel"))
        text, blocks = arguments.text("text"), arguments.values.get("blocks")
        if channel is None:
            raise SlackError("channel_not_found")
        if channel.is_archived:
            raise SlackError("is_archived")
        if not channel.is_member and "chat:write.public" not in self._grants.scopes_of(token):
            raise SlackError("not_in_channel")
        if not text and not blocks:
            raise SlackError("no_text")
        if len(text) > LONGEST_MESSAGE:
            raise SlackError("msg_too_long")
        message = self._conversations.post(channel, text, blocks)
        said = {
            "type": "message",
            "user": token.user,
            "text": text,
            "ts": message.ts,
            "app_id": APP_ID,
            "team": token.team,
        }
        by_bot = {"bot_id": WORKSPACES[token.team].bot} if token.kind == BOT else {}
        return {"ok": True, "channel": channel.id, "ts": message.ts, "message": said | by_bot}

    def create_channel(self, arguments: Arguments, call: Call) -> dict[str, Any]:
        token = self.caller(arguments, call)
        private = arguments.flag("is_private")
        public_scope = "channels:manage" if token.kind == BOT else "channels:write"
        self._need(token, "groups:write" if private else public_scope)
        name = arguments.text("name")
        _check_name(name)
        if self._conversations.name_taken(token.team, name):
            raise SlackError("name_taken")
        channel = self._conversations.add_channel(WORKSPACES[token.team], name, is_private=private)
        return {"ok": True, "channel": conversation(channel, token.user)}

    def _need(self, token: Token, scope: str) -> None:
        provided = self._grants.scopes_of(token)
        if scope not in provided:
            raise SlackError("missing_scope", needed=scope, provided=",".join(provided))


def _check_name(name: str) -> None:
    """Letters of any script, but no capitals; digits, hyphens, underscores."""
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise SlackError("invalid_name_maxlength")
    plain = (char in "-_" or (char.isalnum() and char == char.lower()) for char in name)
    if not all(plain):
        raise SlackError("invalid_name_specials")
    if not any(char.isalnum() for char in name):
        raise SlackError("invalid_name_punctuation")


def conversation(channel: Channel, creator: str) -> dict[str, Any]:
    nothing_yet = {"value": "", "creator": "", "last_set": 0}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_member": channel.is_member,
        "created": channel.created,
        "creator": creator,
        "context_team_id": channel.team,
        "topic": nothing_yet,
        "purpose": nothing_yet,
    }
