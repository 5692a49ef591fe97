"""Zoom's lists of meetings and of people: pages by a token, no delta.

Rules played here: `page_size` is 30 unless asked for, 300 at most; an empty `next_page_token` ends
the list; one that is none, or has expired, is refused as validation failure 300; a list item holds
no link for the host. People are listed by status, to those with an administrator's scope.

Sources: developers.zoom.us/docs/api/meetings (list meetings), /docs/api/users (list users),
devforum.zoom.us 42226 (the token that is invalid or expired).
"""

from collections.abc import Callable
from typing import Any

from tests.simulator.datasets import Body, Collection
from tests.simulator.journal import Call
from tests.simulator.providers.zoom.door import Door
from tests.simulator.providers.zoom.errors import TRACKING, ApiRefused
from tests.simulator.providers.zoom.meetings import Meetings
from tests.simulator.providers.zoom.rules import LIST_MEETINGS, LIST_USERS
from tests.simulator.providers.zoom.users import USERS, User, find
from tests.simulator.wire import Answer, Request, last

LARGEST_PAGE = 300
STATUSES = {"active", "inactive", "pending"}


class Lists:
    def __init__(self, door: Door, meetings: Meetings, now: Callable[[], float]) -> None:
        self._door, self._meetings = door, meetings
        self._people = {
            account: Collection(
                make=lambda number, _, of=account: _person(of, number), now=now
            ).seed(4)
            for account in {user.account_id for user in USERS.values()}
        }

    def dataset(self, resource: str, account: str) -> Any:
        user = find(account)
        if user is None:
            raise LookupError(account)
        if resource == "meetings":
            return self._meetings.held(user)
        return {"users": self._people}[resource][user.account_id]

    def meetings(self, request: Request, call: Call) -> Answer:
        user = self._door.enter(request, call, LIST_MEETINGS)
        if last(request.query, "type") not in {"", "scheduled"}:
            raise ApiRefused(300, "Validation Failed.")
        held = self._meetings.held(user)
        return self._page(request, "meetings", held.listed(), held.epoch)

    def users(self, request: Request, call: Call) -> Answer:
        user = self._door.enter(request, call, LIST_USERS)
        status = last(request.query, "status") or "active"
        if status not in STATUSES:
            raise ApiRefused(300, "Validation Failed.")
        people = self._people[user.account_id]
        shown = [each for each in people.live() if each["status"] == status]
        return self._page(request, "users", [*_own(user, status), *shown], people.epoch)

    def _page(self, request: Request, name: str, shown: list[Body], epoch: int) -> Answer:
        size = int(last(request.query, "page_size") or "30")
        if not 1 <= size <= LARGEST_PAGE:
            raise ApiRefused(300, "Validation Failed.")
        shown = sorted(shown, key=lambda each: str(each["id"]))
        if token := last(request.query, "next_page_token"):
            of, _, after = token.partition("|")
            if of != str(epoch):
                raise ApiRefused(300, "The next page token is either invalid or expired.")
            shown = [each for each in shown if str(each["id"]) > after]
        page = shown[:size]
        following = f"{epoch}|{page[-1]['id']}" if len(shown) > size else ""
        content = {"page_size": size, "next_page_token": following, name: page}
        return Answer.json(content, headers=TRACKING)


def _own(user: User, status: str) -> list[Body]:
    """The people who have a part in the play are people of their account too."""
    known = [each for each in USERS.values() if each.account_id == user.account_id]
    return [_listed(each.shown()) for each in known] if status == "active" else []


def _listed(shown: Body) -> Body:
    names = ("id", "first_name", "last_name", "display_name", "email", "type", "status")
    return {name: shown[name] for name in names} | {"created_at": shown["created_at"]}


def _person(account: str, number: int) -> Body:
    return {
        "id": f"z{account[-4:]}{number:016d}Q",
        "first_name": "Person",
        "last_name": str(number),
        "display_name": f"Person {number}",
        "email": f"person{number}@example.org",
        "type": 1,
        "status": "inactive" if number % 4 == 0 else "active",
        "created_at": "2025-03-01T08:00:00Z",
    }
