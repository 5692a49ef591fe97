"""OneDrive and SharePoint: sharing the files of one's own drive, or of a team's library.

Quirk: where only telling the recipient failed, the answer is 207, and an error stands beside the
permission that was given all the same.

Sources: microsoft-graph-docs-contrib api-reference/v1.0/api/driveitem-invite.md,
resources/driverecipient.md, concepts/errors.md; OneDrive/onedrive-api-docs issue 857 (as it came).
"""

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call
from tests.simulator.providers.microsoft.addresses import is_address
from tests.simulator.providers.microsoft.directory import CONTOSO, PEOPLE, Person, Tenant
from tests.simulator.providers.microsoft.door import (
    Door,
    check_properties,
    flag,
    json_object,
    text,
)
from tests.simulator.providers.microsoft.errors import GraphError, bad_request, trace
from tests.simulator.providers.microsoft.scopes import ALL_FILES, FILES
from tests.simulator.providers.microsoft.settings import Settings
from tests.simulator.standard.grants import Grants
from tests.simulator.wire import Answer, Request

_NAMES = """
expirationDateTime message password recipients requireSignIn retainInheritedPermissions roles
sendInvitation
"""
PROPERTIES = frozenset(_NAMES.split())
LONGEST_MESSAGE = 2000
LIBRARY = "b!library-of-contoso"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`library_of`: in a team's library, not in everybody's own drive."""

    id: str
    name: str
    library_of: Tenant | None = None


ITEMS = {
    item.id: item
    for item in (
        Item(id="01PLAN", name="Plan.docx"),
        Item(id="01BUDGET", name="Budget.xlsx"),
        Item(id="01HANDBOOK", name="Handbook.pdf", library_of=CONTOSO),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    owner: str
    drive: str
    item: str
    permission: str
    role: str
    whom: str
    message: str
    notified: bool


class Drives:
    def __init__(self, grants: Grants[Settings]) -> None:
        self._grants, self._door = grants, Door(grants, "drive", FILES, ALL_FILES)
        self.shares: list[Share] = []

    def drive(self, request: Request, call: Call) -> Answer:
        person = self._door.enter(request, call)
        owner = {"user": {"id": person.oid, "displayName": person.name}}
        drive = {"id": drive_of(person), "driveType": "business", "name": "OneDrive"}
        return Answer.json({**drive, "owner": owner, "quota": {"state": "normal"}})

    def item(self, request: Request, call: Call) -> Answer:
        _, drive, item = self._find(request, call)
        return Answer.json(
            {
                "id": item.id,
                "name": item.name,
                "size": 4096,
                "webUrl": f"https://contoso.sharepoint.example/{item.name}",
                "parentReference": {"driveId": drive, "driveType": "business"},
                "file": {"mimeType": "application/octet-stream"},
            }
        )

    def invite(self, request: Request, call: Call) -> Answer:
        person, drive, item = self._find(request, call)
        body = json_object(request, "inviteParameters", PROPERTIES)
        recipients, role = _recipients(body), _role(body)
        flag(body, "requireSignIn", usual=False)
        message = text(body, "message")
        if len(message) > LONGEST_MESSAGE:
            raise _invalid()
        told = flag(body, "sendInvitation", usual=False)
        blocked = told and self._grants.settings.mail_blocked
        shares = [
            Share(
                owner=person.oid,
                drive=drive,
                item=item.id,
                permission=trace(f"{drive} {item.id} {whom}"),
                role=role,
                whom=whom,
                message=message,
                notified=told and not blocked,
            )
            for whom in recipients
        ]
        self.shares += shares
        content = {"value": [_permission(share, blocked=blocked) for share in shares]}
        return Answer.json(content, status=HTTPStatus.MULTI_STATUS if blocked else HTTPStatus.OK)

    def _find(self, request: Request, call: Call) -> tuple[Person, str, Item]:
        account, scopes = self._door.scopes_of(request, call)
        person, item = PEOPLE[account], ITEMS.get(request.named["item"])
        own = drive_of(person)
        drive = request.named.get("drive", own)
        in_library = drive == LIBRARY and person.tenant == CONTOSO
        if drive != own and not (in_library and ALL_FILES in scopes):
            raise GraphError(HTTPStatus.FORBIDDEN, "accessDenied", "Access denied")
        if item is None or (item.library_of is not None) is not in_library:
            words = "The resource could not be found."
            raise GraphError(HTTPStatus.NOT_FOUND, "itemNotFound", words)
        return person, drive, item

    def state(self) -> dict[str, Any]:
        return {"shares": [asdict(share) for share in self.shares]}


def drive_of(person: Person) -> str:
    return f"b!{person.oid[:8]}"


def _invalid() -> GraphError:
    return bad_request("invalidRequest", "Invalid request")


def _recipients(body: dict[str, Any]) -> tuple[str, ...]:
    """Each by its address: aliases and ids of objects are not played."""
    given = body.get("recipients")
    if not isinstance(given, list) or not given:
        raise _invalid()
    for one in given:
        if not isinstance(one, dict):
            raise _invalid()
        check_properties(one, "driveRecipient", {"email", "alias", "objectId"})
        if set(one) != {"email"} or not is_address(one["email"]):
            raise _invalid()
    return tuple(one["email"].lower() for one in given)


def _role(body: dict[str, Any]) -> str:
    if body.get("roles") not in (["read"], ["write"]):
        raise _invalid()
    return str(body["roles"][0])


def _permission(share: Share, *, blocked: bool) -> dict[str, Any]:
    permission = {
        "id": share.permission,
        "roles": [share.role],
        "grantedToV2": {"user": {"displayName": share.whom, "id": trace(share.whom)}},
        "invitation": {"email": share.whom, "signInRequired": True},
    }
    if blocked:
        permission["error"] = {
            "code": "notAllowed",
            "message": "Account verification needed to unblock sending emails.",
            "innererror": {"code": "accountVerificationRequired"},
        }
    return permission
