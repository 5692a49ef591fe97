"""Microsoft Graph's change notifications, for tests of every provider."""

from tests.providers.told import Told

TOLD = Told(
    event="event.updated",
    type="updated",
    resource="calendar_events",
    signed_by="chosen",
    details={"id": "AAMkAGI1TESTAAA="},
)
