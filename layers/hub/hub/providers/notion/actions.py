"""What people do through Notion, as typed inputs."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from hub.limits import Len
from hub.providers._values import Action
from hub.providers.notion.client import INSERT, NotionClient

type Id = Annotated[str, Len(32, 36)]  # a UUID, with or without its hyphens


@dataclass(frozen=True, kw_only=True)
class CreatePage:
    """The lengths fit what Notion takes however the characters are written: 2,000 UTF-16 units of
    a title, 500 KB of JSON.
    """

    title: Annotated[str, Len(1, 1_000)]
    parent_page_id: Id | None = None
    data_source_id: Id | None = None
    markdown: Annotated[str, Len(1, 40_000)] | None = None


def _create_page(client: NotionClient, given: CreatePage) -> dict[str, Any]:
    return client.create_page(
        given.title,
        parent_page=given.parent_page_id,
        data_source=given.data_source_id,
        markdown=given.markdown,
    )


ACTIONS: Final = (
    Action(
        id="create_page",
        explanation="Add a page below another one or to a database",
        scope=INSERT,
        takes=CreatePage,
        perform=_create_page,
    ),
)
