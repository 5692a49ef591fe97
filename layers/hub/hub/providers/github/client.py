"""GitHub's REST API, as far as Targetym uses it.

https://docs.github.com/en/rest/issues/issues#create-an-issue
https://docs.github.com/en/rest/users/users#get-the-authenticated-user
https://docs.github.com/en/rest/apps/installations
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hub.errors import (
    HubError,
    InsufficientScope,
    InvalidRequest,
    ProviderUnavailable,
    RateLimited,
)
from hub.http_types import Answer, Send
from hub.models import Account
from hub.providers import _rest

if TYPE_CHECKING:
    from hub.providers.github.reading import GitHubReader

API: Final = "https://api.github.com"
HEADERS: Final[Mapping[str, str]] = {
    "accept": "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",  # GitHub Enterprise Server knows this one too
    "user-agent": "Targetym",  # without one GitHub refuses to answer
}
APP_TOKEN: Final = "ghu_"  # noqa: S105  # how a GitHub App's tokens begin; an OAuth App's: gho_
REPO: Final = "repo"

_WRITES_ISSUES: Final = frozenset({REPO, "public_repo"})
_DEFAULT_WAIT: Final = 60
_PAGE: Final = 100
_MOST_PAGES: Final = 10
_OK: Final = 200
_CREATED: Final = 201
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_INVALID: Final = 422
_LIMITED: Final = frozenset({_FORBIDDEN, _rest.TOO_MANY_REQUESTS})
_MOVED: Final = "This repository was renamed or moved. Use its new name."
_SINGLE_SIGN_ON: Final = (
    "This organization wants a single sign-on. Sign in to it at GitHub, then use Reconnect."
)
_EXPLAINED: Final[Mapping[int, str]] = {
    301: _MOVED,
    302: _MOVED,
    307: _MOVED,
    308: _MOVED,
    _FORBIDDEN: "GitHub does not allow this in that repository. Its owner may have to install or "
    "approve Targetym there, or to give this account access.",
    _NOT_FOUND: "GitHub knows no such repository, or this account may not see it.",
    410: "Issues are switched off in this repository.",
    _INVALID: "GitHub does not accept these values. Check all fields of the issue.",
}
_INVALID_FIELDS: Final[Mapping[str, str]] = {
    "title": "GitHub does not accept this title.",
    "body": "GitHub does not accept this text.",
    "labels": "GitHub does not accept one of these labels.",
    "assignees": "One of these people cannot be given issues of this repository.",
    "milestone": "This repository has no such milestone.",
    "type": "This repository has no such type of issue.",
}


class GitHubClient:
    """Issues for one person's token: a GitHub App's user token, or an OAuth App's.

    `GitHubClient(token).create_issue("globex/handbook", "Update the travel rules")`. For GitHub
    Enterprise Server `api` is `https://HOST/api/v3`. `install_url` is where owners install the app
    whose token it is: refusals lead there. Raises InvalidRequest for what GitHub finds
    wrong with the arguments, ReauthRequired, InsufficientScope, RateLimited, ProviderUnavailable,
    ProviderTimeout.
    """

    def __init__(
        self, token: str, send: Send | None = None, api: str = API, *, install_url: str = ""
    ) -> None:
        self._token = token
        self._install_url = install_url
        self._send = send or _rest.default_send(api)
        self._api = api

    def create_issue(
        self,
        repository: str,
        title: str,
        body: str | None = None,
        *,
        labels: Sequence[str] = (),
        assignees: Sequence[str] = (),
        milestone: int | None = None,
        kind: str | None = None,
    ) -> dict[str, Any]:
        """Create an issue in a repository, named as owner/name. Gives its id, number and link,
        and under `ignored` the fields that GitHub left out because this person may not set them.
        """
        issue = _without_nothing(
            title=title,
            body=body,
            labels=list(labels),
            assignees=list(assignees),
            milestone=milestone,
            type=kind,
        )
        url = f"{self._api}/repos/{_path(repository)}/issues"
        answer = _rest.post(self._send, self._token, url, issue, HEADERS)
        if answer.status != _CREATED:
            raise self._refusal(answer)
        created = answer.json()
        return {
            "id": _whole(created, "id"),
            "number": _whole(created, "number"),
            "url": _rest.link(created.get("html_url")),
            "ignored": _ignored(issue, created),
        }

    def account(self) -> Account:
        """Tell whose token this is. The number stays when people rename themselves."""
        user = self._get("/user")
        return Account(id=str(_whole(user, "id")), name=_rest.required(user, "login"))

    def may_create_issues(self) -> bool:
        """Tell whether the GitHub App is installed, with leave to write issues, anywhere this
        person can reach. Only for tokens of a GitHub App.
        """
        return any(_writes_issues(each) for each in self._installations())

    def installations(self) -> list[int]:
        """Give the ids of the GitHub App's installations that this person can reach, suspended ones
        among them. Only for tokens of a GitHub App.
        """
        return [_whole(each, "id") for each in self._installations()]

    def reader(self) -> "GitHubReader":
        """Give what reads lists for the same person."""
        from hub.providers.github.reading import GitHubReader  # noqa: PLC0415  # for syncs alone

        return GitHubReader(self._token, self._send, self._api)

    def _installations(self) -> Iterator[Mapping[str, Any]]:
        """Read page by page, and no more of them than anybody has."""
        for page in range(1, _MOST_PAGES + 1):
            path = f"/user/installations?per_page={_PAGE}&page={page}"
            told = self._get(path).get("installations")
            found = told if isinstance(told, list) else []
            yield from (each for each in found if isinstance(each, dict))
            if len(found) < _PAGE:
                return

    def _get(self, path: str) -> dict[str, Any]:
        answer = _rest.get(self._send, self._token, f"{self._api}{path}", HEADERS)
        if answer.status != _OK:
            raise failure(answer)
        return answer.json()

    def _refusal(self, answer: Answer) -> HubError:
        """Tell why no issue came about: limits first, which come as 403 too."""
        if seconds_to_wait(answer) is not None:
            return failure(answer)
        if answer.status == _FORBIDDEN and "x-github-sso" in answer.headers:
            return InvalidRequest(_SINGLE_SIGN_ON)
        if answer.status == _NOT_FOUND and self._lacks_scope(answer):
            return InsufficientScope()
        if answer.status == _INVALID:
            return InvalidRequest(_explain_fields(answer))
        if explained := _EXPLAINED.get(answer.status):
            return InvalidRequest(explained + self._way_in(answer.status))
        return failure(answer)

    def _way_in(self, status: int) -> str:
        """Tell where the app is installed, if that may be what is missing."""
        if not self._install_url or status not in {_FORBIDDEN, _NOT_FOUND}:
            return ""
        return f" Where Targetym is not installed, its owner does that at {self._install_url}."

    def _lacks_scope(self, answer: Answer) -> bool:
        """Tell whether a scope was taken away since: GitHub says 404 then, and in a header what an
        OAuth App's token may do. Tokens of a GitHub App have no scopes.
        """
        scopes = answer.headers.get("x-oauth-scopes")
        if scopes is None or self._token.startswith(APP_TOKEN):
            return False
        return _WRITES_ISSUES.isdisjoint(scope.strip() for scope in scopes.split(","))


def seconds_to_wait(answer: Answer) -> int | None:
    """Tell for how long GitHub wants to be left alone; None if that is not what it says.

    A limit is a 403 or 429. Some come without a header that says so: they are told by the page of
    GitHub's documentation that they name, and want a minute at least.
    """
    if answer.status not in _LIMITED:
        return None
    if answer.retry_after is not None:
        return answer.retry_after
    if answer.headers.get("x-ratelimit-remaining") == "0":
        reset = _rest.header_number(answer, "x-ratelimit-reset")
        return _DEFAULT_WAIT if reset is None else _rest.seconds_until(reset, answer)
    page = _rest.text(_rest.content(answer).get("documentation_url")) or ""
    told = answer.status == _rest.TOO_MANY_REQUESTS or "rate-limits" in page
    return _DEFAULT_WAIT if told else None


def failure(answer: Answer) -> HubError:
    """Tell what an answer that is no success means."""
    wait = seconds_to_wait(answer)
    if wait is not None:
        return RateLimited(retry_after=wait)
    return _rest.failure(answer) or ProviderUnavailable()


def _path(repository: str) -> str:
    owner, _, name = repository.partition("/")
    if not owner or not name or "/" in name:
        raise InvalidRequest("Write the repository as owner/name.")
    return f"{_rest.segment(owner)}/{_rest.segment(name)}"


def _without_nothing(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _whole(content: Mapping[str, Any], name: str) -> int:
    value = content.get(name)
    if type(value) is not int:
        raise ProviderUnavailable
    return value


def _writes_issues(installation: Mapping[str, Any]) -> bool:
    if installation.get("suspended_at"):
        return False
    permissions = installation.get("permissions")
    return isinstance(permissions, dict) and permissions.get("issues") == "write"


def _explain_fields(answer: Answer) -> str:
    """Explain a validation error by the first field that it names and we know."""
    errors = _rest.content(answer).get("errors")
    for each in errors if isinstance(errors, list) else []:
        field = each.get("field") if isinstance(each, dict) else None
        if isinstance(field, str) and field in _INVALID_FIELDS:
            return _INVALID_FIELDS[field]
    return _EXPLAINED[_INVALID]


def _ignored(issue: Mapping[str, Any], created: Mapping[str, Any]) -> list[str]:
    """Name what was asked for and is not there: labels, people, milestone and type of one who may
    not push are dropped without a word.
    """
    kept = {
        "labels": _names(created.get("labels"), "name"),
        "assignees": _names(created.get("assignees"), "login"),
        "milestone": _names([created.get("milestone")], "number"),
        "type": _names([created.get("type")], "name"),
    }
    return [name for name, found in kept.items() if not _asked(issue.get(name)) <= found]


def _asked(value: Any) -> set[str]:
    values = value if isinstance(value, list) else [value]
    return {str(each).lower() for each in values if each is not None}


def _names(entries: Any, key: str) -> set[str]:
    """Collect names, which GitHub compares regardless of case; a label may be text or an object."""
    found = entries if isinstance(entries, list) else []
    names = (each.get(key) if isinstance(each, dict) else each for each in found)
    return {str(name).lower() for name in names if name is not None}
