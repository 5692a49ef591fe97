"""Notion's workspaces, all made up, with the people who can connect them and what they share.

A grant is a seat: one person in one workspace, with a bot of its own. Hank sits in Globex beside
Grace. In every workspace the onboarding page and the data source of new hires are shared with the
app; the salaries are not, and the old handbook is in the trash.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5


def made_up_id(*names: str) -> str:
    """The same id for the same names, in Notion's form."""
    return str(uuid5(NAMESPACE_URL, "/".join(("https://notion.example", *names))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    id: str
    workspace: str
    person: str
    email: str

    @property
    def label(self) -> str:
        return f"{self.workspace} ({self.person})"

    @property
    def workspace_id(self) -> str:
        return made_up_id(self.workspace)

    @property
    def person_id(self) -> str:
        return made_up_id(self.email)

    @property
    def bot_id(self) -> str:
        return made_up_id(self.workspace, self.email, "bot")


SEATS = {
    seat.id: seat
    for seat in (
        Seat(
            id="bakery-ada", workspace="Ada's Bakery", person="Ada Byron", email="ada@example.org"
        ),
        Seat(
            id="globex-grace", workspace="Globex", person="Grace Hooper", email="grace@example.org"
        ),
        Seat(id="globex-hank", workspace="Globex", person="Hank Scorpio", email="hank@example.org"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where pages can be added: another page, or a data source."""

    id: str
    kind: str  # "page" or "data_source"
    workspace: str
    shared: bool = True
    in_trash: bool = False


def onboarding(workspace: str) -> str:
    return made_up_id(workspace, "Onboarding")


def new_hires(workspace: str) -> str:
    return made_up_id(workspace, "New hires")


def salaries(workspace: str) -> str:
    return made_up_id(workspace, "Salaries")


def old_handbook(workspace: str) -> str:
    return made_up_id(workspace, "Old handbook")


PLACES = {
    place.id: place
    for workspace in {seat.workspace: seat for seat in SEATS.values()}
    for place in (
        Place(id=onboarding(workspace), kind="page", workspace=workspace),
        Place(id=new_hires(workspace), kind="data_source", workspace=workspace),
        Place(id=salaries(workspace), kind="page", workspace=workspace, shared=False),
        Place(id=old_handbook(workspace), kind="page", workspace=workspace, in_trash=True),
    )
}
COLUMNS = {"Name": "title", "Team": "rich_text"}  # of every data source


def find(reference: str) -> Seat | None:
    """By id or by label."""
    by_label = (seat for seat in SEATS.values() if seat.label == reference)
    return SEATS.get(reference) or next(by_label, None)
