"""What GitHub's deliveries are read as, and what hooks are asked for: bodies as GitHub documents
them (octokit/webhooks, payload-examples/api.github.com), cut to what tells them apart.
"""

import json
from copy import replace
from typing import Any

import pytest

from hub.errors import InvalidRequest, ProviderUnavailable, SubscriptionGone
from hub.http_types import Answer, Request
from hub.models import Secret
from hub.providers import github
from hub.providers._values import Client, Connection
from hub.providers._webhooks import Effect, Example, Heard, Held, Notify, Reach
from hub.providers.github.client import GitHubClient
from hub.providers.github.subscriptions import SUBSCRIBING
from hub.providers.github.webhooks import WEBHOOKS
from hub.schemes import Incoming, Verdict

URL = "https://hub.example/api/webhooks/github"
WEBHOOK_ID = "0b6d1f0e-7f7a-4d0c-9a55-0d8a5f6e2d11"
API = github.PROVIDER.endpoints.api
OCTOCAT = {"login": "octocat", "id": 1, "type": "User"}
REPOSITORY = {
    "id": 1296269,
    "full_name": "octocat/Hello-World",
    "updated_at": "2019-05-15T15:20:18Z",
}
SHORT = {"id": 2, "node_id": "MDIz"}
WHOLE = {
    "id": 2,
    "account": OCTOCAT,
    "repository_selection": "selected",
    "permissions": {"metadata": "read", "issues": "write"},
    "created_at": 1525109898,
    "updated_at": 1525109899,
    "suspended_at": None,
}
ISSUE = {"id": 73464126, "number": 73, "updated_at": "2015-05-05T23:40:28Z"}


class Ring:
    """Secrets of a test."""

    def webhook_secrets(self) -> tuple[bytes, ...]:
        return (b"It's a Secret to Everybody",)

    def chosen(self, webhook_id: str | None) -> tuple[bytes, ...]:
        return (f"chosen for {webhook_id}".encode(),)

    def client_secrets(self) -> tuple[bytes, ...]:
        return ()

    def setting(self, name: str) -> str:
        return name

    def stored(self, webhook_id: str | None) -> tuple[bytes, ...]:
        return (str(webhook_id).encode(),)

    def is_expected(self, webhook_id: str | None) -> bool:
        return webhook_id is None


def incoming(body: dict[str, Any], *, webhook_id: str | None = None, **headers: str) -> Incoming:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Incoming(
        headers={"content-type": "application/json", **named},
        body=json.dumps(body).encode(),
        url=URL,
        webhook_id=webhook_id,
        at=1_700_000_000.0,
    )


def read(body: dict[str, Any], **options: Any) -> Heard | None:
    heard = WEBHOOKS.read(incoming(body, **options))
    return heard[0] if heard else None


def told(body: dict[str, Any], **options: Any) -> tuple[Any, ...]:
    heard = read(body, **options)
    assert heard is not None
    (event,) = heard.events
    return heard.accounts, event.type, event.resource, event.external_id, event.effect


def test_the_documented_signature_verifies():
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    documented = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    signed = Incoming(
        headers={"x-hub-signature-256": documented}, body=b"Hello, World!", url=URL, at=0.0
    )

    assert WEBHOOKS.verify(signed, Ring()) is Verdict.VERIFIED
    for other in (replace(signed, webhook_id=WEBHOOK_ID), replace(signed, body=b"Hello, World?")):
        assert WEBHOOKS.verify(other, Ring()) is Verdict.INVALID


APP: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    (
        {"action": "edited", "issue": ISSUE, "changes": {}, "repository": REPOSITORY},
        (("installation/2",), "issues.edited", "issues", "73464126", Effect.CHANGED),
    ),
    (
        {"action": "created", "issue": ISSUE, "comment": {"id": 9}, "repository": REPOSITORY},
        (("installation/2",), "issue_comment.created", "issues", "73464126", Effect.CHANGED),
    ),
    (
        {"action": "opened", "number": 2, "pull_request": {"id": 7}, "repository": REPOSITORY},
        (("installation/2",), "pull_request.opened", "issues", None, Effect.CHANGED),
    ),
    (
        {"action": "deleted", "label": {"id": 8}, "repository": REPOSITORY},
        (("installation/2",), "label.deleted", "issues", None, Effect.CHANGED),
    ),
    (
        {"action": "privatized", "repository": REPOSITORY},
        (("installation/2",), "repository.privatized", "repositories", "1296269", Effect.CHANGED),
    ),
    (
        {"action": "renamed", "changes": {"repository": {}}, "repository": REPOSITORY},
        (("installation/2",), "repository.renamed", "repositories", "1296269", Effect.CHANGED),
    ),
]


