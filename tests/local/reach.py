"""Where functions find the servers of this machine: as processes of it, or in containers."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The name that functions call, and what must be listened on for it besides loopback."""

    name: str
    address: str | None = None


LOOPBACK = Reach(name="127.0.0.1")
