"""How Google refuses: the OAuth endpoints by RFC 6749, the APIs by an object of their own.

Quirk of the APIs: what the common front refuses (tokens, scopes, quota) carries `status` and
`details`, and Gmail's own refusals carry `status`; Calendar's and Drive's carry neither.

Sources: developers.google.com/identity/protocols/oauth2/web-server (errors),
developers.google.com/workspace/calendar/api/guides/errors, /drive/api/guides/handle-errors,
/gmail/api/guides/handle-errors; googleworkspace/cli issue 282, analogdotnow/Analog issue 296,
Byron/google-apis-rs issue 351 (bodies as they came).
"""

from abc import ABC, abstractmethod
from http import HTTPStatus
from typing import Any

from tests.simulator.wire import Answer

REALM = 'Bearer realm="https://accounts.google.com/"'
STATUS = {
    HTTPStatus.BAD_REQUEST: "INVALID_ARGUMENT",
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.TOO_MANY_REQUESTS: "RESOURCE_EXHAUSTED",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL",
    HTTPStatus.SERVICE_UNAVAILABLE: "UNAVAILABLE",
}
# Reason -> status, message: what an API can be ordered to answer.
REASONS = {
    "rateLimitExceeded": (HTTPStatus.FORBIDDEN, "Rate Limit Exceeded"),
    "userRateLimitExceeded": (HTTPStatus.FORBIDDEN, "User Rate Limit Exceeded"),
    "quotaExceeded": (HTTPStatus.FORBIDDEN, "Calendar usage limits exceeded."),
    "dailyLimitExceeded": (HTTPStatus.FORBIDDEN, "Daily Limit Exceeded"),
    "domainPolicy": (HTTPStatus.FORBIDDEN, "The domain administrators have disabled this app."),
    "forbidden": (HTTPStatus.FORBIDDEN, "Forbidden"),
    "notFound": (HTTPStatus.NOT_FOUND, "Not Found"),
    "authError": (HTTPStatus.UNAUTHORIZED, "Invalid Credentials"),
    "backendError": (HTTPStatus.SERVICE_UNAVAILABLE, "Backend Error"),
    "internalError": (HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Error"),
}
LIMITS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
)
UNAUTHORIZED_CLIENT = {
    "invalid_client": "The OAuth client was not found.",
    "deleted_client": "The OAuth client was deleted.",
}
OTHER_DESCRIPTIONS = {
    "invalid_grant": "Token has been expired or revoked.",
    "admin_policy_enforced": "Access to this app is blocked by the policy of the administrator.",
}
REAUTHENTICATION = "invalid_rapt"  # no error of its own: a subtype of invalid_grant


class Refused(Exception, ABC):
    @abstractmethod
    def answer(self) -> Answer:
        """How Google says no."""


class OAuthError(Refused):
    def __init__(
        self, error: str, description: str = "", *, status: int = 400, subtype: str = ""
    ) -> None:
        super().__init__(error)
        self.error, self.description = error, description
        self.status, self.subtype = status, subtype

    def answer(self) -> Answer:
        content = {"error": self.error}
        if self.description:
            content["error_description"] = self.description
        if self.subtype:
            content["error_subtype"] = self.subtype
        return Answer.json(content, status=self.status, outcome=self.subtype or self.error)


class ApiError(Refused):
    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: tuple[str, str] | None = None,
        general: dict[str, Any] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        short: str = "",
    ) -> None:
        """`location` is its type and name; `general` is what only newer answers have; where
        these word the message anew, the old one is `short`.
        """
        super().__init__(reason)
        self.status, self.reason, self.message = status, reason, message
        self.domain, self.location = domain, location
        self.general, self.headers = general or {}, headers
        self.short = short or message

    def answer(self) -> Answer:
        one = {"message": self.short, "domain": self.domain, "reason": self.reason}
        if self.location:
            one |= {"locationType": self.location[0], "location": self.location[1]}
        error = {"code": self.status, "message": self.message, "errors": [one], **self.general}
        return Answer.json(
            {"error": error}, status=self.status, outcome=self.reason, headers=self.headers
        )


def bad_request(reason: str, message: str, location: tuple[str, str] | None = None) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, reason, message, location=location)


def named(
    status: HTTPStatus, reason: str, message: str, detail: dict[str, Any] | None = None
) -> ApiError:
    """With the `status` of newer answers, and a detail where there is one."""
    general: dict[str, Any] = {"status": STATUS[status]}
    if detail:
        info = "type.googleapis.com/google.rpc.ErrorInfo"
        general["details"] = [{"@type": info, "domain": "googleapis.com", **detail}]
    return ApiError(status, reason, message, general=general)


def unauthenticated(*, token_sent: bool) -> ApiError:
    wrong = "had invalid authentication credentials" if token_sent else "is missing required"
    refused = named(
        HTTPStatus.UNAUTHORIZED,
        "authError" if token_sent else "required",
        f"Request {wrong}{'' if token_sent else ' authentication credential'}. Expected OAuth 2 "
        "access token, login cookie or other valid authentication credential.",
        {"reason": "ACCESS_TOKEN_INVALID" if token_sent else "CREDENTIALS_MISSING"},
    )
    refused.short = "Invalid Credentials" if token_sent else "Login Required."
    refused.location = ("header", "Authorization")
    problem = ', error="invalid_token"' if token_sent else ""
    refused.headers = (("WWW-Authenticate", REALM + problem),)
    return refused


def insufficient_scope(needed: str, service: str, method: str) -> ApiError:
    refused = named(
        HTTPStatus.FORBIDDEN,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        {
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "metadata": {"service": service, "method": method},
        },
    )
    refused.short = "Insufficient Permission"
    problem = f', error="insufficient_scope", scope="{needed}"'
    refused.headers = (("WWW-Authenticate", REALM + problem),)
    return refused


def too_many_requests(seconds: int) -> ApiError:
    """Google promises no Retry-After: none is sent with 0 seconds."""
    refused = named(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rateLimitExceeded",
        "Resource has been exhausted (e.g. check quota).",
        {"reason": "RATE_LIMIT_EXCEEDED"},
    )
    refused.headers = (("Retry-After", str(seconds)),) if seconds else ()
    return refused


def by_name(name: str) -> Refused:
    """The refusal that goes by an OAuth error (`invalid_grant`) or a reason (`notFound`)."""
    if name == REAUTHENTICATION:
        return OAuthError("invalid_grant", "reauth related error (invalid_rapt)", subtype=name)
    if name in REASONS:
        status, message = REASONS[name]
        domain = "usageLimits" if name in LIMITS else "global"
        return ApiError(status, name, message, domain=domain)
    status = HTTPStatus.UNAUTHORIZED if name in UNAUTHORIZED_CLIENT else HTTPStatus.BAD_REQUEST
    words = UNAUTHORIZED_CLIENT | OTHER_DESCRIPTIONS
    return OAuthError(name, words.get(name, ""), status=status)
