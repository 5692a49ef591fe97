"""Inputs that the actions of several providers take."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from hub.limits import Len

type Email = Annotated[str, Len(3, 320)]


@dataclass(frozen=True, kw_only=True)
class When:
    """A moment: with an offset, or on the clocks of a time zone (IANA)."""

    date_time: datetime
    time_zone: Annotated[str, Len(1, 64)] | None = None
