"""Who opened which credentials, and what for: one line each time, also where it failed (TS-17)."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from hub.errors import HubError
from hub.values import Value

EVENT: Final = "credentials.opened"

type WriteLine = Callable[[str, Mapping[str, str]], None]


class Audit(Value):
    """Whoever opens credentials, and why. `write` puts a line where nobody who reads tokens can
    change it: the function's log, which adds the request's id.
    """

    by: str
    purpose: str
    write: WriteLine

    @contextmanager
    def opening(
        self, organization_id: str, integration_id: str, provider_id: str
    ) -> Iterator[None]:
        """Leave one line about what is opened within, whatever comes of it."""
        outcome = "opened"
        try:
            yield
        except HubError as error:
            outcome = type(error).__name__
            raise
        finally:
            self.write(
                EVENT,
                {
                    "by": self.by,
                    "purpose": self.purpose,
                    "organization": organization_id,
                    "integration_id": integration_id,
                    "provider": provider_id,
                    "outcome": outcome,
                },
            )


def person(user_id: str) -> str:
    """Give a person in a log: recognisable to whoever knows the id, which may be an address."""
    return f"person:{hashlib.sha256(user_id.encode()).hexdigest()[:16]}"
