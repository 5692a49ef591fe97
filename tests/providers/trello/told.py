"""Trello's actions, for tests of every provider."""

from tests.providers.told import Told

TOLD = Told(
    event="updateCard",
    type="updateCard",
    resource="cards",
    signed_by="webhook",
    details={"card": "65a1f0c2d4e8b90088ab0001", "old": {"due": None}},
)
