"""Passes that go by when objects were last changed, with providers that can be asked for what was
changed since a time.

The next pass begins at the newest change that this one has seen, but never after this one began:
what changes on a page that was read already is newer than what follows. It looks back a little from
there, since providers round times and are late to list a change; what it reads again is the same,
and costs no write.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hub.providers._sync import Asked, Cursor
from hub.providers._times import earlier, zulu

OVERLAP: Final = 120
"""Seconds."""


class Watermark:
    """What a pass remembers from its first page to its last; `since` is None in a full one."""

    def __init__(self, asked: Asked) -> None:
        at: Mapping[str, Any] = asked.at or {}
        self._since: str | None = at.get("since")
        self._newest: str | None = at.get("newest")
        self._began: str = at.get("began") or zulu(
            datetime.fromtimestamp(asked.now, UTC), "seconds"
        )

    @property
    def since(self) -> str | None:
        """From when changes are to be read: UTC with a Z, in whole seconds."""
        return None if self._since is None else earlier(self._since, OVERLAP)

    def meet(self, updated: Iterable[str]) -> None:
        """Note when objects of a page were changed, in the same form."""
        self._newest = max(filter(None, (self._newest, *updated)), default=None)

    def following(self, **place: Any) -> Cursor:
        """Give where the pass goes on."""
        kept = {"since": self._since, "newest": self._newest, "began": self._began}
        return {**{name: value for name, value in kept.items() if value is not None}, **place}

    def next_pass(self) -> Cursor:
        """Give where the next pass begins."""
        newest = max(filter(None, (self._newest, self._since)), default=self._began)
        return {"since": min(newest, self._began)}
