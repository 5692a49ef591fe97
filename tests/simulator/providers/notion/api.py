"""Notion's API for bearers: `users/me`, `pages` and `search`.

Rules played here:
- The token is asked for first, then the version, then the body; last comes the parent.
- Each operation needs its capability: without it, 403 whoever asks. An app that may only insert is
  told no more than the id of what it made.
- What is not shared does not exist, in another workspace or in one's own.
- A page that took too long is there although the answer is a 503, which then names it.

Sources: developers.notion.com/reference/post-page, /reference/get-self, /reference/capabilities,
/reference/request-limits; makenotion/notion-sdk-js issue 534 (partial answers).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.notion.errors import ApiError, named
from tests.simulator.providers.notion.oauth import INSERT, READ, VERSIONS, NotionGrants
from tests.simulator.providers.notion.search import Search, minute
from tests.simulator.providers.notion.validation import (
    read_body,
    read_content,
    read_parent,
    read_title,
)
from tests.simulator.providers.notion.workspaces import PLACES, SEATS, Seat, made_up_id
from tests.simulator.standard.grants import Token
from tests.simulator.wire import Answer, Request

NOT_A_BEARER = 'Authorization header must use the format "Bearer <token>".'
SAVED = (
    "The change was saved, but the response could not be built in time. Read the object again "
    "instead of repeating the write."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`parent` is the id it is below; none where it is a private page of the person."""

    id: str
    workspace: str
    bot: str
    parent_kind: str
    parent: str
    title: str
    markdown: str
    created_time: str

    @property
    def url(self) -> str:
        return f"https://www.notion.so/{self.id.replace('-', '')}"


class Api:
    def __init__(self, grants: NotionGrants, search: Search, now: Callable[[], float]) -> None:
        self._grants, self._search, self._now = grants, search, now
        self.pages: list[Page] = []

    def who(self, request: Request, call: Call) -> Answer:
        seat = SEATS[self._enter(request, call).account]
        return named(
            {
                "object": "user",
                "id": seat.bot_id,
                "name": "Targetym",
                "avatar_url": None,
                "type": "bot",
                "bot": {
                    "owner": {"type": "user", "user": {"object": "user", "id": seat.person_id}},
                    "workspace_id": seat.workspace_id,
                    "workspace_name": seat.workspace,
                },
            }
        )

    def create_page(self, request: Request, call: Call) -> Answer:
        token = self._enter(request, call)
        if INSERT not in token.scopes:
            raise ApiError("restricted_resource")
        page = self._page(SEATS[token.account], read_body(request))
        self.pages.append(page)
        self._search.add(page.workspace, _written(page))
        if self._grants.settings.saves_too_late:
            raise ApiError(
                "service_unavailable",
                SAVED,
                additional={
                    "committed_resource_id": page.id,
                    "retry_guidance": ["Do not repeat the write."],
                },
            )
        told = _written(page) if READ in token.scopes else {"object": "page", "id": page.id}
        return named(told)

    def search(self, request: Request, call: Call) -> Answer:
        token = self._enter(request, call)
        if READ not in token.scopes:
            raise ApiError("restricted_resource")
        return named(self._search.search(request, SEATS[token.account].workspace))

    def _enter(self, request: Request, call: Call) -> Token:
        token = self._grants.bearer(request, call)
        if token is None:
            sent = request.bearer()
            raise ApiError("unauthorized", "" if sent and " " not in sent else NOT_A_BEARER)
        version = request.headers.get("notion-version")
        if version not in VERSIONS:
            raise ApiError(
                "missing_version",
                "Notion-Version header failed validation: Notion-Version header should be "
                f"defined, instead was `{version or 'undefined'}`.",
            )
        return token

    def _page(self, seat: Seat, body: dict[str, Any]) -> Page:
        kind, parent = read_parent(body)
        markdown = read_content(body)
        _check_place(kind, parent, seat)
        return Page(
            id=made_up_id(seat.workspace, "made", str(len(self.pages) + 1)),
            workspace=seat.workspace,
            bot=seat.bot_id,
            parent_kind=kind,
            parent=parent,
            title=read_title(body, of_data_source=kind == "data_source_id"),
            markdown=markdown,
            created_time=minute(self._now()),
        )

    def state(self) -> dict[str, Any]:
        return {"pages": [asdict(page) for page in self.pages]}


def _check_place(kind: str, id_: str, seat: Seat) -> None:
    if kind == "workspace":
        return
    place = PLACES.get(id_)
    wanted = kind.removesuffix("_id")
    here = place and place.workspace == seat.workspace and place.shared
    if not place or not here or place.kind != wanted:
        raise ApiError(
            "object_not_found",
            f"Could not find {wanted} with ID: {id_}. Make sure the relevant pages and databases "
            'are shared with your integration "Targetym".',
        )
    if place.in_trash:
        message = "Can't edit block that is archived. You must unarchive the block before editing."
        raise ApiError("validation_error", message)


def _written(page: Page) -> dict[str, Any]:
    by = {"object": "user", "id": page.bot}
    parent = {"type": page.parent_kind, page.parent_kind: page.parent or True}
    title = [{"type": "text", "text": {"content": page.title, "link": None}}] if page.title else []
    name = "Name" if page.parent_kind == "data_source_id" else "title"
    return {
        "object": "page",
        "id": page.id,
        "created_time": page.created_time,
        "last_edited_time": page.created_time,
        "created_by": by,
        "last_edited_by": by,
        "cover": None,
        "icon": None,
        "parent": parent,
        "in_trash": False,
        "is_locked": False,
        "properties": {name: {"id": "title", "type": "title", "title": title}},
        "url": page.url,
        "public_url": None,
    }
