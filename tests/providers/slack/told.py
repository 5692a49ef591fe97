"""Slack's events, for tests of every provider."""

from tests.providers.told import Told

TOLD = Told(
    event="channel_created",
    type="channel_created",
    resource="channels",
    signed_by="webhook",
    details={"channel": {"id": "C0NEW", "name": "kitchen", "created": 1}},
    revoked="app_uninstalled",
)
