"""Who and what there is at GitHub, all made up: two people, their repositories, and where the
GitHub App is installed.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: int
    login: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """`pushers` may set labels, assignees, milestone and type; `readers` may see a private one;
    `admins` may give it webhooks.
    """

    id: int
    owner: str
    name: str
    private: bool = False
    issues: bool = True
    archived: bool = False
    pushers: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    milestones: frozenset[int] = frozenset()
    types: frozenset[str] = frozenset()

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def visible_to(self, person: Person) -> bool:
        return not self.private or person.login in self.readers | self.pushers


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    id: int
    account: str
    kind: str
    reachable_by: frozenset[str]
    permissions: dict[str, str] = field(
        default_factory=lambda: {"issues": "write", "metadata": "read"}
    )


ADA = Person(id=1001, login="ada-byron", name="Ada Byron")
GRACE = Person(id=1002, login="grace-hooper", name="Grace Hooper")
PEOPLE = {person.login: person for person in (ADA, GRACE)}
EVERYBODY = frozenset(PEOPLE)
REPOSITORIES = {
    repository.full_name: repository
    for repository in (
        Repository(
            id=501,
            owner="globex",
            name="handbook",
            pushers=frozenset({ADA.login}),
            admins=frozenset({ADA.login}),
            milestones=frozenset({1}),
            types=frozenset({"Bug", "Task"}),
        ),
        Repository(id=502, owner="globex", name="board", private=True, readers=EVERYBODY),
        Repository(id=503, owner="globex", name="mirror", issues=False),
        Repository(
            id=504, owner="globex", name="attic", archived=True, admins=frozenset({ADA.login})
        ),
        Repository(
            id=505,
            owner=ADA.login,
            name="notes",
            private=True,
            pushers=frozenset({ADA.login}),
            admins=frozenset({ADA.login}),
        ),
        Repository(id=506, owner="initech", name="tools"),
    )
}
RENAMED = {"globex/manual": "globex/handbook"}
# Organization -> its members and their roles.
MEMBERS = {
    "globex": {ADA.login: "admin", GRACE.login: "member"},
    "initech": {GRACE.login: "member"},
}
INSTALLATIONS = (
    Installation(id=9001, account="globex", kind="Organization", reachable_by=EVERYBODY),
    Installation(id=9002, account=ADA.login, kind="User", reachable_by=frozenset({ADA.login})),
)


def find(reference: str) -> Person | None:
    """By the name, which people may change, or by the number, which stays."""
    by_number = (person for person in PEOPLE.values() if str(person.id) == reference)
    return PEOPLE.get(reference.lower()) or next(by_number, None)
