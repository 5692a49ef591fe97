"""A provider's subscriptions of each kind there is, played beside Google's consent: every call of
it passes the taps, so that it can be cut short like all others.
"""

from collections.abc import Callable
from copy import replace
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from hub.errors import SubscriptionGone
from hub.providers._webhooks import Held, Made, Notify, Reach, Subscribing, Wanted, no_account
from hub.providers.google import webhooks as google
from tests.taps import PROVIDER, Step, Taps

HOUR = 3600
LIFE = 24 * HOUR
KEYS = ("calendar_events", "drive_files")
KINDS = ("renewed", "replaced", "endless")


@dataclass(kw_only=True)
class Live:
    key: str
    webhook_id: str
    ends_at: float | None


class Notifier:
    """`renewed` lives on by asking, `replaced` by a new one, `endless` until somebody ends it."""

    def __init__(
        self, kind: str, taps: Taps, clock: Callable[[], float], keys: tuple[str, ...] = KEYS
    ) -> None:
        self.keys = keys
        self._kind, self._taps, self._clock = kind, taps, clock
        self._numbers = count(1)
        self._all: dict[str, Live] = {}

    @property
    def live(self) -> dict[str, Live]:
        now = self._clock()
        return {
            name: each
            for name, each in self._all.items()
            if each.ends_at is None or now < each.ends_at
        }

    def lose(self) -> None:
        """Forget them all, as providers do after a day of failures."""
        self._all.clear()

    def webhooks(self) -> Any:
        """Give Google's webhooks with these subscriptions."""
        by = Subscribing(
            wanted=lambda _reach: tuple(Wanted(key=key, resource=key) for key in self.keys),
            create=partial(self._call, "create"),
            delete=partial(self._call, "delete"),
            renew=None if self._kind == "replaced" else partial(self._call, "renew"),
            check_seconds=HOUR if self._kind == "endless" else None,
        )
        return replace(google.WEBHOOKS, subscribing=by, routes=no_account)

    def _call(self, name: str, *given: Any) -> Any:
        return self._taps.pass_(Step(PROVIDER, name), partial(getattr(self, f"_{name}"), *given))

    def _create(self, _reach: Reach, wanted: Wanted, notify: Notify) -> Made:
        name = f"subscription-{next(self._numbers)}"
        self._all[name] = Live(
            key=wanted.key, webhook_id=notify.webhook_id, ends_at=self._ends_at()
        )
        return self._made(name)

    def _renew(self, _reach: Reach, held: Held, _notify: Notify) -> Made:
        if held.external_id not in self.live:
            raise SubscriptionGone
        self._all[held.external_id].ends_at = self._ends_at()
        return self._made(held.external_id)

    def _delete(self, _reach: Reach, held: Held) -> None:
        self._all.pop(held.external_id, None)

    def _ends_at(self) -> float | None:
        return None if self._kind == "endless" else self._clock() + LIFE

    def _made(self, name: str) -> Made:
        ends_at = self._all[name].ends_at
        return Made(external_id=name, ends_at=None if ends_at is None else int(ends_at))
