"""Atlassian's authorization server, where people grant Jira and Trello alike.

https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/

- The token endpoint takes JSON. Refresh tokens rotate; a spent one is taken for ten minutes more,
  one that is unused for 90 days dies.
- A code that is wrong, used or too old is `invalid_request` with HTTP 400, a dead refresh token
  `invalid_grant` or `unauthorized_client` with HTTP 403, a wrong id or secret of ours
  `access_denied` with HTTP 401: descriptions tell what is dead from what we did wrong.
- There is no revocation: people end a grant in their Atlassian account.

Codes and descriptions are documented nowhere: community.developer.atlassian.com/t/66643 and
clients that met them, jira.js 6.2.0 among others. Older servers said `invalid_grant` for a code too
(community.atlassian.com, qaq-p/1442839).
"""

from collections.abc import Mapping
from typing import Final

from hub.errors import ClientRefused, HubError
from hub.http_types import Answer
from hub.providers import _rest
from hub.providers._standard import read_standard_error
from hub.providers._values import RefreshRule

AUTHORIZATION: Final = "https://auth.atlassian.com/authorize"
TOKEN: Final = "https://auth.atlassian.com/oauth/token"  # noqa: S105  # an address
OFFLINE: Final = "offline_access"
REFRESH: Final = RefreshRule(rotates=True, grace=600, idle_days=90)
ERRORS: Final[Mapping[str, type[HubError]]] = {"access_denied": ClientRefused}
_DEAD: Final = frozenset({"authorization_code is invalid", "refresh_token is invalid"})


def read_error(answer: Answer) -> str | None:
    """Tell a code or token that is no longer good from a request of ours that is wrong."""
    code = read_standard_error(answer)
    if code is None:
        return None
    description = _rest.text(_rest.content(answer).get("error_description"))
    return "invalid_grant" if description in _DEAD else code
