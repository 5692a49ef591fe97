"""The people with an Atlassian account and their Jira sites, all made up.

On the consent page people choose a site, so that what can be chosen is a person on a site.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    id: str
    name: str

    @property
    def url(self) -> str:
        return f"https://{self.name.lower()}.atlassian.net"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A person on a site."""

    person: Person
    site: Site

    @property
    def id(self) -> str:
        return f"{self.person.email}@{self.site.name.lower()}"

    @property
    def label(self) -> str:
        return f"{self.person.name} on {self.site.name}"


ADA = Person(
    id="712020:5b1f7a52-0c1d-4c3e-9a44-1f9d5f3a7e01", name="Ada Byron", email="ada@example.org"
)
GRACE = Person(
    id="557058:0a9c2b66-7d21-4d0e-8f3b-6c2e9b4d1f02", name="Grace Hooper", email="grace@example.org"
)
INITECH = Site(id="1c9a7e20-5b44-4f6e-8a31-0d2f6b9c7a11", name="Initech")
GLOBEX = Site(id="8f2d4b61-93c7-4e0a-b5d8-7e1a3c5f9b22", name="Globex")
WIKI = Site(id="3e6b8d42-1f5a-4c9b-a7e3-2b4d6f8a0c33", name="Umbrella")  # Confluence, and no Jira

SEATS = {
    seat.id: seat
    for seat in (
        Seat(person=GRACE, site=INITECH),
        Seat(person=ADA, site=INITECH),
        Seat(person=ADA, site=GLOBEX),
    )
}


def find_site(reference: str) -> Site | None:
    """By cloudid or name."""
    return next((one for one in (INITECH, GLOBEX) if reference in {one.id, one.name}), None)


def find_person(reference: str) -> Person | None:
    """By account id or address, or by where they sit."""
    for seat in SEATS.values():
        if reference in {seat.person.id, seat.person.email, seat.id, seat.label}:
            return seat.person
    return None
