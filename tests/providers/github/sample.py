"""GitHub, for tests of every provider."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="ada-byron",
    other="grace-hooper",
    action="create_issue",
    body={"repository": "globex/handbook", "title": "Update the travel rules"},
    words="title",
    done=lambda state: state["issues"],
    narrowing={"oauth_app": True},  # a GitHub App has no scopes that people could leave out
)
