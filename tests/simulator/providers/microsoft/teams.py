"""Teams: posting to the channels of the teams that a person belongs to.

Sources: microsoft-graph-docs-contrib api-reference/v1.0/api/channel-post-messages.md;
microsoftgraph/microsoft-graph-docs issue 8134 (an unknown team, as it came).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tests.simulator.journal import Call
from tests.simulator.providers.microsoft.directory import CONTOSO, FABRIKAM, Person, Tenant
from tests.simulator.providers.microsoft.door import Door, item_body, json_object, text
from tests.simulator.providers.microsoft.errors import GraphError, bad_request
from tests.simulator.providers.microsoft.scopes import CHANNEL
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import Answer, Request

PROPERTIES = frozenset({"attachments", "body", "importance", "mentions", "subject"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    id: str
    name: str
    tenant: Tenant
    channels: tuple[str, ...]


TEAMS = {
    team.id: team
    for team in (
        Team(
            id="fbe2bf47-16c8-47cf-b4a5-4b9b187c508b",
            name="People",
            tenant=CONTOSO,
            channels=(
                "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2",
                "19:0d5f9a3be6c24a6e8f1b7c2d3e4f5a6b@thread.tacv2",
            ),
        ),
        Team(
            id="893075dd-2487-4122-925f-022c42e20265",
            name="Works",
            tenant=FABRIKAM,
            channels=("19:561fbdbbfca848a484f0a6f00ce9dbbd@thread.tacv2",),
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    owner: str
    id: str
    team: str
    channel: str
    kind: str
    text: str
    subject: str


class Teams:
    def __init__(self, grants: Grants[Settings], now: Callable[[], float]) -> None:
        self._door, self._now = Door(grants, "teams", CHANNEL), now
        self.posts: list[Post] = []

    def post(self, request: Request, call: Call) -> Answer:
        person = self._door.enter(request, call)
        team, channel = _place(request, person)
        message = json_object(request, "chatMessage", PROPERTIES)
        kind, content = item_body(message)
        if not content:
            raise bad_request("BadRequest", "Missing body content.")
        post = Post(
            owner=person.oid,
            id=str(1_616_990_032_035 + len(self.posts)),
            team=team.id,
            channel=channel,
            kind=kind,
            text=content,
            subject=text(message, "subject"),
        )
        self.posts.append(post)
        return Answer.json(self._written(post, person), status=HTTPStatus.CREATED)

    def _written(self, post: Post, person: Person) -> dict[str, Any]:
        at = datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        user = {"id": person.oid, "displayName": person.name, "userIdentityType": "aadUser"}
        return {
            "id": post.id,
            "replyToId": None,
            "etag": post.id,
            "messageType": "message",
            "createdDateTime": at,
            "lastModifiedDateTime": at,
            "deletedDateTime": None,
            "subject": post.subject or None,
            "importance": "normal",
            "locale": "en-us",
            "webUrl": f"https://teams.microsoft.com/l/message/{quote(post.channel)}/{post.id}"
            f"?groupId={post.team}&tenantId={person.tenant.id}",
            "from": {"application": None, "device": None, "user": user},
            "body": {"contentType": post.kind, "content": post.text},
            "channelIdentity": {"teamId": post.team, "channelId": post.channel},
            "attachments": [],
            "mentions": [],
            "reactions": [],
        }

    def state(self) -> dict[str, Any]:
        return {"posts": [asdict(post) for post in self.posts]}


def _place(request: Request, person: Person) -> tuple[Team, str]:
    """Somebody of another organization is told no more than that there is no such team."""
    team, channel = TEAMS.get(request.named["team"]), request.named["channel"]
    if team is None or team.tenant != person.tenant:
        words = f"No team found with Group Id {request.named['team']}"
        raise GraphError(HTTPStatus.NOT_FOUND, "NotFound", words)
    if channel not in team.channels:
        raise GraphError(HTTPStatus.NOT_FOUND, "NotFound", "Channel was not found.")
    return team, channel
