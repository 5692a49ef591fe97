"""GitHub's lists, page by page, each told by the one before.
https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from hub.http_types import Answer, Send
from hub.providers import _rest
from hub.providers.github.client import HEADERS, failure
from hub.values import NOTHING

_NEXT: Final = re.compile(r'<([^<>]+)>;\s*rel="next"')
_SUCCESS: Final = 300

type Listed = tuple[list[dict[str, Any]], str | None]
"""The objects of a page, and where the next one is."""


class GitHubReader:
    """Lists for one person's token, as `GitHubClient`. Raises ReauthRequired, RateLimited,
    ProviderError, ProviderUnavailable, ProviderTimeout.
    """

    def __init__(self, token: str, send: Send, api: str) -> None:
        self._token, self._send, self._api = token, send, api

    def repositories(self, size: int) -> Listed:
        """Read the first page of the repositories that the person and the app both reach, oldest
        first. https://docs.github.com/en/rest/repos/repos
        """
        return self._page("/user/repos", sort="created", direction="asc", per_page=size)

    def issues(self, size: int, since: str | None) -> Listed:
        """Read the first page of all issues, pull requests among them, that the person sees, oldest
        first. `since`: only those updated since that time, ISO 8601 in UTC.
        https://docs.github.com/en/rest/issues/issues
        """
        return self._page(
            "/issues",
            filter="all",
            state="all",
            sort="created",
            direction="asc",
            per_page=size,
            since=since,
        )

    def following(self, url: str) -> Listed:
        """Read a page that the one before has told of. Raises ProviderError for one elsewhere."""
        return self._read(_rest.followed(url, self._api), NOTHING)

    def _page(self, path: str, **query: Any) -> Listed:
        return self._read(f"{self._api}{path}", query)

    def _read(self, url: str, query: Mapping[str, Any]) -> Listed:
        answer = _rest.read(self._send, self._token, url, query, HEADERS)
        if answer.status >= _SUCCESS:
            raise failure(answer)
        return _rest.entries(answer), _next(answer)


def _next(answer: Answer) -> str | None:
    found = _NEXT.search(answer.headers.get("link", ""))
    return found[1] if found else None
