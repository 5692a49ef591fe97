"""The tables of template.yaml, made in whatever DynamoDB a test has."""

from typing import Any

from tests.conftest import ENVIRONMENT
from tests.template import table_definitions


def create_tables(dynamodb: Any, prefix: str = "") -> None:
    """Create every table under the name that tests configure for it."""
    for logical_id, definition in table_definitions().items():
        dynamodb.create_table(TableName=prefix + name_of(logical_id), **definition)


def name_of(logical_id: str) -> str:
    """Give the name for a logical id: ExternalAccountsTable is external-accounts."""
    words = logical_id.removesuffix("Table")
    variable = "".join(f"_{c}" if c.isupper() else c.upper() for c in words).lstrip("_")
    return ENVIRONMENT[f"{variable}_TABLE"]
