"""When credentials are refreshed: pure functions of tokens, the provider's rule and the time.

A refresh is due some time within a window that ends well before the token does. The moment is
drawn at random, so that what was connected within a minute is not refreshed within one (RF-17).
Times are whole seconds since the epoch; `draw` gives a number from 0 to 1.
"""

from collections.abc import Callable
from copy import replace
from typing import Final

from hub.models import Token, Tokens
from hub.providers._values import RefreshRule

type Draw = Callable[[], float]

EARLY_SECONDS: Final = 120
"""So long before its end a token counts as used up: who needs one then refreshes it first."""

TICK_SECONDS: Final = 300
"""How often the schedule runs. What is due in longer than that, it sends on in time."""

DAY: Final = 86_400
_KEEP_ALIVE: Final = 0.8  # of the idle limit (RF-23)
_WINDOW_BEGINS: Final = 0.4  # of a token's life before its end, at most…
_LONGEST_WINDOW: Final = 2400
_WINDOW_ENDS: Final = 0.1
_LONGEST_REST: Final = 600
_FIRST_PAUSE: Final = 60
_LONGEST_PAUSE: Final = 1800
_LEAST_PAUSE: Final = 5
_SHARE_OF_GRACE: Final = 1 / 3
_UNTOLD_LIFE: Final = 3600


def is_used_up(token: Token, now: float) -> bool:
    """Tell whether a token ends too soon to be handed out."""
    return token.expires_at is not None and token.expires_at - EARLY_SECONDS <= now


def bounded(token: Token, before: Token, now: float) -> Token:
    """Give a token a short life where the provider did not tell a usable one and the token before
    had an end (RF-12).
    """
    if token.expires_at is not None or before.expires_at is None:
        return token
    return replace(token, expires_at=int(now) + _UNTOLD_LIFE)


def is_alive(token: Token, now: float) -> bool:
    return token.expires_at is None or now < token.expires_at


def due_at(tokens: Tokens, rule: RefreshRule | None, now: float, draw: Draw) -> int | None:
    """Give when the first of the tokens wants refreshing; None if none ever does."""
    if rule is None:
        return None
    wanted = [_due(token, rule, now, draw) for token in (tokens.main, *tokens.extra.values())]
    times = [when for when in wanted if when is not None]
    return min(times) if times else None


def _due(token: Token, rule: RefreshRule, now: float, draw: Draw) -> int | None:
    if token.refresh is None:
        return None
    limits = []
    if token.expires_at is not None:
        life = max(token.expires_at - now, 0)
        begins = token.expires_at - min(life * _WINDOW_BEGINS, _LONGEST_WINDOW)
        ends = token.expires_at - min(life * _WINDOW_ENDS, _LONGEST_REST)
        limits.append(begins + (ends - begins) * draw())
    if rule.idle_days is not None:
        limits.append(now + rule.idle_days * DAY * _KEEP_ALIVE * (1 - 0.1 * draw()))
    return int(min(limits)) if limits else None


def first_due(tokens: Tokens) -> str:
    """Name the refreshable token that ends first; the main one where none ends."""
    ending = {
        name: token.expires_at
        for name, token in {"": tokens.main, **tokens.extra}.items()
        if token.refresh is not None and token.expires_at is not None
    }
    return min(ending, key=lambda name: ending[name]) if ending else ""


def retry_at(
    failures: int, asked: int | None, now: float, draw: Draw, *, until: float | None = None
) -> int:
    """Give when to try again after so many failures in a row: exponential with full jitter, and not
    before the provider asked for, so that those who were told the same do not come at once (RF-16).
    What can be had again `until` then only is asked for some times before (RF-10).
    """
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures, 10))
    if until is not None and until > now:
        longest = min(longest, max(_FIRST_PAUSE, (until - now) * _SHARE_OF_GRACE))
    return int(now + max(_LEAST_PAUSE, asked or 0) + (longest - _LEAST_PAUSE) * draw())
