"""How Atlassian refuses: its authorization server, its gateway, and Jira, each in its own form.

Sources: developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps (403 invalid_grant),
/cloud/jira/platform/rate-limiting, /cloud/jira/platform/rest/v3/intro (status codes);
community.developer.atlassian.com/t/66643 (a dead code), raycast/extensions issue 11212 (scope),
pycontribs/jira issue 934 and wso2/product-integrator-mi issue 3420 (fields), jira.js 6.2.0 (a wrong
secret, a no). The body of a 429 is not documented.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from tests.simulator.standard.rules import OAuthError, Refused
from tests.simulator.wire import Answer

DEAD_REFRESH_TOKEN = "Unknown or invalid refresh token."
# What the authorization server says -> status and how it is described.
OAUTH = {
    "access_denied": (HTTPStatus.UNAUTHORIZED, "Unauthorized"),
    "invalid_grant": (HTTPStatus.FORBIDDEN, DEAD_REFRESH_TOKEN),
    "unauthorized_client": (HTTPStatus.FORBIDDEN, "refresh_token is invalid"),
}


class GatewayError(Refused):
    def __init__(self, status: HTTPStatus, message: str, outcome: str) -> None:
        super().__init__(outcome)
        self.status, self.message, self.outcome = status, message, outcome

    def answer(self) -> Answer:
        content = {"code": int(self.status), "message": self.message}
        return Answer.json(content, status=self.status, outcome=self.outcome)


class JiraError(Refused):
    """`errors` by field, `messages` for the whole."""

    def __init__(
        self,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        outcome: str = "",
    ) -> None:
        super().__init__(outcome)
        self.messages, self.errors, self.status = list(messages), dict(errors or {}), status
        self.outcome = outcome or ",".join(self.errors) or "refused"

    def answer(self) -> Answer:
        content = {"errorMessages": self.messages, "errors": self.errors}
        return Answer.json(content, status=self.status, outcome=self.outcome)


# What the gateway refuses -> status and message.
GATEWAY = {
    "unauthorized": (HTTPStatus.UNAUTHORIZED, "Unauthorized"),
    "scope": (HTTPStatus.UNAUTHORIZED, "Unauthorized; scope does not match"),
    "not_installed": (HTTPStatus.FORBIDDEN, "The app is not installed on this instance"),
}
# What Jira refuses -> status and message.
JIRA = {
    "permission": (HTTPStatus.FORBIDDEN, "You do not have permission to do this."),
    "not_found": (
        HTTPStatus.NOT_FOUND,
        "Issue does not exist or you do not have permission to see it.",
    ),
    "configuration": (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The project cannot take issues at the moment.",
    ),
    "no_reason": (HTTPStatus.BAD_REQUEST, ""),
}


def refused(name: str) -> Refused:
    if name in GATEWAY:
        return GatewayError(*GATEWAY[name], name)
    status, message = JIRA[name]
    return JiraError(*filter(None, [message]), status=status, outcome=name)


def by_name(name: str) -> Answer:
    if name in GATEWAY.keys() | JIRA.keys():
        return refused(name).answer()
    status, description = OAUTH.get(name, (HTTPStatus.BAD_REQUEST, ""))
    return OAuthError(name, description, status=status).answer()


def as_atlassian(error: OAuthError) -> Answer:
    """What the standard says at the token endpoint, in this server's words."""
    if error.error == "invalid_client":
        return by_name("access_denied")
    if error.error != "invalid_grant":
        return error.answer()
    if error.description == DEAD_REFRESH_TOKEN:
        return by_name("invalid_grant")
    return OAuthError("invalid_request", "authorization_code is invalid").answer()


def too_many_requests(seconds: int, now: float) -> Answer:
    """With 0 seconds there is no Retry-After, which happens."""
    reset = datetime.fromtimestamp(now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = (
        ("RateLimit-Reason", "jira-burst-based"),
        ("X-RateLimit-Limit", "100"),
        ("X-RateLimit-Remaining", "0"),
    )
    if seconds:
        headers += (("Retry-After", str(seconds)), ("X-RateLimit-Reset", reset))
    content = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
    return Answer.json(
        content, status=HTTPStatus.TOO_MANY_REQUESTS, outcome="rate_limited", headers=headers
    )
