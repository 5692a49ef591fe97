"""DynamoDB reduced to what the stores need: plain Python values in and out, conditions as values,
and two failures: `Contested` when a condition does not hold, `TemporarilyUnavailable` otherwise.

Expired items are garbage that TTL collects some time within days: every reader and every
condition treats them as absent by itself (AW-08).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from hub.errors import Conflict, TemporarilyUnavailable
from hub.values import NOTHING, Value

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]
type Key = Mapping[str, Any]

_MOST_KEYS: Final = 100
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_CANCELED: Final = "TransactionCanceledException"
_LOST: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class Contested(Conflict):
    """A condition did not hold: somebody else was there first. `items` holds what stood there,
    one entry per write of a transaction, where the store could tell.
    """

    def __init__(self, items: Sequence[Item | None] = ()) -> None:
        super().__init__()
        self.items = items


class Put(Value):
    table: str
    item: Item
    condition: str = ""
    values: Mapping[str, Any] = NOTHING


class Update(Value):
    table: str
    key: Key
    expression: str
    condition: str = ""
    values: Mapping[str, Any] = NOTHING


class Delete(Value):
    table: str
    key: Key
    condition: str = ""
    values: Mapping[str, Any] = NOTHING


class ConditionCheck(Value):
    """Part of a transaction that writes nothing and must hold all the same."""

    table: str
    key: Key
    condition: str
    values: Mapping[str, Any] = NOTHING


type Write = Put | Update | Delete | ConditionCheck


class Read(Value):
    """A page of items and, when more may follow, the key it ended at."""

    items: list[Item]
    last: Item | None


class Database:
    """`tables` maps the store's table words to the deployment's table names."""

    def __init__(self, client: "DynamoDBClient", tables: Mapping[str, str]) -> None:
        self._client = client
        self._tables = tables

    def get(self, table: str, key: Key) -> Item | None:
        return self.get_many([(table, key)])[0]

    def get_many(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """Read up to 100 items in one strongly consistent request; None where there is none."""
        wanted: dict[str, Any] = {}
        for table, key in keys:
            entry = wanted.setdefault(self._tables[table], {"Keys": [], "ConsistentRead": True})
            entry["Keys"].append(encode(key))
        found: dict[str, list[Item]] = {name: [] for name in wanted}
        with _failures():
            answer = self._client.batch_get_item(RequestItems=wanted)
        if answer.get("UnprocessedKeys"):
            raise TemporarilyUnavailable
        for name, items in answer["Responses"].items():
            found[name] = [decode(item) for item in items]
        return [_pick(found[self._tables[table]], key) for table, key in keys]

    def items(self, table: str, keys: Sequence[Key], names: Sequence[str] = ()) -> list[Item]:
        """Read any number of items, or some attributes of each, strongly consistent; those that
        exist, in no order. What one answer has no room for is asked for again.
        """
        found: list[Item] = []
        name = self._tables[table]
        shown = {f"#{number}": each for number, each in enumerate(names)}
        only: Any = {}
        if shown:
            only = {
                "ProjectionExpression": ", ".join(shown),
                "ExpressionAttributeNames": shown,
            }
        for first in range(0, len(keys), _MOST_KEYS):
            places = [encode(key) for key in keys[first : first + _MOST_KEYS]]
            wanted: Any = {name: {"Keys": places, "ConsistentRead": True, **only}}
            while wanted:
                with _failures():
                    answer = self._client.batch_get_item(RequestItems=wanted)
                read = answer["Responses"].get(name, [])
                found += map(decode, read)
                wanted = answer.get("UnprocessedKeys")
                if wanted and not read:
                    raise TemporarilyUnavailable
        return found

    def query(
        self,
        table: str,
        condition: str,
        values: Item,
        *,
        limit: int | None = None,
        after: Key | None = None,
        filters: str = "",
        index: str = "",
    ) -> Read:
        """Read one page, strongly consistent; of an `index`, as far as it has come."""
        asked: dict[str, Any] = {
            "TableName": self._tables[table],
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode(values),
            "ConsistentRead": True,
        }
        if index:
            asked |= {"IndexName": index, "ConsistentRead": False}
        if limit:
            asked["Limit"] = limit
        if after:
            asked["ExclusiveStartKey"] = encode(after)
        if filters:
            asked["FilterExpression"] = filters
        with _failures():
            answer = self._client.query(**asked)
        last = answer.get("LastEvaluatedKey")
        items = [decode(item) for item in answer["Items"]]
        return Read(items=items, last=decode(last) if last else None)

    def put(self, write: Put) -> None:
        with _failures():
            self._client.put_item(**self._arguments(write))

    def update(self, write: Update) -> Item:
        """Change an item, or begin one; give it as it is then."""
        with _failures():
            answer = self._client.update_item(**self._arguments(write), ReturnValues="ALL_NEW")
        return decode(answer["Attributes"])

    def write(self, write: Update) -> None:
        """Change an item, or begin one, without asking what it is then."""
        with _failures():
            self._client.update_item(**self._arguments(write))

    def take(self, write: Delete) -> Item | None:
        """Delete one item and give what it was; None if it was not there or the condition did
        not hold. Of several takers exactly one gets it.
        """
        try:
            with _failures():
                answer = self._client.delete_item(**self._arguments(write), ReturnValues="ALL_OLD")
        except Contested:
            return None
        return decode(answer["Attributes"]) if "Attributes" in answer else None

    def transact(self, writes: Sequence[Write], *, token: str | None = None) -> None:
        """Do all or nothing. With the same `token`, a repetition within ten minutes is a no-op."""
        items = [
            {
                type(write).__name__: {
                    **self._arguments(write),
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
            for write in writes
        ]
        with _failures():
            self._client.transact_write_items(
                TransactItems=items,  # type: ignore[arg-type]  # built by type name
                ClientRequestToken=token or uuid4().hex,
            )

    def _arguments(self, write: Write) -> Any:
        arguments: dict[str, Any] = {"TableName": self._tables[write.table]}
        if isinstance(write, Put):
            arguments["Item"] = encode(write.item)
        else:
            arguments["Key"] = encode(write.key)
        if isinstance(write, Update):
            arguments["UpdateExpression"] = write.expression
        if write.condition:
            arguments["ConditionExpression"] = write.condition
        if write.values:
            arguments["ExpressionAttributeValues"] = encode(write.values)
        return arguments


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == _CONDITION_FAILED:
            raise Contested from error
        reasons: list[Any] = error.response.get("CancellationReasons", [])
        if code == _CANCELED and any(reason.get("Code") in _LOST for reason in reasons):
            items = [decode(r["Item"]) if r.get("Item") else None for r in reasons]
            raise Contested(items) from error
        raise TemporarilyUnavailable from error
    except BotoCoreError as error:
        raise TemporarilyUnavailable from error


def _pick(items: list[Item], key: Key) -> Item | None:
    for item in items:
        if all(item[name] == value for name, value in key.items()):
            return item
    return None


def encode(value: Mapping[str, Any]) -> dict[str, Any]:
    """Give an item in DynamoDB's JSON. Absent and None are the same thing."""
    return {name: _encode(each) for name, each in value.items() if each is not None}


def decode(item: Mapping[str, Any]) -> Item:
    return {name: _decode(value) for name, value in item.items()}


def _encode(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case Mapping():
            return {"M": encode(value)}
        case list() | tuple():
            return {"L": [_encode(each) for each in value]}
        case _:
            raise TypeError(f"not stored: {type(value).__name__}")


def _decode(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "M":
            return decode(content)
        case "L":
            return [_decode(each) for each in content]
        case _:
            return content
