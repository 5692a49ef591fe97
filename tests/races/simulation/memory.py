"""Tables in this process, for ten thousand histories: DynamoDB's conditions and updates as far as
the hub uses them, each call by itself since only one runs at a time. That they mean the same on
DynamoDB Local is a test of its own: there a history must come out the same, event by event.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from tests.tables import name_of
from tests.template import table_definitions

type Item = dict[str, Any]
type Condition = Callable[[Item, Item], bool]

_FUNCTION = re.compile(r"attribute_(not_)?exists\((\w+)\)")
_COMPARISON = re.compile(r"(\w+) (=|<=|>=|<|>) (:\w+)")
_SECTION = re.compile(r"(?:^| )(SET|REMOVE|ADD) ")
_COMMA = re.compile(r", (?![^(]*\))")
_OR_ELSE = re.compile(r"if_not_exists\((\w+), (:\w+)\)")


class Memory:
    """As much of boto3's client as the hub uses."""

    def __init__(self) -> None:
        self._keys = _key_schemas()
        self._tables: dict[str, dict[tuple[str, ...], Item]] = {name: {} for name in self._keys}
        self._transactions: set[str] = set()

    def batch_get_item(self, **asked: Any) -> Any:
        found = {}
        for table, wanted in asked["RequestItems"].items():
            items = (self._tables[table].get(self._key(table, key)) for key in wanted["Keys"])
            found[table] = [dict(item) for item in items if item is not None]
        return {"Responses": found}

    def query(self, **asked: Any) -> Any:
        table, values = asked["TableName"], asked["ExpressionAttributeValues"]
        holds = _condition(asked["KeyConditionExpression"])
        found = [dict(item) for item in self._tables[table].values() if holds(item, values)]
        order = "refreshDueAt" if "IndexName" in asked else self._keys[table][-1]
        return {"Items": sorted(found, key=lambda item: _plain(item[order]))[: asked.get("Limit")]}

    def put_item(self, **asked: Any) -> Any:
        self._check(asked, self._key(asked["TableName"], asked["Item"]), "PutItem")
        self._put(asked)

    def update_item(self, **asked: Any) -> Any:
        self._check(asked, self._key(asked["TableName"], asked["Key"]), "UpdateItem")
        return {"Attributes": self._update(asked)}

    def delete_item(self, **asked: Any) -> Any:
        key = self._key(asked["TableName"], asked["Key"])
        self._check(asked, key, "DeleteItem")
        gone = self._tables[asked["TableName"]].pop(key, None)
        return {"Attributes": gone} if gone else {}

    def transact_write_items(self, **asked: Any) -> Any:
        if asked["ClientRequestToken"] in self._transactions:
            return
        parts = [next(iter(write.items())) for write in asked["TransactItems"]]
        reasons = [self._reason(content) for _, content in parts]
        if any(reason["Code"] != "None" for reason in reasons):
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": reasons,
            }
            raise ClientError(answer, "TransactWriteItems")
        self._transactions.add(asked["ClientRequestToken"])
        for kind, content in parts:
            match kind:
                case "Put":
                    self._put(content)
                case "Update":
                    self._update(content)
                case "Delete":
                    key = self._key(content["TableName"], content["Key"])
                    self._tables[content["TableName"]].pop(key, None)

    def _reason(self, content: Any) -> Any:
        table = content["TableName"]
        key = self._key(table, content.get("Key") or content["Item"])
        if self._holds(content, key):
            return {"Code": "None"}
        item = self._tables[table].get(key)
        return {"Code": "ConditionalCheckFailed"} | ({"Item": item} if item else {})

    def _check(self, asked: Any, key: tuple[str, ...], operation: str) -> None:
        if not self._holds(asked, key):
            error: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}
            raise ClientError(error, operation)

    def _holds(self, asked: Any, key: tuple[str, ...]) -> bool:
        if "ConditionExpression" not in asked:
            return True
        item = self._tables[asked["TableName"]].get(key, {})
        values = asked.get("ExpressionAttributeValues", {})
        return _condition(asked["ConditionExpression"])(item, values)

    def _put(self, asked: Any) -> None:
        kept = {name: value for name, value in asked["Item"].items() if value != {"S": ""}}
        self._tables[asked["TableName"]][self._key(asked["TableName"], kept)] = kept

    def _update(self, asked: Any) -> Item:
        table, key = asked["TableName"], self._key(asked["TableName"], asked["Key"])
        before = self._tables[table].get(key, dict(asked["Key"]))
        values = asked.get("ExpressionAttributeValues", {})
        after = dict(before)
        for section, parts in _sections(asked["UpdateExpression"]):
            for part in parts:
                _change(section, part, before, after, values)
        self._tables[table][key] = after
        return dict(after)

    def _key(self, table: str, item: Item) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self._keys[table])


@cache
def _key_schemas() -> dict[str, list[str]]:
    return {
        name_of(logical_id): [each["AttributeName"] for each in definition["KeySchema"]]
        for logical_id, definition in table_definitions().items()
    }


def _plain(attribute: Any) -> Any:
    ((kind, value),) = attribute.items()
    return int(value) if kind == "N" else value


@cache
def _condition(expression: str) -> Condition:
    """Make a function of an expression: Python has the same words."""

    def exists(found: re.Match[str]) -> str:
        return f"({found[2]!r} {'not ' if found[1] else ''}in item)"

    def compared(found: re.Match[str]) -> str:
        name, sign = found[1], "==" if found[2] == "=" else found[2]
        return f"({name!r} in item and plain(item[{name!r}]) {sign} plain(values[{found[3]!r}]))"

    words = _COMPARISON.sub(compared, _FUNCTION.sub(exists, expression))
    words = words.replace(" AND ", " and ").replace(" OR ", " or ")
    made: Condition = eval(f"lambda item, values: {words}", {"plain": _plain})  # noqa: S307  # ours
    return made


@cache
def _sections(expression: str) -> list[tuple[str, list[str]]]:
    _, *parts = _SECTION.split(expression)
    return [(name, _COMMA.split(text)) for name, text in zip(parts[::2], parts[1::2], strict=True)]


def _change(section: str, part: str, before: Item, after: Item, values: Item) -> None:
    if section == "REMOVE":
        after.pop(part, None)
    elif section == "ADD":
        name, value = part.split()
        total = _plain(before.get(name, {"N": "0"})) + _plain(values[value])
        after[name] = {"N": str(total)}
    else:
        name, _, wanted = part.partition(" = ")
        terms = [_value(term, before, values) for term in wanted.split(" + ")]
        after[name] = terms[0] if len(terms) == 1 else {"N": str(sum(map(_plain, terms)))}


def _value(term: str, before: Item, values: Item) -> Any:
    if found := _OR_ELSE.fullmatch(term):
        return before.get(found[1], values[found[2]])
    return values[term]
