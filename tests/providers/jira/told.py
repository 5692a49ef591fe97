"""Jira's events, for tests of every provider. Without an optional scope nothing is subscribed."""

from tests.providers.told import Told

TOLD = Told(
    event="jira:issue_updated",
    type="jira:issue_updated",
    resource="issues",
    signed_by="client",
    details={"issue": {"id": "10002", "key": "HR-1"}},
    scopes=("manage:jira-webhook",),
)
