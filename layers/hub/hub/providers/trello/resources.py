"""What is synced of Trello: the boards that a person is on, and the cards on them.

One call lists all boards, with when something last happened on each. Cards are read again board by
board, and only of those where something did: all cards there, and which were deleted since. What
was moved to a board out of the person's reach, and the cards of a board that is gone, are found by
a full pass a day.
https://developer.atlassian.com/cloud/trello/rest/api-group-boards/
https://developer.atlassian.com/cloud/trello/guides/rest-api/nested-resources/

Left out of boards is when something last happened on them: that is mostly about cards.

Not confirmed: that lists of cards go on before the oldest one's id, and a thousand are the most;
that all that changes a card moves its board's time.
"""

from collections.abc import Mapping
from typing import Any, Final

from hub.errors import InsufficientScope, ProviderUnavailable
from hub.providers._records import identified, inner, person, times
from hub.providers._rest import link, text
from hub.providers._sync import (
    DAY,
    Asked,
    Budget,
    Cursor,
    Filter,
    Page,
    Resource,
    Shared,
    Sync,
    Takes,
    Vanished,
)
from hub.providers._times import earlier
from hub.providers.trello.client import READ_BOARD, READ_MEMBER, TrelloClient
from hub.record import Person, Record

_PAGE: Final = 1000
_MOST_DELETIONS: Final = 1000
_OVERLAP: Final = 120
_BOARD_FIELDS: Final = "name,desc,closed,idOrganization,shortUrl,url"
_CARD_FIELDS: Final = (
    "name,desc,closed,due,start,dueComplete,dateLastActivity,idBoard,idList,idMembers,idShort,"
    "labels,shortUrl,url"
)
_LABEL: Final = ("id", "name", "color")


def _boards(client: TrelloClient, asked: Asked) -> Page:  # noqa: ARG001  # there is one page
    return Page(records=tuple(map(_board, client.boards(_BOARD_FIELDS))))


def _cards(client: TrelloClient, asked: Asked) -> Page:
    at = asked.at or {}
    if "left" not in at:
        return _begin(client, at, asked.filters["boards"])
    board, since = at["left"][0]
    try:
        found = client.cards(board, _CARD_FIELDS, _PAGE, at.get("before"))
        more = len(found) == _PAGE
        gone = _deleted(client, board, since) if since and not more else ()
        at = {**at, "closed": False}
    except Vanished:
        found, more, gone = [], False, ()
        if at["closed"] and len(at["left"]) == 1:
            raise InsufficientScope from None  # all of them at once is not about boards
    records = tuple(each for each in map(_card, found) if each.id not in gone)
    before = min(each.id for each in records) if more and records else None
    following, cursor = _following(at, before)
    return Page(records=records, gone=gone, next=following, cursor=cursor)


def _begin(client: TrelloClient, at: Cursor, only: tuple[str, ...] | None) -> Page:
    """Find the boards on which something happened since the pass before."""
    before: Mapping[str, str | None] = at.get("known", {})
    known = {
        identified(each.get("id")): text(each.get("dateLastActivity"))
        for each in client.boards("dateLastActivity")
    }
    if only:
        known = {board: last for board, last in known.items() if board in only}
    left = [
        [board, before.get(board)]
        for board, last in known.items()
        if board not in before or before[board] != last
    ]
    if not left:
        return Page(records=(), cursor={"known": known})
    # In a full pass: whether each board so far was out of reach.
    return Page(records=(), next={"known": known, "left": left, "closed": not before})


def _following(at: Cursor, before: str | None) -> tuple[Cursor | None, Cursor | None]:
    """Give where the pass goes on: on the board's next page, or with the next board; or where the
    next pass begins.
    """
    kept = {name: at[name] for name in ("known", "left", "closed")}
    if before is not None:
        return {**kept, "before": before}, None
    if len(at["left"]) > 1:
        return {**kept, "left": at["left"][1:]}, None
    return None, {"known": at["known"]}


def _deleted(client: TrelloClient, board: str, since: str) -> tuple[str, ...]:
    told = times(since=since)
    if not told:
        return ()
    actions = client.deletions(board, earlier(told["since"], _OVERLAP), _MOST_DELETIONS)
    return tuple(identified(inner(each, "data", "card", "id")) for each in actions)


def _board(board: dict[str, Any]) -> Record:
    id_ = identified(board.get("id"))
    return Record(
        id=id_,
        title=text(board.get("name")) or "",
        url=link(board.get("url")),
        times=times(created=_made(id_)),
        state="closed" if board.get("closed") is True else "open",
        parent=text(board.get("idOrganization")),
        content=board,
    )


def _card(card: dict[str, Any]) -> Record:
    id_ = identified(card.get("id"))
    labels = card.get("labels")
    kept = [
        {name: each.get(name) for name in _LABEL}
        for each in (labels if isinstance(labels, list) else ())
        if isinstance(each, dict)
    ]
    return Record(
        id=id_,
        title=text(card.get("name")) or "",
        url=link(card.get("shortUrl")),
        people=_members(card.get("idMembers")),
        times=times(
            created=_made(id_),
            updated=card.get("dateLastActivity"),
            starts=card.get("start"),
            due=card.get("due"),
        ),
        state=_state(card),
        parent=text(card.get("idBoard")),
        content={**card, "labels": kept},
    )


def _state(card: Mapping[str, Any]) -> str:
    if card.get("closed") is True:
        return "archived"
    return "completed" if card.get("dueComplete") is True else "open"


def _members(ids: Any) -> tuple[Person, ...]:
    found: tuple[Person, ...] = ()
    for each in ids if isinstance(ids, list) else ():
        found += person("assignee", text(each))
    return found


def _made(id_: str) -> int:
    """Read when something was made from its id, which begins with the seconds since 1970."""
    try:
        return int(id_[:8], 16)
    except ValueError:
        raise ProviderUnavailable from None


SYNC: Final = Sync(
    resources=(
        Resource(
            id="boards",
            kind="board",
            explanation="Boards that the person is on, closed ones included",
            scopes=(READ_MEMBER,),
            read=_boards,
        ),
        Resource(
            id="cards",
            kind="card",
            explanation="Cards on these boards, archived ones included",
            scopes=(READ_BOARD,),
            read=_cards,
            full_every=DAY,
            keeps_place=False,
            filters=(
                Filter(
                    id="boards",
                    explanation="Ids of the boards, all where none are named",
                    takes=Takes.IDS,
                ),
            ),
        ),
    ),
    # Of the 300 in ten seconds that our key has for all integrations together.
    budget=Budget(shared=Shared.APP, calls=250, seconds=10),
)
