"""A person in front of a consent page, for tests: reads the form as a browser does, and answers.

    callback = Person().approve(url, workspace="Globex", untick=["users:read"])

The address to which the provider sends the person back is returned, not opened. A provider that
asks nothing, because all was granted before, sends back at once.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests

TIMEOUT = 10


class NoConsentAsked(Exception):
    """The provider showed something else than a consent form; the text is its error."""


class NotOnThePage(LookupError):
    """An account or a permission that the page does not offer."""


@dataclass(slots=True)
class _Form(HTMLParser):
    """The form of a consent page: fields, boxes, accounts with their labels, buttons in order."""

    action: str | None = None
    hidden: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    select: str = ""
    options: dict[str, str] = field(default_factory=dict)
    chosen: str = ""
    buttons: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""
    _reading: str = ""

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._reading = ""
        match tag, given.get("type"):
            case "form", _:
                self.action = given.get("action", "")
            case "input", "hidden":
                self.hidden.append((given["name"], given["value"]))
            case "input", "checkbox" if "checked" in given:
                self.boxes.append((given["name"], given["value"]))
            case "select", _:
                self.select = given["name"]
            case "option", _:
                self._reading = f"option {given['value']}"
                if "selected" in given or not self.chosen:
                    self.chosen = given["value"]
            case "button", _:
                self.buttons.append((given["name"], given["value"]))
            case "code", _ if given.get("id") == "error":
                self._reading = "error"

    def handle_endtag(self, tag: str) -> None:
        self._reading = ""

    def handle_data(self, data: str) -> None:
        if self._reading == "error":
            self.error += data
        elif self._reading:
            value = self._reading.removeprefix("option ")
            self.options[value] = self.options.get(value, "") + data


class Person:
    def __init__(self, session: requests.Session | None = None) -> None:
        self._session = session or requests.Session()

    def approve(
        self, authorize_url: str, workspace: str | None = None, untick: Collection[str] = ()
    ) -> str:
        """Press the first button. `workspace` is the id of one on the page, or its label."""
        return self._answer(authorize_url, 0, workspace, untick)

    def deny(self, authorize_url: str) -> str:
        """Press the second button."""
        return self._answer(authorize_url, 1, None, ())

    def _answer(self, url: str, button: int, workspace: str | None, untick: Collection[str]) -> str:
        shown: Any = self._session.get(url, timeout=TIMEOUT, allow_redirects=False)
        if shown.is_redirect:
            return str(shown.headers["Location"])
        form = _Form()
        form.feed(shown.text)
        if form.action is None:
            raise NoConsentAsked(form.error or f"HTTP {shown.status_code}")
        fields = [*_filled(form, workspace, untick), form.buttons[button]]
        answered: Any = self._session.post(
            urljoin(url, form.action) if form.action else url,
            data=fields,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if not answered.is_redirect:
            raise NoConsentAsked(f"HTTP {answered.status_code}")
        return str(answered.headers["Location"])


def _filled(form: _Form, workspace: str | None, untick: Collection[str]) -> list[tuple[str, str]]:
    chosen = form.chosen
    if workspace is not None:
        fitting = [value for value, label in form.options.items() if workspace in {value, label}]
        if not fitting:
            raise NotOnThePage(workspace)
        chosen = fitting[0]
    missing = set(untick) - {scope for _, scope in form.boxes}
    if missing:
        raise NotOnThePage(", ".join(sorted(missing)))
    ticked = [box for box in form.boxes if box[1] not in untick]
    return [*form.hidden, (form.select, chosen), *ticked]
