"""How Linear refuses: one form for all of GraphQL, with a code and a type, and whatever status
`extensions.http` names, which is 200 where it names none. What echoes the caller's values does so
here too.

Sources: linear/linear issue 895 (FORBIDDEN), answers captured in tests of other repositories
(AUTHENTICATION_ERROR with 401, INPUT_ERROR and INVALID_INPUT with 200), packages/sdk/src/error.ts
(types), linear.app/developers/rate-limiting (400, RATELIMITED, times in milliseconds).
"""

from http import HTTPStatus
from typing import Any

from tests.simulator.wire import Answer

PER_HOUR = 5_000
POINTS_PER_HOUR = 2_000_000
COST = 8
# What can be ordered by its code: type, status.
TYPES = {
    "AUTHENTICATION_ERROR": ("authentication error", HTTPStatus.UNAUTHORIZED),
    "FORBIDDEN": ("forbidden", HTTPStatus.BAD_REQUEST),
    "INPUT_ERROR": ("invalid input", None),
    "INVALID_INPUT": ("invalid input", None),
    "QUOTA_EXCEEDED": ("invalid input", None),
    "USAGE_LIMIT_EXCEEDED": ("usage limit exceeded", None),
    "FEATURE_NOT_ACCESSIBLE": ("feature not accessible", None),
    "GRAPHQL_VALIDATION_FAILED": ("graphql error", HTTPStatus.BAD_REQUEST),
    "INTERNAL_SERVER_ERROR": ("internal error", HTTPStatus.INTERNAL_SERVER_ERROR),
    "LOCK_TIMEOUT": ("lock timeout", None),
}


class ApiError(Exception):
    """`status` is the one of HTTP; None leaves it at 200, with `data: null` and where in
    the document it was.
    """

    def __init__(self, code: str, message: str, words: str = "", **more: Any) -> None:
        super().__init__(message)
        self.code = code
        kind, self.status = TYPES.get(code, ("other", None))
        self.extensions: dict[str, Any] = {"type": kind, "code": code, "userError": True, **more}
        self.extensions.setdefault("statusCode", int(self.status or HTTPStatus.BAD_REQUEST))
        if words:
            self.extensions["userPresentableMessage"] = words
        if self.status:
            self.extensions["http"] = {"status": int(self.status)}

    def content(self, **where: Any) -> dict[str, Any]:
        if self.status:
            return {"errors": [{"message": str(self), "extensions": self.extensions}]}
        error = {"message": str(self), **where, "extensions": self.extensions}
        return {"errors": [error], "data": None}


def unauthenticated() -> ApiError:
    words = "You need to authenticate to access this operation."
    message = "Authentication required, not authenticated"
    return ApiError("AUTHENTICATION_ERROR", message, words, meta={})


def scope_missing(scope: str) -> ApiError:
    message = f"Invalid scope: `{scope}` required"
    return ApiError("FORBIDDEN", message, statusCode=int(HTTPStatus.FORBIDDEN))


def not_found(what: str) -> ApiError:
    words = f"Could not find referenced {what}."
    return ApiError("INPUT_ERROR", f"Entity not found: {what}", words)


def invalid(name: str, value: Any, problem: str) -> ApiError:
    error = {
        "property": name,
        "value": value,
        "target": {name: value},
        "constraints": {"customValidation": problem},
    }
    return ApiError(
        "INVALID_INPUT", "Argument Validation Error", f"{problem}.", validationErrors=[error]
    )


def named(code: str) -> ApiError:
    return ApiError(code, f"{code}, with words of Linear's own", "Words for the person")


def limits(now: float) -> tuple[tuple[str, str], ...]:
    """What every answer of the API tells about limits that are far away."""
    reset = str(int((now + 3600) * 1000))
    return (
        ("X-RateLimit-Requests-Limit", str(PER_HOUR)),
        ("X-RateLimit-Requests-Remaining", str(PER_HOUR - 1)),
        ("X-RateLimit-Requests-Reset", reset),
        ("X-Complexity", str(COST)),
        ("X-RateLimit-Complexity-Limit", str(POINTS_PER_HOUR)),
        ("X-RateLimit-Complexity-Remaining", str(POINTS_PER_HOUR - COST)),
        ("X-RateLimit-Complexity-Reset", reset),
    )


def too_many_requests(now: float, seconds: int) -> Answer:
    """No Retry-After: when to come back is a time, and with 0 seconds not even that."""
    words = f"Rate limit exceeded. Only {PER_HOUR} requests are allowed per 1 hour."
    error = {
        "message": words,
        "extensions": {
            "type": "ratelimited",
            "code": "RATELIMITED",
            "statusCode": int(HTTPStatus.TOO_MANY_REQUESTS),
            "userError": True,
            "http": {"status": int(HTTPStatus.BAD_REQUEST)},
        },
    }
    used_up = {
        "X-RateLimit-Requests-Remaining": "0",
        "X-RateLimit-Requests-Reset": str(int((now + seconds) * 1000)),
    }
    told = dict(limits(now)) | (used_up if seconds else {})
    return Answer.json(
        {"errors": [error]},
        status=HTTPStatus.BAD_REQUEST,
        outcome="RATELIMITED",
        headers=tuple(told.items()),
    )