@pytest.mark.parametrize(("body", "expected"), APP)
def test_an_event_of_an_installation(body: dict[str, Any], expected: tuple[Any, ...]):
    assert told({**body, "installation": SHORT, "sender": OCTOCAT}) == expected


@pytest.mark.parametrize(("body", "expected"), APP)
def test_without_an_installation_nobody_is_named(body: dict[str, Any], expected: tuple[Any, ...]):
    assert expected
    assert read({**body, "sender": OCTOCAT}) is None


@pytest.mark.parametrize(
    "action", ["created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"]
)
def test_an_installation_is_told_with_who_did_it(action: str):
    body = {"action": action, "installation": WHOLE, "repositories": [], "sender": OCTOCAT}

    assert told(body) == (
        ("installation/2", "person/1"),
        f"installation.{action}",
        None,
        None,
        Effect.MOVED,
    )
    heard = read(body)
    assert heard is not None
    assert heard.events[0].occurred_at == 1525109899000


def test_repositories_of_an_installation():
    body = {
        "action": "added",
        "installation": WHOLE,
        "repository_selection": "selected",
        "repositories_added": [{"id": 186853007}],
        "repositories_removed": [],
        "requester": OCTOCAT,
        "sender": OCTOCAT,
    }

    assert told(body)[1:] == (
        "installation_repositories.added",
        "repositories",
        None,
        Effect.MOVED,
    )


def test_a_revoked_authorization():
    body = {"action": "revoked", "sender": OCTOCAT}

    assert told(body) == (
        ("person/1",),
        "github_app_authorization.revoked",
        None,
        None,
        Effect.MOVED,
    )


def test_one_revoked_authorization_is_like_the_other_but_for_its_delivery():
    body = {"action": "revoked", "sender": OCTOCAT}
    found = [read(body, x_github_delivery=each) for each in ("one", "one", "two")]

    assert len({heard.dedup for heard in found if heard}) == 2
    issue = {"action": "edited", "issue": ISSUE, "installation": SHORT, "repository": REPOSITORY}
    same = [read(issue, x_github_delivery=each) for each in ("one", "two")]
    assert len({heard.dedup for heard in same if heard}) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"zen": "Design for failure.", "hook_id": 1, "hook": {"type": "App", "active": True}},
        {"action": "started", "repository": REPOSITORY},  # watch
        {"action": "created", "starred_at": "2019-05-15T15:20:40Z", "repository": REPOSITORY},
        {"ref": "refs/heads/main", "commits": [], "repository": REPOSITORY},
        {"action": "revoked", "alert": {"number": 1}, "repository": REPOSITORY},
        {"action": "revoked", "alert": {"number": 1}},
        {"action": "revoked", "repository": REPOSITORY},
        {"action": "deleted", "repository": REPOSITORY, "forkee": {}},
        {"action": "renamed", "account": OCTOCAT, "changes": {}, "target_type": "Organization"},
        {"action": "created", "check_run": {"pull_requests": []}, "repository": REPOSITORY},
        {"action": 7, "issue": ISSUE, "repository": REPOSITORY},
        {"action": "deleted", "membership": {}, "organization": {"id": 5}},
        {},
    ],
)
def test_what_is_no_concern_of_ours(body: dict[str, Any]):
    """No header makes it one (WH-04): the event's name is not signed."""
    for event in ("installation", "github_app_authorization", "issues"):
        assert (
            read({**body, "installation": SHORT, "sender": OCTOCAT}, x_github_event=event) is None
        )


@pytest.mark.parametrize("action", [[], {}, ["edited"], None, True, 1])
@pytest.mark.parametrize("more", [{}, {"repository": REPOSITORY}, {"installation": WHOLE}], ids=str)
def test_an_action_that_is_no_word_tells_nothing(action: Any, more: dict[str, Any]):
    assert WEBHOOKS.read(incoming({"action": action, "sender": OCTOCAT, **more})) == ()


