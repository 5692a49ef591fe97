"""How Slack's methods read their arguments: a form, or JSON when the token is in the header.

Source: docs.slack.dev/apis/web-api (posting JSON, warnings about charset).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulator.wire import FORM, JSON, Malformed, Request, last


class SlackError(Exception):
    """Slack says `ok: false` with this error."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error, self.details = error, details


@dataclass(frozen=True, slots=True)
class Arguments:
    request: Request
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        return self.values.get(name) in {True, "true", "1"}

    def token(self) -> str:
        """The header, or else the field of a form: a token in JSON or in the URL is not seen."""
        in_form = self.text("token") if self.request.content_type == FORM else ""
        return self.request.bearer() or in_form

    def warnings(self) -> list[str]:
        if self.request.content_type == JSON and not self.request.charset:
            return ["missing_charset"]
        if self.request.content_type == FORM and self.request.charset:
            return ["superfluous_charset"]
        return []


def read(request: Request) -> Arguments:
    if request.method == "GET":
        return Arguments(request, {name: last(request.query, name) for name in request.query})
    if not request.body:
        return Arguments(request, {})
    try:
        if request.content_type == JSON:
            values = request.json()
            if not isinstance(values, dict):
                raise SlackError("json_not_object")
            return Arguments(request, values)
        if request.content_type == FORM:
            form = request.form()
            return Arguments(request, {name: last(form, name) for name in form})
    except Malformed as bad:
        error = "invalid_json" if request.content_type == JSON else "invalid_form_data"
        raise SlackError(error) from bad
    raise SlackError("invalid_post_type" if request.content_type else "missing_post_type")
