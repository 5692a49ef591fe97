"""GitHub's events, for tests of every provider: those of a GitHub App. That a grant has ended is a
question there, which GitHub is asked, and no end.
"""

from tests.providers.told import Told

TOLD = Told(
    event="issues",
    type="issues.opened",
    resource="issues",
    signed_by="webhook",
)
