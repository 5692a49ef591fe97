"""Switches of the play."""

from dataclasses import dataclass

from tests.simulator.standard.rules import StandardSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StandardSettings):
    """`admin_approval`: people may not consent themselves, and go back from the page that says so.
    `mail_blocked`: files can be shared, but nobody is told.
    """

    admin_approval: bool = False
    mail_blocked: bool = False
