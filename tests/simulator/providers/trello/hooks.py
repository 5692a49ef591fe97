"""Trello's webhooks: made after a HEAD, signed with HMAC-SHA1, off after a month of failures.

Rules played here:
- The callback URL must answer a HEAD with 200. The same model, URL and token make one webhook only.
- A webhook is its token's, and ends with the grant. Nobody else sees it.
- The signature covers the body and the callback URL as it was given.
- A board's webhook tells of what anybody does there, a member's of what the member does anywhere:
  an action that concerns both comes twice, with one id.
- What is not taken is tried again after 30, 60 and 120 seconds. After 30 days in which nothing was
  taken, the webhook is no longer active.

Where the sources say nothing: which secret signs for tokens of OAuth 2.0, and the words of some
refusals.

Sources: developer.atlassian.com/cloud/trello/guides/rest-api/webhooks, /rest/api-group-webhooks;
trello-archive/api-docs issue 75 (members); fiatjaf/trello-webhooks (actions); Commit451/skyhook
issue 91 and 18F/trello-webhook-server pull request 8 (words). Repetitions: secondary sources.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.trello import door
from tests.simulator.providers.trello.boards import BOARDS, MEMBERS, Board, Member, find_member
from tests.simulator.providers.trello.cards import OBJECT_ID
from tests.simulator.providers.trello.errors import Denied, invalid
from tests.simulator.providers.trello.scopes import READ_BOARD, READ_MEMBER
from tests.simulator.standard.grants import Grant, Grants
from tests.simulator.standard.rules import StandardSettings
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import JSON, Answer, Malformed, Request

RETRIES = (30.0, 60.0, 120.0)
MONTH = 30 * 86_400
TWICE = "A webhook with that callback, model, and token already exists"
NOT_FOUND = "The requested resource was not found."


@dataclass(slots=True, kw_only=True)
class Hook:
    id: str
    grant: Grant
    model: str
    url: str
    description: str
    active: bool = True
    failures: int = 0
    failing_since: float | None = None

    def shown(self) -> dict[str, Any]:
        since = self.failing_since
        return {
            "id": self.id,
            "description": self.description,
            "idModel": self.model,
            "callbackURL": self.url,
            "active": self.active,
            "consecutiveFailures": self.failures,
            "firstConsecutiveFailDate": None if since is None else _iso(since),
        }


class Hooks:
    def __init__(self, context: Context, grants: Grants[StandardSettings]) -> None:
        self._context, self._grants = context, grants
        client = context.client
        self._secret = (client.webhook_secret or client.client_secret).encode()
        self._count = 0
        self.boards = {board.id: board for board in BOARDS}
        self.closed: set[str] = set()
        self.hooks: dict[str, Hook] = {}

    def create(self, request: Request, call: Call) -> Answer:
        given = _body(request)
        model, url = given.get("idModel"), given.get("callbackURL")
        scope = READ_MEMBER if model in MEMBERS else READ_BOARD
        token = door.enter(self._grants, request, call, scope)
        if not isinstance(model, str) or not OBJECT_ID.fullmatch(model):
            raise invalid("idModel")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise invalid("callbackURL")
        self._look(model, token.account)
        same = [hook for hook in self.hooks.values() if (hook.model, hook.url) == (model, url)]
        if any(hook.grant is token.grant for hook in same):
            raise Denied(TWICE)
        status = self._context.call(Sent(method="HEAD", url=url)).status
        if status != HTTPStatus.OK:
            raise Denied(f"URL ({url}) did not return 200 status code, got {status}")
        hook = Hook(
            id=self._new_id("d4e8b90066ff"),
            grant=token.grant,
            model=model,
            url=url,
            description=str(given.get("description", "")),
        )
        self.hooks[hook.id] = hook
        return Answer.json(hook.shown())

    def get(self, request: Request, call: Call) -> Answer:
        return Answer.json(self._own(request, call).shown())

    def delete(self, request: Request, call: Call) -> Answer:
        del self.hooks[self._own(request, call).id]
        return Answer.json({"_value": None})

    def open_boards(self, member: Member) -> list[dict[str, str]]:
        return [
            {"id": board.id}
            for board in self.boards.values()
            if member.id in board.members and board.id not in self.closed
        ]

    def of(self, event: str, account: str, **details: Any) -> list[Sent]:
        """An action of a member's, on their first board where `board` names none; `card` and `list`
        are ids, `old` is as in an action. `by`: another member did it.
        """
        member = _member(account)
        board = details.pop("board", self.open_boards(member)[0]["id"])
        if event == "createBoard":
            first = BOARDS[0]
            self.boards[board] = replace(first, id=board, name="New board", members=(member.id,))
        by = details.pop("by", member.id)
        action = self._action(event, by, self.boards[board], details)
        if details.get("old") == {"closed": False}:
            self.closed.add(board)
        models = {board, by}
        return [
            self._sent(hook, action)
            for hook in self.hooks.values()
            if hook.model in models and hook.grant.account == member.id and self._lives(hook)
        ]

    def settled(self, sent: Sent, answer: Delivered) -> None:
        for hook in self.hooks.values():
            if hook.url != sent.url:
                continue
            if answer.taken:
                hook.failures, hook.failing_since = 0, None
                continue
            now = self._context.now()
            hook.failures, hook.failing_since = hook.failures + 1, hook.failing_since or now
            hook.active = hook.active and now < hook.failing_since + MONTH

    def state(self) -> dict[str, Any]:
        return {
            "webhooks": [
                {"member": hook.grant.account, **hook.shown()}
                for hook in self.hooks.values()
                if not hook.grant.ended
            ]
        }

    def _lives(self, hook: Hook) -> bool:
        return hook.active and not hook.grant.ended

    def _look(self, model: str, account: str) -> None:
        if model == account:
            return
        board = self.boards.get(model)
        if board is None and model not in MEMBERS:
            raise Denied(NOT_FOUND)
        if board is None or account not in board.members:
            raise Denied("unauthorized permission requested")

    def _own(self, request: Request, call: Call) -> Hook:
        token = door.enter(self._grants, request, call, READ_MEMBER)
        hook = self.hooks.get(request.named["webhook"])
        if hook is None or hook.grant is not token.grant:
            raise Denied(NOT_FOUND)
        return hook

    def _action(self, kind: str, by: str, board: Board, told: dict[str, Any]) -> dict[str, Any]:
        creator = MEMBERS[by]
        data: dict[str, Any] = {"board": {"id": board.id, "name": board.name, "shortLink": "bsim"}}
        for name in {"card", "list"} & told.keys():
            data[name] = {"id": told[name], "name": f"A {name} with a name"}
        if "old" in told:
            data["old"] = told["old"]
        return {
            "id": self._new_id("d4e8b90077aa"),
            "idMemberCreator": by,
            "type": kind,
            "date": _iso(self._context.now()),
            "data": data,
            "memberCreator": {
                "id": by,
                "fullName": creator.full_name,
                "username": creator.username,
            },
        }

    def _sent(self, hook: Hook, action: dict[str, Any]) -> Sent:
        content = {"action": action, "model": {"id": hook.model}, "webhook": hook.shown()}
        raw = json.dumps(content).encode()
        mac = hmac.new(self._secret, raw + hook.url.encode(), hashlib.sha1)
        signature = base64.b64encode(mac.digest()).decode()
        headers = {"Content-Type": "application/json", "X-Trello-Webhook": signature}
        return Sent(url=hook.url, headers=headers, body=raw)

    def _new_id(self, middle: str) -> str:
        self._count += 1
        return f"{int(self._context.now()):08x}{middle}{self._count:04x}"


def _member(account: str) -> Member:
    """By id, username, or as the consent page has it."""
    labels = {f"{one.full_name} ({one.username})": one for one in MEMBERS.values()}
    found = labels.get(account) or find_member(account)
    if found is None:
        raise LookupError(account)
    return found


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json() if request.content_type == JSON else None
    except Malformed as bad:
        raise Denied("Error parsing body") from bad
    if not isinstance(body, dict):
        raise Denied("Error parsing body")
    return body


def _iso(moment: float) -> str:
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
