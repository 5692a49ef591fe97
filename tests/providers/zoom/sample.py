"""Zoom, for tests of every provider."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="grace@example.org",
    other="ada@example.org",
    action="create_meeting",
    body={"topic": "Interview", "startTime": "2026-12-01T10:00:00+01:00"},
    words="topic",
    done=lambda state: state["meetings"],
)
