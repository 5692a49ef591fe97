"""Ways around what moto does many times over, which would be most of this suite's time. What it
answers and refuses stays the same.
"""

from copy import copy, deepcopy
from typing import Any

import pytest
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator

_KINDS = frozenset(("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"))


def hurry(patch: pytest.MonkeyPatch) -> None:
    _check_clauses_once(patch)
    _take_values_by_their_kind(patch)
    _keep_items_alone(patch)


def _check_clauses_once(patch: pytest.MonkeyPatch) -> None:
    """Check an update's clauses at the root, and not again at every node below."""
    for check in (ActionCountValidator, OverlappingPathsValidator):
        patch.setattr(check, "traverse", check.process)


def _take_values_by_their_kind(patch: pytest.MonkeyPatch) -> None:
    """Look an attribute's kinds up in it as they are, without the ten spellings of each that moto
    looks for in any answer of any service."""
    anything = ResponseSerializer.get_value

    def get_value(self: Any, value: Any, key: str, shape: Any) -> Any:
        if key in _KINDS and type(value) is dict:
            return value.get(key)
        return anything(self, value, key, shape)

    patch.setattr(ResponseSerializer, "get_value", get_value)


def _keep_items_alone(patch: pytest.MonkeyPatch) -> None:
    """Let a transaction keep a table's items to go back to, and not its schema with each."""

    def kept(self: Any, memo: dict[int, Any]) -> Any:
        table = copy(self)
        table.items = deepcopy(self.items, memo)
        return table

    patch.setattr(Table, "__deepcopy__", kept, raising=False)
