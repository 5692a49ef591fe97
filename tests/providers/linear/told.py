"""Linear's events, for tests of every provider: those of the app's webhook."""

from tests.providers.told import Told

TOLD = Told(
    event="Issue.update",
    type="Issue.update",
    resource="issues",
    signed_by="webhook",
    revoked="OAuthApp.revoked",
)
