"""The people with an Asana account and what there is in their workspaces, all made up.

Grace is in two workspaces; Alan's is a plain one, not an organization's. Ada has a project that
nobody else may see.
"""

from dataclasses import dataclass

EXAMPLE, HARBOUR = "1210000000000100", "1210000000000200"
ONBOARDING, BOARD, BERTHS = "1210000000000301", "1210000000000302", "1210000000000303"
URGENT = "1210000000000401"
START_DATE, TEAM = "1210000000000501", "1210000000000502"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    gid: str
    name: str
    email: str
    workspaces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    gid: str
    name: str
    organization: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`owner` alone may see it; None: everybody in the workspace."""

    gid: str
    name: str
    workspace: str
    owner: str | None = None
    custom_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    gid: str
    name: str
    workspace: str


ADA = Person(
    gid="1210000000000001", name="Ada Byron", email="ada@example.org", workspaces=(EXAMPLE,)
)
GRACE = Person(
    gid="1210000000000002",
    name="Grace Hooper",
    email="grace@example.org",
    workspaces=(EXAMPLE, HARBOUR),
)
ALAN = Person(
    gid="1210000000000003", name="Alan Turning", email="alan@example.net", workspaces=(HARBOUR,)
)
PEOPLE = {person.gid: person for person in (ADA, GRACE, ALAN)}
WORKSPACES = {
    workspace.gid: workspace
    for workspace in (
        Workspace(gid=EXAMPLE, name="example.org", organization=True),
        Workspace(gid=HARBOUR, name="Harbour", organization=False),
    )
}
PROJECTS = {
    project.gid: project
    for project in (
        Project(
            gid=ONBOARDING,
            name="Onboarding",
            workspace=EXAMPLE,
            custom_fields=(START_DATE, TEAM),
        ),
        Project(gid=BOARD, name="Board", workspace=EXAMPLE, owner=ADA.gid),
        Project(gid=BERTHS, name="Berths", workspace=HARBOUR),
    )
}
TAGS = {URGENT: Tag(gid=URGENT, name="Urgent", workspace=EXAMPLE)}


def find(reference: str) -> Person | None:
    """By id, or by e-mail address."""
    by_address = (one for one in PEOPLE.values() if one.email == reference.lower())
    return PEOPLE.get(reference) or next(by_address, None)
