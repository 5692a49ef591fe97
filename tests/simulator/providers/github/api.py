"""GitHub's REST API in general: who comes in, what it refuses, and the headers of every answer.

Quirks: an app must say who it is (`User-Agent`); what a person may not see does not exist; a limit
is a 403 or 429, with or without headers that say so.

Sources: github/docs, content/rest/using-the-rest-api/rate-limits-for-the-rest-api.md,
/troubleshooting-the-rest-api.md; octokit/fixtures, scenarios/api.github.com/errors; PyGithub,
tests/ReplayData; cli/cli issue 2661 (SAML), gitbutlerapp/gitbutler issue 8594 (restrictions),
app-sre/github-mirror pull request 62 (secondary limit).
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.github.people import PEOPLE
from tests.simulator.providers.github.rules import Grants
from tests.simulator.standard.grants import Token
from tests.simulator.standard.rules import Refused
from tests.simulator.wire import Answer, Malformed, Request

DOCS = "https://docs.github.com"
VERSIONS = frozenset({"2022-11-28", "2026-03-10"})
ACCEPTED = re.compile(r"application/(vnd\.github[\w.-]*\+)?json|\*/\*")
LIMIT = 5_000
LIMITS = f"{DOCS}/rest/using-the-rest-api/rate-limits-for-the-rest-api"
HALF_AN_HOUR = 1_800
PRIMARY, SECONDARY = "primary_limit", "secondary_limit"


class ApiError(Refused):
    """`name` is for the log; GitHub has none."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        name: str = "",
        page: str = f"{DOCS}/rest",
        errors: tuple[Mapping[str, Any], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.page = int(status), message, page
        self.name, self.errors = name or f"http_{int(status)}", errors
        self.headers = headers or {}

    def answer(self) -> Answer:
        content: dict[str, Any] = {"message": self.message, "documentation_url": self.page}
        if self.errors:
            content["errors"] = list(self.errors)
        content["status"] = str(self.status)
        return Answer.json(
            content,
            status=self.status,
            outcome=self.name,
            headers=tuple(self.headers.items()),
        )


def not_found(page: str = f"{DOCS}/rest") -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, "Not Found", name="not_found", page=page)


def bad_credentials() -> ApiError:
    return ApiError(HTTPStatus.UNAUTHORIZED, "Bad credentials", name="bad_credentials")


def limits(now: float, used: int) -> dict[str, str]:
    """What every answer tells."""
    return {
        "X-RateLimit-Limit": str(LIMIT),
        "X-RateLimit-Remaining": str(LIMIT - used),
        "X-RateLimit-Used": str(used),
        "X-RateLimit-Reset": str(int(now) + HALF_AN_HOUR),
        "X-RateLimit-Resource": "core",
    }


def secondary_limit(seconds: int, now: float) -> ApiError:
    """With 0 seconds there is no header that says so, as happens."""
    return ApiError(
        HTTPStatus.FORBIDDEN,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        name=SECONDARY,
        page=f"{LIMITS}#about-secondary-rate-limits",
        headers=limits(now, 10) | ({"Retry-After": str(seconds)} if seconds else {}),
    )


def by_name(name: str, now: float) -> ApiError | None:
    """A refusal of the API that a test can order; None: it is none of these."""
    refused = {
        PRIMARY: ApiError(
            HTTPStatus.FORBIDDEN,
            "API rate limit exceeded for user ID 1001.",
            name=PRIMARY,
            page=LIMITS,
            headers=limits(now, LIMIT),
        ),
        SECONDARY: secondary_limit(0, now),
        "bad_credentials": bad_credentials(),
        "not_found": not_found(),
        "validation": ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed"),
        "single_sign_on": ApiError(
            HTTPStatus.FORBIDDEN,
            "Resource protected by organization SAML enforcement. You must grant your OAuth token "
            "access to this organization.",
            name="single_sign_on",
            headers={
                "X-GitHub-SSO": "required; url=https://github.com/orgs/globex/sso?authorization_"
                "request=AAAA"
            },
        ),
        "restricted": ApiError(
            HTTPStatus.FORBIDDEN,
            "Although you appear to have the correct authorization credentials, the `globex` "
            "organization has enabled OAuth App access restrictions, meaning that data access to "
            "third-parties is limited.",
            name="restricted",
        ),
        "unavailable": ApiError(
            HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable", name="unavailable"
        ),
    }
    return refused.get(name)


class Door:
    """The API's entrance, and what it says of the limits on the way out."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants
        self._used: dict[str, int] = {}

    def enter(self, request: Request, call: Call) -> Token:
        if not request.headers.get("user-agent"):
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "Request forbidden by administrative rules. Please make sure your request has a "
                "User-Agent header.",
                name="no_user_agent",
            )
        if request.headers.get("x-github-api-version", "2022-11-28") not in VERSIONS:
            raise ApiError(HTTPStatus.BAD_REQUEST, "Not a supported version", name="version")
        if not ACCEPTED.match(request.headers.get("accept", "*/*")):
            raise ApiError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "Unsupported 'Accept' header. Must accept 'application/json'.",
                name="accept",
            )
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        call.saw("token", value)
        token = self._grants.find(value) if scheme.lower() in {"bearer", "token"} else None
        if token is None:
            raise bad_credentials()
        self._used[token.account] = self._used.get(token.account, 0) + 1
        return token

    def leave(self, token: Token, now: float) -> tuple[tuple[str, str], ...]:
        """The headers of an answer."""
        told = limits(now, self._used[token.account]) | {
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-OAuth-Scopes": ", ".join(token.scopes),
            "X-Accepted-OAuth-Scopes": "",
        }
        return tuple(told.items())


def json_object(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except Malformed as bad:
        raise ApiError(HTTPStatus.BAD_REQUEST, "Problems parsing JSON", name="not_json") from bad
    if not isinstance(body, dict):
        raise ApiError(HTTPStatus.BAD_REQUEST, "Body should be a JSON object", name="not_an_object")
    return body


def user(token: Token) -> dict[str, Any]:
    """`GET /user`, as far as it matters to anyone here."""
    person = PEOPLE[token.account]
    return {
        **simple_user(person.login),
        "name": person.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": 2,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2019-03-01T09:00:00Z",
        "updated_at": "2026-11-01T09:00:00Z",
    }


def simple_user(login: str) -> dict[str, Any]:
    person = PEOPLE.get(login)
    return {
        "login": login,
        "id": person.id if person else 2001,
        "node_id": f"U_{login}",
        "avatar_url": f"https://avatars.githubusercontent.com/{login}",
        "url": f"https://api.github.com/users/{login}",
        "html_url": f"https://github.com/{login}",
        "type": "User" if person else "Organization",
        "site_admin": False,
    }