@pytest.mark.parametrize("action", ["deleted", "suspend"])
def test_the_id_alone_of_an_installation_tells_nothing_of_its_life(action: str):
    assert read({"action": action, "installation": SHORT, "sender": OCTOCAT}) is None


class TestHook:
    @pytest.mark.parametrize(
        ("body", "kind", "effect"),
        [
            ({"action": "opened", "issue": ISSUE}, "issues.opened", Effect.CHANGED),
            ({"action": "edited", "changes": {}}, "repository.edited", Effect.CHANGED),
            ({"action": "renamed", "changes": {}}, "repository.renamed", Effect.MOVED),
            ({"action": "deleted"}, "repository.deleted", Effect.MOVED),
            ({"action": "deleted", "hook_id": 4, "hook": {}}, "meta.deleted", Effect.LOST),
        ],
    )
    def test_it_tells_of_its_own_place(self, body: dict[str, Any], kind: str, effect: Effect):
        heard = read({**body, "repository": REPOSITORY, "sender": OCTOCAT}, webhook_id=WEBHOOK_ID)

        assert heard is not None
        assert (heard.webhook_id, heard.accounts) == (WEBHOOK_ID, ())
        assert (heard.events[0].type, heard.events[0].effect) == (kind, effect)

    @pytest.mark.parametrize(
        "body",
        [
            {"action": "revoked", "sender": OCTOCAT},
            {"action": "deleted", "installation": WHOLE, "sender": OCTOCAT},
            {"zen": "Design for failure.", "hook_id": 1, "hook": {}, "repository": REPOSITORY},
        ],
    )
    def test_it_tells_nothing_of_the_app(self, body: dict[str, Any]):
        assert read(body, webhook_id=WEBHOOK_ID) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("2015-05-05T23:40:28Z", 1430869228000),
        (1430869228, 1430869228000),
        ("2015-05-05T23:40:28", None),
        ("yesterday", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
)
def test_when_it_happened(changed: Any, expected: int | None):
    body = {"action": "edited", "issue": {"id": 1, "updated_at": changed}, "installation": SHORT}
    heard = read({**body, "repository": REPOSITORY})

    assert heard is not None
    assert heard.events[0].occurred_at == expected


@pytest.mark.parametrize("wrong", [None, "7", True, -7, 7.5, [], {"id": 7}])
def test_an_id_that_is_none_names_nobody(wrong: Any):
    body = {"action": "edited", "issue": {"id": wrong}, "repository": REPOSITORY}

    assert read({**body, "installation": {"id": wrong}}) is None
    heard = read({**body, "installation": SHORT})
    assert heard is not None
    assert heard.events[0].external_id is None


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_another_content_type_is_refused(content_type: str):
    with pytest.raises(InvalidRequest):
        WEBHOOKS.read(replace(incoming({}), headers={"content-type": content_type}))


def test_json_may_say_its_charset():
    plain = replace(incoming({}), headers={"content-type": "Application/JSON; charset=utf-8"})

    assert WEBHOOKS.read(plain) == ()


@pytest.mark.parametrize(
    ("account", "accounts"),
    [("1", ("person/1",)), ("person/1", ("person/1",)), ("installation/2", ("installation/2",))],
)
def test_an_example_names_the_account(account: str, accounts: tuple[str, ...]):
    made = WEBHOOKS.example(example(account), Ring())

    assert WEBHOOKS.verify(made, Ring()) is Verdict.VERIFIED
    (heard,) = WEBHOOKS.read(made)
    assert (heard.accounts, heard.events[0].type) == (accounts, "targetym_test")


def test_an_example_of_a_hook_is_signed_by_its_secret():
    made = WEBHOOKS.example(replace(example("1"), held=held()), Ring())

    assert WEBHOOKS.verify(made, Ring()) is Verdict.VERIFIED
    (heard,) = WEBHOOKS.read(made)
    assert heard.webhook_id == WEBHOOK_ID
    assert WEBHOOKS.verify(replace(made, webhook_id=None), Ring()) is Verdict.INVALID


