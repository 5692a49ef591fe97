"""Asana, for tests of every provider."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="grace@example.org",
    other="ada@example.org",
    action="create_task",
    body={"name": "Prepare Ada's first day", "projects": ["1210000000000301"]},
    words="name",
    done=lambda state: state["tasks"],
)
