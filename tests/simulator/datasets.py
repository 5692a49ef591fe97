"""What an account at a provider holds, as it changes: objects in wire form with their history.

A collection can be read whole, or from a point of its history on. Expiring it makes every such
point unknown, as providers do. Asked to be unruly, it tells of a change more than once, older
versions last known first, as delta feeds may.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

type Body = dict[str, Any]
type Make = Callable[[int, float], Body]
"""The whole object of a number that nobody has had, made at a time."""


class Dataset(Protocol):
    """What a test may do to the objects of one kind of one account."""

    unruly: bool

    def create(self, **fields: Any) -> str: ...
    def update(self, id_: str, **fields: Any) -> None: ...
    def delete(self, id_: str) -> None: ...
    def expire(self) -> None: ...
    def ids(self) -> list[str]: ...


class NoSuchObject(LookupError):
    """An id that the dataset does not hold."""


@dataclass(slots=True, kw_only=True)
class Change:
    """A version of an object; the last one of a deleted object says so."""

    id: str
    revision: int
    body: Body
    deleted: bool = False


@dataclass(kw_only=True)
class Collection:
    """`touch` writes the time of a change into an object, where the provider does. `unruly`: see
    above.
    """

    make: Make
    now: Callable[[], float]
    id_field: str = "id"
    touch: Callable[[Body, float], None] = lambda _body, _now: None
    unruly: bool = False
    epoch: int = 1
    made: int = 0
    history: list[Change] = field(default_factory=list)
    held: dict[str, Body] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        return len(self.history)

    def seed(self, count: int) -> "Collection":
        for _ in range(count):
            self.create()
        return self

    def create(self, **fields: Any) -> str:
        self.made += 1
        body = self.make(self.made, self.now()) | fields
        id_ = str(body[self.id_field])
        self.held[id_] = body
        self._note(id_, body)
        return id_

    def update(self, id_: str, **fields: Any) -> None:
        body = self._body(id_)
        body |= fields
        self.touch(body, self.now())
        self._note(id_, body)

    def delete(self, id_: str) -> None:
        body = self._body(id_)
        del self.held[id_]
        self.touch(body, self.now())
        self._note(id_, body, deleted=True)

    def expire(self) -> None:
        self.epoch += 1

    def ids(self) -> list[str]:
        return list(self.held)

    def live(self) -> list[Body]:
        return list(self.held.values())

    def get(self, id_: str) -> Body | None:
        return self.held.get(id_)

    def knows(self, epoch: int, revision: int) -> bool:
        return epoch == self.epoch and 0 <= revision <= self.revision

    def since(self, revision: int) -> list[Change]:
        """What changed after that point, each object once, in the order of its last change."""
        told = self.history[revision:]
        if self.unruly:
            return told + told[-1:]
        newest = {change.id: change for change in told}
        return sorted(newest.values(), key=lambda change: change.revision)

    def _body(self, id_: str) -> Body:
        if id_ not in self.held:
            raise NoSuchObject(id_)
        return self.held[id_]

    def _note(self, id_: str, body: Body, *, deleted: bool = False) -> None:
        self.history.append(
            Change(id=id_, revision=self.revision + 1, body=deepcopy(body), deleted=deleted)
        )


def change(dataset: Dataset, order: Mapping[str, Any]) -> Any:
    """Do what the control surface asks for. Raises NoSuchObject, ValueError."""
    fields = dict(order.get("fields") or {})
    match order.get("change"):
        case "create":
            count = order.get("count", 1)
            return {"ids": [dataset.create(**fields) for _ in range(count)]}
        case "update":
            dataset.update(order["id"], **fields)
        case "delete":
            dataset.delete(order["id"])
        case "expire":
            dataset.expire()
        case "disarray":
            dataset.unruly = True
        case "list":
            return {"ids": dataset.ids()}
        case other:
            raise ValueError(f"no change is called {other!r}")
    return None
