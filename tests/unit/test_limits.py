from typing import Annotated

import annotated_types
import pytest
from pydantic import TypeAdapter

from hub.limits import Interval, Len


@pytest.mark.parametrize(
    ("kind", "ours", "theirs"),
    [
        (str, Len(1, 3), annotated_types.Len(1, 3)),
        (tuple[str, ...], Len(0, 2), annotated_types.Len(0, 2)),
        (int, Interval(ge=1, le=200), annotated_types.Interval(ge=1, le=200)),
    ],
)
def test_pydantic_reads_our_limits_as_those_of_annotated_types(kind, ours, theirs):
    schema = TypeAdapter(Annotated[kind, ours]).json_schema()

    assert schema == TypeAdapter(Annotated[kind, theirs]).json_schema()
    assert schema != TypeAdapter(kind).json_schema()
