"""Trello's lists of boards and of the cards on one, and of what was deleted there.

Rules played here: boards come all at once, with when something last happened on each; cards come
newest first, a thousand at most, and go on before an id; a card that was deleted is named by an
action of its board alone; a board that is gone is not found, that of others is refused.

Sources: developer.atlassian.com/cloud/trello/rest/api-group-boards/, /api-group-members/.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulator.datasets import Body, Collection, NoSuchObject
from tests.simulator.journal import Call
from tests.simulator.providers.trello import door
from tests.simulator.providers.trello.boards import BOARDS, MEMBERS, find_member
from tests.simulator.providers.trello.errors import Denied, invalid
from tests.simulator.providers.trello.scopes import READ_BOARD, READ_MEMBER
from tests.simulator.standard.grants import Grants
from tests.simulator.standard.rules import StandardSettings
from tests.simulator.wire import Answer, Request, last

LARGEST_PAGE = 1000


class Lists:
    """`cards`: those of each board, by its id."""

    def __init__(self, grants: Grants[StandardSettings], now: Callable[[], float]) -> None:
        self._grants, self._now = grants, now
        self.boards = {member: _boards(member, now) for member in MEMBERS}
        self.cards = {board.id: self._made_up(board.id) for board in BOARDS}

    def dataset(self, resource: str, account: str) -> Any:
        member = find_member(account)
        if member is None:
            raise LookupError(account)
        if resource == "boards":
            return self.boards[member.id]
        return {"cards": Held(self, member.id)}[resource]

    def list_boards(self, request: Request, call: Call) -> Answer:
        token = door.enter(self._grants, request, call, READ_MEMBER)
        if last(request.query, "filter") != "all":
            raise invalid("filter")
        boards = [
            body | {"dateLastActivity": self._last(body["id"])}
            for body in self.boards[token.account].live()
        ]
        return _listed(request, boards)

    def list_cards(self, request: Request, call: Call) -> Answer:
        held = self._board(request, call)
        limit, before = int(last(request.query, "limit") or "50"), last(request.query, "before")
        if not 1 <= limit <= LARGEST_PAGE:
            raise invalid("limit")
        cards = sorted(held.live(), key=lambda each: str(each["id"]), reverse=True)
        return _listed(
            request, [each for each in cards if not before or each["id"] < before][:limit]
        )

    def list_actions(self, request: Request, call: Call) -> Answer:
        held = self._board(request, call)
        if last(request.query, "filter") != "deleteCard":
            raise invalid("filter")
        since = last(request.query, "since")
        deleted = [
            {"id": f"{number:024x}", "data": {"card": {"id": change.id}}}
            for number, change in enumerate(held.history)
            if change.deleted and change.body["dateLastActivity"] >= since
        ]
        return _listed(request, deleted[::-1])

    def _board(self, request: Request, call: Call) -> Collection:
        token = door.enter(self._grants, request, call, READ_BOARD)
        board = request.named["board"]
        if board in self.boards[token.account].held:
            return self.of(board)
        if any(board in each.held for each in self.boards.values()):
            raise Denied("unauthorized permission requested")
        raise Denied("The requested resource was not found.")

    def of(self, board: str) -> Collection:
        """The cards of a board, which may have been made since."""
        if board not in self.cards:
            self.cards[board] = self._made_up(board)
        return self.cards[board]

    def _last(self, board: str) -> str | None:
        history = self.of(board).history
        return max((each.body["dateLastActivity"] for each in history), default=None)

    def _made_up(self, board: str) -> Collection:
        return Collection(
            make=lambda number, at: _card(board, number, at),
            now=self._now,
            touch=lambda body, at: body.update(dateLastActivity=iso(at)),
        )


class Held:
    """The cards on all boards of a member, as one dataset; new ones are on the first."""

    unruly = False

    def __init__(self, lists: Lists, member: str) -> None:
        self._lists, self._member = lists, member

    def create(self, **fields: Any) -> str:
        return self._lists.of(next(iter(self._lists.boards[self._member].held))).create(**fields)

    def update(self, id_: str, **fields: Any) -> None:
        self._with(id_).update(id_, **fields)

    def delete(self, id_: str) -> None:
        self._with(id_).delete(id_)

    def expire(self) -> None:
        """Nothing here expires: pages go on before an id."""

    def ids(self) -> list[str]:
        boards = self._lists.boards[self._member].held
        return [id_ for board in boards for id_ in self._lists.of(board).ids()]

    def _with(self, id_: str) -> Collection:
        for board in self._lists.boards[self._member].held:
            if id_ in self._lists.of(board).held:
                return self._lists.of(board)
        raise NoSuchObject(id_)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _listed(request: Request, found: list[Body]) -> Answer:
    wanted = {"id", *last(request.query, "fields").split(",")}
    shown = [{name: value for name, value in each.items() if name in wanted} for each in found]
    return Answer(
        body=json.dumps(shown).encode(),
        headers=(("Content-Type", "application/json; charset=utf-8"),),
    )


def _boards(member: str, now: Callable[[], float]) -> Collection:
    held = Collection(make=lambda number, at: _board(member, number, at), now=now)
    for board in BOARDS:
        if member in board.members:
            held.create(id=board.id, name=board.name, idOrganization=board.workspace)
    return held


def _board(member: str, number: int, at: float) -> Body:
    id_ = f"{int(at):08x}d4e8b9{member[-2:]}{number:08x}"
    return {
        "id": id_,
        "name": f"Board {number}",
        "desc": "",
        "closed": False,
        "idOrganization": None,
        "url": f"https://trello.com/b/{id_[-8:]}/board",
        "shortUrl": f"https://trello.com/b/{id_[-8:]}",
    }


def _card(board: str, number: int, at: float) -> Body:
    id_ = f"{int(at):08x}d4e8b9{board[-2:]}{0xCA000000 + number:08x}"
    return {
        "id": id_,
        "name": f"Card {number}",
        "desc": "",
        "closed": False,
        "due": "2026-12-24T17:00:00.000Z",
        "start": None,
        "dueComplete": False,
        "dateLastActivity": iso(at),
        "idBoard": board,
        "idList": next((id_ for one in BOARDS if one.id == board for id_ in one.lists), None),
        "idMembers": [],
        "idShort": number,
        "labels": [],
        "shortUrl": f"https://trello.com/c/{id_[-8:]}",
        "url": f"https://trello.com/c/{id_[-8:]}/{number}",
        "attachments": [{"url": "https://trello.com/1/cards/x/attachments/y/download/secret.pdf"}],
    }
