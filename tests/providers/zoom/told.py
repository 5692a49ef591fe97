"""Zoom's events, for tests of every provider."""

from tests.providers.told import Told

TOLD = Told(
    event="meeting.created",
    type="meeting.created",
    resource="meetings",
    signed_by="webhook",
    revoked="app_deauthorized",
)
