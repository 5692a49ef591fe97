"""Google's push notifications, for tests of every provider."""

from tests.providers.told import Told

TOLD = Told(event="calendar", type="exists", resource="calendar_events", signed_by="chosen")
