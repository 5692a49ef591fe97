"""What is stored, all of it: to compare before with after, and to search it for secrets."""

import base64
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from hub.store.database import decode
from tests.tables import name_of
from tests.template import table_definitions

_TELLING = 8  # bytes: anything shorter is found everywhere by chance

type Tables = dict[str, list[dict[str, Any]]]


def dump() -> Tables:
    """Every table's rows, in an order of their own."""
    return {name: rows(name) for name in _tables()}


@cache
def _tables() -> list[str]:
    return [name_of(each) for each in table_definitions()]


def rows(table: str) -> list[dict[str, Any]]:
    """A table's rows, read in moto's memory: by scanning, this would be most of what tests do."""
    found = dynamodb_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].tables[table].all_items()
    return sorted((decode(item.to_json()["Attributes"]) for item in found), key=repr)


def states() -> list[dict[str, Any]]:
    """The states in flight, without the registers of persons beside them."""
    return [row for row in rows("states") if row["stateId"].startswith("state#")]


def followed() -> list[str]:
    """What is to follow from what was done: kinds of jobs and types of events, sorted."""
    found = (row.get("job", {}).get("kind") or row["event"]["type"] for row in rows("outbox"))
    return sorted(found)


def revocation() -> dict[str, Any]:
    """The row of the one revocation that waits in the outbox."""
    (row,) = (row for row in rows("outbox") if row.get("job", {}).get("kind") == "revoke")
    return row


def revocations() -> list[dict[str, Any]]:
    """The jobs of all revocations that wait in the outbox."""
    jobs = (row.get("job", {}) for row in rows("outbox"))
    return [job for job in jobs if job.get("kind") == "revoke"]


def sealed() -> set[str]:
    """The ids of all sealed tokens that are still there."""
    return {row["credentialsId"] for row in rows("credentials") if "sealed" in row}


def ledger(event: str | None = None) -> list[dict[str, Any]]:
    """The entries of the consent ledger, oldest first."""
    found = [row for row in rows("consents") if event in {None, row["event"]}]
    return sorted(found, key=lambda row: row["at"])


def but_for_the_state(before: Tables) -> Tables:
    """The tables as they must be when nothing happened but that the one state was burnt."""
    kept = [row for row in before["states"] if not row["stateId"].startswith("state#")]
    return before | {"states": kept}


def leaks(secret: str, where: Any) -> bool:
    """Tell whether a secret stands anywhere in a value: plain, or in a usual encoding."""
    texts = list(_texts(where))
    return any(form in text for form in _forms(secret) for text in texts)


@cache
def _forms(secret: str) -> set[bytes]:
    plain = secret.encode()
    shifted = (base64.b64encode(b"x" * n + plain)[4 * bool(n) : -4] for n in range(3))
    encoded = {
        plain[::-1],
        plain.hex().encode(),
        quote(secret, safe="").encode(),
        base64.b64encode(plain).rstrip(b"="),
        base64.urlsafe_b64encode(plain).rstrip(b"="),
        *shifted,
        *_raw(secret),
    }
    return {plain, *(form for form in encoded if len(form) >= _TELLING)}


def _raw(secret: str) -> Iterable[bytes]:
    """The bytes that a base64url secret stands for, and those in hex."""
    try:
        decoded = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    except ValueError:
        return ()
    return decoded, decoded.hex().encode()


def _texts(value: Any) -> Iterator[bytes]:
    match value:
        case str():
            yield value.encode("utf-8", "surrogatepass")
        case bytes():
            yield value
        case dict():
            for name, each in value.items():
                yield from _texts(name)
                yield from _texts(each)
        case list() | tuple() | set() | frozenset():
            for each in value:
                yield from _texts(each)
        case _:
            yield str(value).encode()
