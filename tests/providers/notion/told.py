"""Notion's events, for tests of every provider."""

from tests.providers.told import Told

TOLD = Told(
    event="page.content_updated",
    type="page.content_updated",
    resource="pages",
    signed_by="webhook",
)
