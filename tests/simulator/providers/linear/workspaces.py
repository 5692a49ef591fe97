"""Linear's workspaces, all made up. Who works in two of them is another person in each, with
another id. Every workspace has a team for everybody and a private one that only its owner sees.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

STATES = {"Backlog": "backlog", "Todo": "unstarted", "In Progress": "started", "Done": "completed"}


def uuid_of(name: str) -> str:
    """The same version 4 UUID for the same name, always."""
    return str(UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


@dataclass(frozen=True, slots=True)
class Workspace:
    name: str
    url_key: str
    owner: str

    @property
    def id(self) -> str:
        return uuid_of(f"workspace {self.url_key}")

    def named(self, kind: str, name: str) -> str:
        """The id of something in it: a label, a project."""
        return uuid_of(f"{kind} {name} of {self.url_key}")


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    workspace: Workspace

    @property
    def id(self) -> str:
        return uuid_of(f"{self.email} of {self.workspace.url_key}")

    @property
    def label(self) -> str:
        return f"{self.workspace.name}: {self.email}"

    @property
    def owner(self) -> bool:
        return self.email == self.workspace.owner


@dataclass(frozen=True, slots=True)
class Team:
    key: str
    name: str
    workspace: Workspace
    private: bool = False

    @property
    def id(self) -> str:
        return self.workspace.named("team", self.key)

    def state_id(self, name: str) -> str:
        return uuid_of(f"state {name} of {self.id}")

    def seen_by(self, person: Person) -> bool:
        return self.workspace == person.workspace and (person.owner or not self.private)


BAKERY = Workspace("Ada's Bakery", "adas-bakery", "ada@example.org")
GLOBEX = Workspace("Globex", "globex", "grace@example.org")
WORKSPACES = (BAKERY, GLOBEX)
PEOPLE = {
    person.id: person
    for person in (
        Person("Ada Lowell", "ada@example.org", BAKERY),
        Person("Grace Hooper", "grace@example.org", GLOBEX),
        Person("Ada Lowell", "ada@example.org", GLOBEX),
    )
}
TEAMS = {
    team.id: team
    for workspace in WORKSPACES
    for team in (
        Team("ENG", "Engineering", workspace),
        Team("BRD", "Board", workspace, private=True),
    )
}
STATE_TEAMS = {team.state_id(name): (team, name) for team in TEAMS.values() for name in STATES}
LABELS = {workspace.named("label", "Onboarding"): workspace for workspace in WORKSPACES}
PROJECTS = {workspace.named("project", "New hires"): workspace for workspace in WORKSPACES}


def person_at(workspace: Workspace, email: str) -> Person:
    return next(one for one in PEOPLE.values() if (one.workspace, one.email) == (workspace, email))


def team_at(workspace: Workspace, key: str) -> Team:
    return next(one for one in TEAMS.values() if (one.workspace, one.key) == (workspace, key))
