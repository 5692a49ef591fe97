"""Google Workspace, for tests of every provider."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="grace@example.org",
    other="ada@example.org",
    action="send_email",
    body={"to": "ada@example.org", "subject": "Hello", "body": "Welcome aboard!"},
    words="body",
    done=lambda state: state["mails"],
)
