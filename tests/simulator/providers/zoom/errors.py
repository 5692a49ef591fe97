"""How Zoom refuses: pages for a person, `{reason, error}` at the token endpoint, `{code, message}`
at the APIs.

Quirks: a wrong client is status 400; the reason for a bad code repeats the code; a scope that is
missing is status 400 too; a person's own limit is told without any header.

Sources: raycast/extensions issue 10896, JubaerHossain/zoom-laravel issues 3 and 15 (bodies as they
came), devforum.zoom.us 77062, 18928 (429), 14899, developers.zoom.us/docs/api/errors,
developers.zoom.us/docs/integrations/oauth-error-messages.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator import pages
from tests.simulator.standard.rules import Refused
from tests.simulator.wire import Answer

TRACKING = (("x-zm-trackingid", "v=2.0;clid=sim;rid=WEB_0"),)
REASONS = {
    "invalid_client": "Invalid client_id or client_secret",
    "invalid_grant": "Invalid Token!",
    "invalid_request": "Missing grant type.",
    "unsupported_grant_type": "Grant type is not supported from token endpoint.",
}
# Number -> status, message: what an API can be ordered to answer.
NUMBERS = {
    124: (HTTPStatus.UNAUTHORIZED, "Invalid access token."),
    200: (HTTPStatus.FORBIDDEN, "Only available for Paid account."),
    300: (HTTPStatus.BAD_REQUEST, "Validation Failed."),
    1001: (HTTPStatus.NOT_FOUND, "User does not exist."),
    1010: (HTTPStatus.NOT_FOUND, "User does not belong to this account."),
    4711: (HTTPStatus.BAD_REQUEST, "Invalid access token, does not contain scopes:[]."),
}


class NoConsent(Refused):
    """A page for the person; the browser does not go back."""

    def __init__(self, words: str, number: str) -> None:
        super().__init__(number)
        self.words, self.number = words, number

    def answer(self) -> Answer:
        return pages.refusal_page("Zoom", self.number, f"{self.words} ({self.number})")


class TokenRefused(Refused):
    def __init__(self, error: str, reason: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.reason = reason or REASONS.get(error, "Bad request")

    def answer(self) -> Answer:
        return Answer.json(
            {"reason": self.reason, "error": self.error},
            status=HTTPStatus.BAD_REQUEST,
            outcome=self.error,
            headers=TRACKING,
        )


class ApiRefused(Refused):
    def __init__(self, number: int, message: str = "", **details: Any) -> None:
        super().__init__(number)
        status, usual = NUMBERS.get(number, (HTTPStatus.BAD_REQUEST, "Bad request."))
        self.status, self.number = status, number
        self.content = {"code": number, "message": message or usual, **details}

    def answer(self) -> Answer:
        return Answer.json(
            self.content, status=self.status, outcome=str(self.number), headers=TRACKING
        )


class TooMany(Refused):
    """`resumes_at`: when an account's day is over; None: its second."""

    def __init__(self, resumes_at: float | None) -> None:
        super().__init__("429")
        self.resumes_at = resumes_at

    def answer(self) -> Answer:
        if self.resumes_at is None:
            return _limited(
                "You have reached the maximum per-second rate limit for this API. Try again later.",
                ("X-RateLimit-Type", "QPS"),
            )
        resumes = datetime.fromtimestamp(self.resumes_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _limited(
            "You have reached the maximum daily rate limit for this API.",
            ("X-RateLimit-Type", "Daily-limit"),
            ("Retry-After", resumes),
        )


class TooManyMeetings(Refused):
    """One person's day."""

    def __init__(self, most: int) -> None:
        super().__init__("429")
        self.most = most

    def answer(self) -> Answer:
        return _limited(
            f"You have exceeded the daily rate limit ({self.most}) of Meeting Create/Update API "
            "requests permitted for this particular user. You may resume these requests at GMT "
            "00:00:00."
        )


def _limited(message: str, *headers: tuple[str, str]) -> Answer:
    return Answer.json(
        {"code": 429, "message": message},
        status=HTTPStatus.TOO_MANY_REQUESTS,
        outcome="429",
        headers=(("X-RateLimit-Category", "Light"), *headers, *TRACKING),
    )


def invalid_fields(*names: str) -> ApiRefused:
    return ApiRefused(300, errors=[{"field": name, "message": "Invalid field."} for name in names])


def by_name(name: str) -> Refused:
    """The refusal that goes by a number of the API (`4711`) or an OAuth error (`invalid_grant`)."""
    return ApiRefused(int(name)) if name.isdigit() else TokenRefused(name)
