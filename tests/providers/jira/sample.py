"""Jira, for tests of every provider. Two people: one person's grant would reach both sites."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="Grace Hooper on Initech",
    other="Ada Byron on Globex",
    action="create_issue",
    body={"project": "HR", "summary": "Prepare a laptop"},
    words="summary",
    done=lambda state: state["issues"],
)
