"""Cards: what one is made of, and what Trello finds wrong with it.

Arguments come in the address or as JSON. Those that Trello does not know are ignored, and kept in
the state, where a test finds them.

Source: developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.trello import door
from tests.simulator.providers.trello.boards import Board, board_of
from tests.simulator.providers.trello.errors import Denied, invalid
from tests.simulator.providers.trello.lists import Lists
from tests.simulator.providers.trello.scopes import WRITE_BOARD
from tests.simulator.standard.grants import Grants
from tests.simulator.standard.rules import StandardSettings
from tests.simulator.wire import JSON, Answer, Malformed, Request, last

OBJECT_ID = re.compile("[0-9a-f]{24}")
LONGEST = 16_384
STEP = 16_384.0
KNOWN = ("idList", "name", "desc", "pos", "due", "start", "idMembers", "idLabels", "dueComplete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    id: str
    number: int
    creator: str
    board: str
    list: str
    name: str
    desc: str
    due: str | None
    start: str | None
    members: tuple[str, ...]
    labels: tuple[str, ...]
    pos: float
    ignored: tuple[str, ...]


class Cards:
    def __init__(
        self, grants: Grants[StandardSettings], lists: Lists, now: Callable[[], float]
    ) -> None:
        self._grants, self._lists, self._now = grants, lists, now
        self.cards: list[Card] = []

    def create(self, request: Request, call: Call) -> Answer:
        token = door.enter(self._grants, request, call, WRITE_BOARD)
        given = _arguments(request)
        list_id = given.get("idList")
        if not isinstance(list_id, str) or not OBJECT_ID.fullmatch(list_id):
            raise invalid("idList")
        name, desc = _text(given, "name"), _text(given, "desc")
        due, start = _moment(given, "due"), _moment(given, "start")
        board = board_of(list_id)
        if board is None:
            raise Denied("could not find the board that the card belongs to")
        if token.account not in board.members:
            raise Denied("unauthorized card permission requested")
        number = len(self.cards) + 1
        card = Card(
            id=f"{int(self._now()):08x}d4e8b900{number:08x}",
            number=number,
            creator=token.account,
            board=board.id,
            list=list_id,
            name=name,
            desc=desc,
            due=due,
            start=start,
            members=_ids(given, "idMembers", board.members),
            labels=_ids(given, "idLabels", board.labels),
            pos=self._position(given.get("pos", "bottom"), list_id),
            ignored=tuple(sorted(given.keys() - set(KNOWN))),
        )
        self.cards.append(card)
        written = self._written(card, board)
        self._lists.of(board.id).create(**written)
        return Answer.json(written)

    def _position(self, asked: Any, list_id: str) -> float:
        there = [card.pos for card in self.cards if card.list == list_id]
        match asked:
            case "top":
                return min(there, default=2 * STEP) / 2
            case "bottom":
                return max(there, default=0.0) + STEP
        try:
            position = float(asked)
        except (TypeError, ValueError):
            raise invalid("pos") from None
        if not 0 < position < float("inf") or isinstance(asked, bool):
            raise invalid("pos")
        return position

    def _written(self, card: Card, board: Board) -> dict[str, Any]:
        short = f"sim{card.number:05d}"
        slug = re.sub("[^a-z0-9]+", "-", card.name.lower()).strip("-")
        return {
            "id": card.id,
            "badges": {"attachments": 0, "comments": 0, "description": bool(card.desc)},
            "checkItemStates": [],
            "closed": False,
            "cover": {"idAttachment": None, "color": None, "size": "normal", "brightness": "dark"},
            "dateLastActivity": _iso(datetime.fromtimestamp(self._now(), UTC)),
            "desc": card.desc,
            "descData": {"emoji": {}},
            "due": card.due,
            "dueComplete": False,
            "dueReminder": None,
            "email": None,
            "idBoard": card.board,
            "idChecklists": [],
            "idLabels": list(card.labels),
            "idList": card.list,
            "idMembers": list(card.members),
            "idMembersVoted": [],
            "idShort": card.number,
            "labels": [
                {"id": label, "idBoard": board.id, "name": board.labels[label], "color": "green"}
                for label in card.labels
            ],
            "limits": {},
            "name": card.name,
            "pos": card.pos,
            "shortLink": short,
            "shortUrl": f"https://trello.com/c/{short}",
            "start": card.start,
            "stickers": [],
            "subscribed": False,
            "url": f"https://trello.com/c/{short}/{card.number}-{slug}",
        }

    def state(self) -> dict[str, Any]:
        return {"cards": [asdict(card) for card in self.cards]}


def _arguments(request: Request) -> Mapping[str, Any]:
    given: dict[str, Any] = {name: last(request.query, name) for name in request.query}
    if not request.body:
        return given
    try:
        body = request.json() if request.content_type == JSON else None
    except Malformed as bad:
        raise Denied("Error parsing body") from bad
    if not isinstance(body, dict):
        raise Denied("Error parsing body")
    return given | body


def _text(given: Mapping[str, Any], field: str) -> str:
    text = given.get(field, "")
    if not isinstance(text, str) or len(text) > LONGEST:
        raise invalid(field)
    return text


def _moment(given: Mapping[str, Any], field: str) -> str | None:
    asked = given.get(field)
    if asked in {None, ""}:
        return None
    try:
        moment = datetime.fromisoformat(asked)
    except (TypeError, ValueError):
        raise invalid(field) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _iso(moment.astimezone(UTC))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ids(given: Mapping[str, Any], field: str, of_the_board: Any) -> tuple[str, ...]:
    """A list of ids, also as one text with commas."""
    asked = given.get(field) or []
    ids = asked.split(",") if isinstance(asked, str) else asked
    if not isinstance(ids, list):
        raise invalid(field)
    if not all(isinstance(one, str) and OBJECT_ID.fullmatch(one) for one in ids):
        raise Denied("Invalid objectId")
    if not set(ids) <= set(of_the_board):
        raise invalid(field)
    return tuple(dict.fromkeys(ids))
