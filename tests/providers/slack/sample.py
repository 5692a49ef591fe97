"""Slack, for tests of every provider."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="Initech",
    other="Globex",
    action="send_message",
    body={"channel": "#general", "text": "Hello from Targetym"},
    words="text",
    done=lambda state: state["messages"],
    token="oauth.v2.access",
    revoke="apps.uninstall",
)
