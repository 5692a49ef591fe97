"""Settings of our registration with Google: where Gmail publishes what it tells, the audience that
the topic's push subscription puts into its tokens, and the service account that signs them. All
three, or mailboxes are not watched.
"""

from collections.abc import Mapping
from typing import Final

TOPIC: Final = "pubsubTopic"
AUDIENCE: Final = "pubsubAudience"
SERVICE_ACCOUNT: Final = "pubsubServiceAccount"
SETTINGS: Final[Mapping[str, str]] = {TOPIC: "", AUDIENCE: "", SERVICE_ACCOUNT: ""}


def watches_mailboxes(settings: Mapping[str, str]) -> bool:
    """Tell whether mailboxes may be watched: whoever is told must be able to verify it."""
    return all(settings.get(name) for name in SETTINGS)
