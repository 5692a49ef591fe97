"""Asana's events, for tests of every provider."""

from tests.providers.told import Told

TOLD = Told(
    event="task.changed",
    type="task.changed",
    resource="tasks",
    signed_by="stored",
    details={"gid": "1210000000000901", "change": {"field": "due_on", "action": "changed"}},
)
