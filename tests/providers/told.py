"""What one provider tells by webhook, for the tests that run over all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Told:
    """`event` and `details` are what the simulator's `notify` takes for the account of `Sample`;
    `type` and `resource` what is heard of it. `revoked`: the event by which the provider tells
    that the grant has ended, None where it tells nothing of the kind. `signed_by`: which secret
    proves a delivery: "webhook" and "client" are of our registration, "chosen" is derived for each
    subscription, "stored" is chosen by the provider for each.
    """

    event: str
    type: str
    resource: str | None
    signed_by: str
    details: Mapping[str, Any] = field(default_factory=dict)
    revoked: str | None = None
    scopes: tuple[str, ...] = ()


@cache
def told(provider: str) -> Told:
    found: Told = import_module(f"tests.providers.{provider}.told").TOLD
    return found
