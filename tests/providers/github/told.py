"""GitHub's events, for tests of every provider: those of a GitHub App."""

from tests.providers.told import Told

TOLD = Told(
    event="issues",
    type="issues.opened",
    resource="issues",
    signed_by="webhook",
    revoked="github_app_authorization",
)
