"""The people with a Trello account and the boards they are on, all made up.

Both are on one board; the other is Ada's alone. Ids are 24 hexadecimal digits, as Trello's are.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    id: str
    username: str
    full_name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    id: str
    name: str
    members: tuple[str, ...]
    lists: dict[str, str]
    labels: dict[str, str]
    workspace: str


ADA, GRACE = "65a1f0c2d4e8b90011aa0001", "65a1f0c2d4e8b90011aa0002"
MEMBERS = {
    member.id: member
    for member in (
        Member(id=ADA, username="adabyron", full_name="Ada Byron", email="ada@example.org"),
        Member(
            id=GRACE, username="gracehooper", full_name="Grace Hooper", email="grace@example.org"
        ),
    )
}
BOARDS = (
    Board(
        id="65a1f0c2d4e8b90022bb0001",
        name="Onboarding",
        members=(ADA, GRACE),
        lists={
            "65a1f0c2d4e8b90033cc0001": "To do",
            "65a1f0c2d4e8b90033cc0002": "Done",
        },
        labels={
            "65a1f0c2d4e8b90044dd0001": "IT",
            "65a1f0c2d4e8b90044dd0002": "Office",
        },
        workspace="65a1f0c2d4e8b90055ee0001",
    ),
    Board(
        id="65a1f0c2d4e8b90022bb0002",
        name="Salaries",
        members=(ADA,),
        lists={"65a1f0c2d4e8b90033cc0003": "Drafts"},
        labels={},
        workspace="65a1f0c2d4e8b90055ee0002",
    ),
)


def find_member(reference: str) -> Member | None:
    """By id or by username."""
    by_name = (one for one in MEMBERS.values() if one.username == reference)
    return MEMBERS.get(reference) or next(by_name, None)


def board_of(list_id: str) -> Board | None:
    return next((board for board in BOARDS if list_id in board.lists), None)
