"""Trello as the simulator plays it, behind Atlassian's authorization server.

Rules played here: PKCE is not left out, the token endpoint reads JSON with the client's id and
secret in it, a refresh token comes with `offline_access` and is spent by its use; sent again within
ten minutes it is taken, later it takes the grant with it. Nothing revokes but the person.

Sources: developer.atlassian.com/cloud/trello/guides/rest-api/oauth-2-getting-started,
/oauth-2-confidential-client-usage; /cloud/oauth/getting-started/refresh-tokens.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from tests.simulator import pages
from tests.simulator.datasets import Dataset
from tests.simulator.journal import Call
from tests.simulator.oauth import Context
from tests.simulator.providers.trello import door
from tests.simulator.providers.trello.boards import BOARDS, MEMBERS, find_member
from tests.simulator.providers.trello.cards import Cards
from tests.simulator.providers.trello.errors import Denied, atlassian, by_name, too_many_requests
from tests.simulator.providers.trello.hooks import RETRIES, Hooks
from tests.simulator.providers.trello.lists import Lists
from tests.simulator.providers.trello.scopes import OFFLINE, READ_MEMBER, SCOPES
from tests.simulator.standard.consent import Consent
from tests.simulator.standard.grants import Grants, Pair
from tests.simulator.standard.played import Played
from tests.simulator.standard.routes import route
from tests.simulator.standard.rules import Body, Pkce, Rotation, Rules, StandardSettings
from tests.simulator.standard.tokens import Tokens
from tests.simulator.webhooks import Delivered, Sent
from tests.simulator.wire import Answer, Request, last

RULES = Rules(
    provider="Trello",
    account_word="Account",
    scopes=SCOPES,
    required_query={"prompt": "consent"},
    pkce=Pkce.REQUIRED,
    basic=False,
    body=Body.JSON,
    access_life=3600,
    refresh_life=90 * 86_400,
    offline_scope=OFFLINE,
    rotation=Rotation(grace=600, reuse_ends_grant=True),
)


class Trello(Played[StandardSettings]):
    id = "trello"
    name = "Trello"
    retries = RETRIES

    def __init__(self, context: Context) -> None:
        self._grants = grants = Grants(context, RULES, StandardSettings())
        self._lists = lists = Lists(grants, context.now)
        self._cards, self._hooks = Cards(grants, lists, context.now), Hooks(context, grants)
        accounts = {one.id: f"{one.full_name} ({one.username})" for one in MEMBERS.values()}
        consent = Consent(context, grants, accounts)
        tokens = Tokens(context, grants, consent, _written)
        self._routes = {
            ("GET", "/authorize"): route("authorize", consent.ask),
            ("POST", "/authorize"): route("consent", consent.decide),
            ("POST", "/oauth/token"): route("token", tokens.token, atlassian),
            ("GET", "/1/members/{member}"): route("members.get", self._member),
            ("GET", "/1/members/{member}/boards"): route("boards.list", lists.list_boards),
            ("GET", "/1/boards/{board}/cards/all"): route("cards.list", lists.list_cards),
            ("GET", "/1/boards/{board}/actions"): route("actions.list", lists.list_actions),
            ("POST", "/1/cards"): route("cards.create", self._cards.create),
            ("POST", "/1/webhooks"): route("webhooks.create", self._hooks.create),
            ("GET", "/1/webhooks/{webhook}"): route("webhooks.get", self._hooks.get),
            ("DELETE", "/1/webhooks/{webhook}"): route("webhooks.delete", self._hooks.delete),
        }

    def endpoints(self, base: str) -> dict[str, str]:
        return {
            "authorizationUrl": f"{base}/authorize",
            "tokenUrl": f"{base}/oauth/token",
            "apiUrl": base,
        }

    def unknown(self, request: Request) -> Answer:
        words = f"Cannot {request.method} {request.path}"
        return Answer(status=HTTPStatus.NOT_FOUND, body=words.encode(), outcome="unknown_page")

    def refusal(self, error: str) -> Answer:
        return by_name(error)

    def rate_limited(self, seconds: int) -> Answer:
        return too_many_requests(seconds)

    def notifications(self, event: str, account: str, **details: Any) -> list[Sent]:
        return self._hooks.of(event, account, **details)

    def settled(self, sent: Sent, answer: Delivered) -> None:
        self._hooks.settled(sent, answer)

    def dataset(self, resource: str, account: str) -> Dataset:
        found: Dataset = self._lists.dataset(resource, account)
        return found

    def remove(self, account: str) -> bool:
        member = find_member(account)
        return member is not None and self._grants.end_account(member.id)

    def state(self) -> dict[str, Any]:
        return self._grants.state() | self._cards.state() | self._hooks.state()

    def shown(self) -> Iterable[pages.Shown]:
        lists = {
            id_: f"{board.name}: {title}" for board in BOARDS for id_, title in board.lists.items()
        }
        for member in MEMBERS.values():
            note = self._grants.note(member.id)
            yield pages.Shown(
                label=f"{member.full_name} ({member.username})",
                note=note,
                messages=tuple(
                    (lists[card.list], card.name)
                    for card in self._cards.cards
                    if card.creator == member.id
                ),
            )

    def _member(self, request: Request, call: Call) -> Answer:
        token = door.enter(self._grants, request, call, READ_MEMBER)
        asked = request.named["member"]
        member = MEMBERS[token.account] if asked == "me" else find_member(asked)
        if member is None:
            raise Denied("The requested resource was not found.")
        told = {"username": member.username, "fullName": member.full_name}
        if member.id == token.account:  # nobody is told the address of somebody else
            told["email"] = member.email
        wanted = last(request.query, "fields")
        fields = set(wanted.split(",")) if wanted not in {"", "all"} else told.keys()
        found: dict[str, Any] = {"id": member.id, **{k: told[k] for k in told if k in fields}}
        if last(request.query, "boards") == "open":
            found["boards"] = self._hooks.open_boards(member)
        return Answer.json(found)


def _written(pair: Pair) -> dict[str, Any]:
    answer = {
        "access_token": pair.access.value,
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": " ".join(pair.grant.scopes),
    }
    return answer | ({"refresh_token": pair.refresh.value} if pair.refresh else {})
