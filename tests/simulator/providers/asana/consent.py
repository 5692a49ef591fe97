"""Asana's consent page.

Quirks: an app may ask for the scopes it is registered for and for no other, `default` among them
only if it has full permissions, and then nothing else; if not, the person sees `forbidden_scopes`.
A person takes all or nothing. `state` must be sent. An app that is not distributed to the person's
workspace is turned away on the page.

Source: developers.asana.com/docs/oauth (user authorization endpoint, troubleshooting).
"""

from dataclasses import dataclass

from tests.simulator import pages
from tests.simulator.standard.consent import Consent
from tests.simulator.standard.rules import Refused, StandardSettings
from tests.simulator.wire import Answer, Values, last

DEFAULT = "default"
NOT_DISTRIBUTED = "This app is not available to your Asana workspace or organization."
SCOPES = {
    "attachments:read": "View attachments",
    "attachments:write": "Add attachments",
    "custom_fields:read": "View custom fields",
    "custom_fields:write": "Create and modify custom fields",
    "goals:read": "View goals",
    "portfolios:read": "View portfolios",
    "portfolios:write": "Create and modify portfolios",
    "projects:delete": "Delete projects",
    "projects:read": "View projects",
    "projects:write": "Create and modify projects",
    "stories:read": "View comments and activity",
    "stories:write": "Create and modify comments",
    "tags:read": "View tags",
    "tags:write": "Create and modify tags",
    "tasks:delete": "Delete tasks",
    "tasks:read": "View tasks",
    "tasks:write": "Create and modify tasks",
    "teams:read": "View teams",
    "users:read": "View users, including their email addresses",
    "webhooks:delete": "Delete webhooks",
    "webhooks:read": "View webhooks",
    "webhooks:write": "Create and modify webhooks",
    "workspaces:read": "View workspaces",
    DEFAULT: "Access everything that you can access in Asana",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StandardSettings):
    """`full_permissions`: what the app is registered for is `default`. `distributed`: whether the
    app may be used in people's workspaces. `most_webhooks`: on one resource.
    """

    full_permissions: bool = False
    distributed: bool = True
    most_webhooks: int = 1000


class NoPage(Refused):
    """The person reads why, the app hears nothing."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(error)
        self.error, self.words = error, words

    def answer(self) -> Answer:
        return pages.refusal_page("Asana", self.error, self.words)


class AsanaConsent(Consent[Settings]):
    def _problem(self, query: Values) -> str | None:
        settings = self._grants.settings
        if not settings.distributed:
            raise NoPage("invalid_request", NOT_DISTRIBUTED)
        asked = set(self._scopes(query)) or {DEFAULT}
        registered = {DEFAULT} if settings.full_permissions else SCOPES.keys() - {DEFAULT}
        if not asked <= registered:
            forbidden = " ".join(sorted(asked - registered))
            words = f"Your app is not allowed to request user authorization for `{forbidden}`"
            raise NoPage("forbidden_scopes", f"{words} scopes.")
        return super()._problem(query) or (None if last(query, "state") else "invalid_request")

    def _scopes(self, query: Values) -> tuple[str, ...]:
        asked = super()._scopes(query)
        return asked or ((DEFAULT,) if self._grants.settings.full_permissions else ())
