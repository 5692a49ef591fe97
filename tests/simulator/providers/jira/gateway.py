"""What stands before all of Atlassian's products: who holds a token, which sites it reaches, and
whether a call may go on to Jira.

Sources: developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps (check site access, public
profile): the sites are a bare array, and one id may come several times.
"""

from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.jira.errors import refused
from tests.simulator.providers.jira.grants import Grants
from tests.simulator.providers.jira.people import SEATS, WIKI, Seat, Site
from tests.simulator.standard.grants import Token
from tests.simulator.wire import Answer, Request

AVATAR = "https://site-admin-avatar-cdn.prod.public.atl-paas.net/avatars/240/flag.png"
CONFLUENCE = ("read:confluence-content.all", "write:confluence-content")


class Gateway:
    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def sites(self, request: Request, call: Call) -> Answer:
        token = self._enter(request, call)
        own = [scope for scope in token.scopes if ":jira" in scope]
        found = [_container(site, own) for site in self._grants.sites(token) if own]
        if found and self._grants.settings.confluence:
            wikis = [*self._grants.sites(token), WIKI]
            found = [*(_container(site, CONFLUENCE) for site in wikis), *found]
        return Answer.json(found)

    def me(self, request: Request, call: Call) -> Answer:
        token = self._enter(request, call, "read:me")
        person = SEATS[token.account].person
        profile = {
            "account_type": "atlassian",
            "account_id": person.id,
            "email": person.email,
            "name": person.name,
            "picture": AVATAR,
            "account_status": "active",
            "nickname": person.name,
            "zoneinfo": "Europe/Paris",
            "locale": "en-GB",
            "extended_profile": {"job_title": "Designer", "organization": "Targetym"},
        }
        return Answer.json(profile)

    def pass_on(self, request: Request, call: Call, scope: str) -> Seat:
        """Let a call through to Jira; give who calls and on which site."""
        token = self._enter(request, call, scope)
        for site in self._grants.sites(token):
            if site.id == request.named["site"]:
                return Seat(person=SEATS[token.account].person, site=site)
        raise refused("not_installed")

    def _enter(self, request: Request, call: Call, scope: str | None = None) -> Token:
        token = self._grants.bearer(request, call)
        if token is None:
            raise refused("unauthorized")
        if scope is not None and scope not in token.scopes:
            raise refused("scope")
        return token


def _container(site: Site, scopes: Any) -> dict[str, Any]:
    return {
        "id": site.id,
        "url": site.url,
        "name": site.name,
        "scopes": list(scopes),
        "avatarUrl": AVATAR,
    }
