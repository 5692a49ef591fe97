"""What people do through Trello, as typed inputs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from hub.limits import Len
from hub.providers._values import Action
from hub.providers.trello.client import WRITE_BOARD, TrelloClient

type Id = Annotated[str, Len(24, 24)]


@dataclass(frozen=True, kw_only=True)
class CreateCard:
    list_id: Id
    name: Annotated[str, Len(1, 16_384)]
    description: Annotated[str, Len(1, 16_384)] | None = None
    start: datetime | None = None
    due: datetime | None = None
    member_ids: Annotated[tuple[Id, ...], Len(0, 50)] = ()
    label_ids: Annotated[tuple[Id, ...], Len(0, 50)] = ()
    position: Literal["top", "bottom"] = "bottom"


def _create_card(client: TrelloClient, given: CreateCard) -> dict[str, Any]:
    return client.create_card(
        given.list_id,
        given.name,
        description=given.description,
        start=given.start,
        due=given.due,
        members=given.member_ids,
        labels=given.label_ids,
        position=given.position,
    )


ACTIONS: Final = (
    Action(
        id="create_card",
        explanation="Add a card to a list",
        scope=WRITE_BOARD,
        takes=CreateCard,
        perform=_create_card,
    ),
)
