"""What all providers' objects have in common."""

from collections.abc import Mapping
from typing import Any

from hub.values import NOTHING, Value


class Person(Value, hidden=("name", "email")):
    """Somebody an object is about. `role`: creator, owner, assignee, organizer, attendee, member,
    or self, where the object is the person.
    """

    role: str
    id: str | None = None
    name: str | None = None
    email: str | None = None


class Record(Value, hidden=("title", "url", "people", "content")):
    """One object in the form that all providers have in common, with the provider's own beside it.

    `id` is stable at the provider. `times` are created, updated, starts, ends and due, as far as
    the provider tells them: ISO 8601 in UTC with a Z, or a date alone. `state` is the provider's
    own word, in lower case. `parent` is the id of what it is part of: a board, a project. `content`
    is the provider's object without what `Resource.read` must leave out: secrets, and whatever
    changes from one reading to the next although nothing happened.
    """

    id: str
    title: str
    url: str | None = None
    people: tuple[Person, ...] = ()
    times: Mapping[str, str] = NOTHING
    state: str | None = None
    parent: str | None = None
    content: Mapping[str, Any]