def example(account: str) -> Example:
    return Example(account_id=account, held=None, url=URL, at=1_700_000_000.0, id="7")


def held() -> Held:
    return Held(
        webhook_id=WEBHOOK_ID,
        key="repos/octocat/Hello-World",
        resource=None,
        external_id="12345678",
        ends_at=None,
        more={},
    )


class Answers:
    """A GitHub that gives these answers, one after the other."""

    def __init__(self, *answers: tuple[int, dict[str, str], Any]) -> None:
        self._answers = list(answers)
        self.asked: list[Request] = []

    def __call__(self, request: Request, **_: Any) -> Answer:
        self.asked.append(request)
        status, headers, body = self._answers.pop(0)
        return Answer(status=status, headers=headers, body=json.dumps(body).encode(), sent_at=0.0)

    def reach(self, scopes: frozenset[str] = frozenset()) -> Reach:
        endpoints = github.PROVIDER.endpoints
        connection = Connection(
            token=Secret("gho_1"), account_id="1", send=self, endpoints=endpoints
        )
        registration = Client(id="id", secret=Secret("secret"), endpoints=endpoints)
        return Reach(
            client=None, connection=connection, registration=registration, scopes=scopes, now=0.0
        )


def test_installations_are_read_to_the_last_page():
    pages = [{"installations": [{"id": n} for n in range(100)]}, {"installations": [{"id": 700}]}]
    answers = Answers(*((200, {}, page) for page in pages))

    found = GitHubClient("ghu_1", answers).installations()
    assert (len(found), found[-1]) == (101, 700)
    assert [request.url[-6:] for request in answers.asked] == ["page=1", "page=2"]


NOTIFY = Notify(webhook_id=WEBHOOK_ID, url=f"{URL}?webhook_id={WEBHOOK_ID}", secret="chosen")
MOVED = f"{API}/repositories/1296269/hooks/12345678"


def renew(answers: Answers) -> Any:
    assert SUBSCRIBING.renew is not None
    return SUBSCRIBING.renew(answers.reach(), held(), NOTIFY)


def test_a_renamed_repository_is_followed_once():
    answers = Answers((307, {"location": MOVED}, {}), (200, {}, {"id": 12345678}))

    assert renew(answers).external_id == "12345678"
    assert [request.url for request in answers.asked] == [
        f"{API}/repos/octocat/Hello-World/hooks/12345678",
        MOVED,
    ]


@pytest.mark.parametrize(
    "place", ["https://api.github.com.evil.example/x", "http://api.github.com/x", "/x", ""]
)
def test_a_token_is_not_carried_elsewhere(place: str):
    answers = Answers((307, {"location": place}, {}))

    with pytest.raises(ProviderUnavailable):
        renew(answers)
    assert len(answers.asked) == 1


def test_a_hook_that_is_gone():
    with pytest.raises(SubscriptionGone):
        renew(Answers((404, {}, {"message": "Not Found"})))
    SUBSCRIBING.delete(Answers((404, {}, {})).reach(), held())


def test_of_many_places_some_are_taken():
    organizations = [
        {"role": "admin", "organization": {"login": f"org{n:02}"}} for n in range(9)
    ] + [{"role": "member", "organization": {"login": "another"}}]
    repositories = [
        {
            "name": f"repository{n}",
            "owner": {"login": "org01" if n == 3 else "octocat"},
            "permissions": {"admin": n != 4},
            "archived": n == 5,
        }
        for n in range(60)
    ]
    answers = Answers((200, {}, organizations), (200, {}, repositories))
    reach = answers.reach(frozenset({"admin:org_hook", "read:org", "admin:repo_hook"}))

    keys = [wanted.key for wanted in SUBSCRIBING.wanted(reach)]
    assert keys[:5] == [f"orgs/org{n:02}" for n in range(5)]
    assert keys[5:10] == [f"repos/octocat/repository{n}" for n in (0, 1, 2, 6, 7)]
    assert len(keys) == 25


@pytest.mark.parametrize("body", [{"message": "what?"}, "text", 7])
def test_a_list_that_is_none_is_the_providers_fault(body: Any):
    with pytest.raises(ProviderUnavailable):
        SUBSCRIBING.wanted(Answers((200, {}, body)).reach(frozenset({"admin:repo_hook"})))
