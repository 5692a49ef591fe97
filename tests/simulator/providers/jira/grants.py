"""What people have granted to the app at Atlassian: one grant per person, over all their sites.

Rules played here:
- A consent for a further site joins the grant: every token of the person, the old ones too, then
  reaches both sites, with the scopes of the last consent.
- Site-restricted grants reach the site they were made for and no other.
- An administrator who uninstalls the app from a site ends nobody's grant: it just does not cover
  that site any more. A person who revokes it ends all of it.

Sources: developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps (check site access, grant
limitations, frequently asked questions).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.simulator.oauth import Context
from tests.simulator.providers.jira.people import (
    SEATS,
    Person,
    Seat,
    Site,
    find_person,
    find_site,
)
from tests.simulator.standard import grants as standard
from tests.simulator.standard.grants import Grant, Token
from tests.simulator.standard.rules import Rules, StandardSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StandardSettings):
    """`site_restricted`: the app has grants of the newer kind. `confluence`: its grants cover that
    product too, on the same sites and on one of its own. `owner`: the app is not shared, and this
    is the address of whoever made it.
    """

    site_restricted: bool = False
    confluence: bool = False
    owner: str = ""


class Grants(standard.Grants[Settings]):
    def __init__(self, context: Context, rules: Rules) -> None:
        super().__init__(context, rules, Settings())
        self._uninstalled: set[str] = set()

    def begin(self, account: str, scopes: Iterable[str], **details: Any) -> Grant:
        grant = super().begin(account, scopes, **details)
        self._uninstalled.discard(SEATS[account].site.id)
        if not self.settings.site_restricted:
            for other in self.of(SEATS[account].person):
                other.scopes = grant.scopes
        return grant

    def of(self, person: Person) -> list[Grant]:
        """The consents that are in force, each for a site."""
        return [
            grant
            for grant in self.grants
            if SEATS[grant.account].person == person and not grant.ended
        ]

    def sites(self, token: Token) -> list[Site]:
        """The Jira sites that a token reaches."""
        whole = self.of(SEATS[token.account].person)
        covered = [token.grant] if self.settings.site_restricted else whole
        sites = {seat.site.id: seat.site for seat in (SEATS[one.account] for one in covered)}
        return [site for site in sites.values() if site.id not in self._uninstalled]

    def covers(self, seat: Seat) -> bool:
        """Whether a person's grant still covers a site."""
        sites = {SEATS[grant.account].site.id for grant in self.of(seat.person)}
        return seat.site.id in sites - self._uninstalled

    def remove(self, reference: str) -> bool:
        """Uninstall the app from a site, or end a person's grant."""
        if site := find_site(reference):
            new = site.id not in self._uninstalled
            self._uninstalled.add(site.id)
            return new
        person = find_person(reference)
        living = self.of(person) if person else []
        for grant in living:
            grant.ended = True
        return bool(living)
