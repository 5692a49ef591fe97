"""The people with a Google account, all made up. Alan's is his own, not one of an organization."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    sub: str
    name: str
    email: str
    hd: str | None = None  # the Workspace domain


PEOPLE = {
    person.sub: person
    for person in (
        Person(
            sub="108150000000000000001", name="Ada Byron", email="ada@example.org", hd="example.org"
        ),
        Person(
            sub="108150000000000000002",
            name="Grace Hooper",
            email="grace@example.org",
            hd="example.org",
        ),
        Person(sub="108150000000000000003", name="Alan Turning", email="alan@example.net"),
    )
}


def find(reference: str) -> Person | None:
    """By the number that never changes, or by the address."""
    by_address = (one for one in PEOPLE.values() if one.email == reference.lower())
    return PEOPLE.get(reference) or next(by_address, None)
