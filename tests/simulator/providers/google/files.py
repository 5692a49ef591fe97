"""Google Drive's `permissions.create`, on files that are made up.

Rules played here:
- Everyone has `file-plan` and `file-budget` of their own; example.org shares `file-handbook`,
  which is on a shared drive and does not exist for an app that is silent of shared drives.
- With `drive.file` alone the app sees what was opened with it: not `file-budget`.
- Sharing again with the same person changes the role of the one permission.
- Who has no Google account can only be invited by a notification.

Sources: developers.google.com/workspace/drive/api/reference/rest/v3/permissions/create,
/drive/api/guides/manage-sharing, /drive/api/guides/handle-errors; burnash/gspread issue 1108,
googleapis/google-api-python-client issue 1753, piotr-agier/google-drive-mcp issue 131.
"""

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from tests.simulator.journal import Call, fingerprint
from tests.simulator.providers.google.addresses import is_address
from tests.simulator.providers.google.door import Door, flag, json_object
from tests.simulator.providers.google.errors import ApiError, bad_request
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE, Person, find
from tests.simulator.providers.google.scopes import DRIVE, DRIVE_FILE
from tests.simulator.wire import Answer, Request

ROLES = ("owner", "organizer", "fileOrganizer", "writer", "commenter", "reader")
OF_FOLDERS = frozenset({"organizer", "fileOrganizer"})
TYPES = ("user", "group", "domain", "anyone")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    id: str
    name: str
    opened_with_app: bool = True
    shared_drive_of: str | None = None


FILES = {
    file.id: file
    for file in (
        File(id="file-plan", name="Plan"),
        File(id="file-budget", name="Budget", opened_with_app=False),
        File(id="file-handbook", name="Handbook", shared_drive_of="example.org"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`sub` is who shared it."""

    sub: str
    file: str
    permission: str
    type: str
    role: str
    whom: str
    notified: bool


class Files:
    def __init__(self, grants: Grants) -> None:
        scopes = frozenset({DRIVE, DRIVE_FILE})
        method = "google.apps.drive.v3.DrivePermissions.Create"
        self._door = Door(grants, "drive.googleapis.com", method, scopes)
        self.shares: list[Share] = []

    def share(self, request: Request, call: Call) -> Answer:
        token = self._door.enter(request, call)
        person = PEOPLE[token.sub]
        file = _file(request, person, everything=DRIVE in token.scopes)
        notify = flag(request, "sendNotificationEmail", usual=True)
        transfer = flag(request, "transferOwnership", usual=False)
        body = json_object(request)
        kind, role = _one(body, "type", TYPES), _one(body, "role", ROLES)
        whom = _whom(body, kind)
        _check_role(role, transfer=transfer)
        if kind == "user" and not notify and find(whom) is None:
            raise bad_request("invalidSharingRequest", _uninvited(whom))
        share = Share(
            sub=person.sub,
            file=file.id,
            permission=f"{kind}-{fingerprint(whom)}" if whom else "anyoneWithLink",
            type=kind,
            role=role,
            whom=whom or "anyone with the link",
            notified=notify and kind in {"user", "group"},
        )
        self._replace(share)
        answer = {
            "kind": "drive#permission",
            "id": share.permission,
            "type": kind,
            "role": role,
        }
        return Answer.json(answer)

    def _replace(self, share: Share) -> None:
        self.shares = [
            one
            for one in self.shares
            if (_place(one), one.permission) != (_place(share), share.permission)
        ]
        self.shares.append(share)

    def state(self) -> dict[str, Any]:
        return {"shares": [asdict(share) for share in self.shares]}


def _place(share: Share) -> tuple[str, str]:
    """A file on a shared drive is one for all; the others are everybody's own."""
    return share.file, FILES[share.file].shared_drive_of or share.sub


def _file(request: Request, person: Person, *, everything: bool) -> File:
    supported = flag(request, "supportsAllDrives", usual=False)
    reference = request.named["file"]
    file = FILES.get(reference)
    hidden = file is None or not (everything or file.opened_with_app)
    if file is not None and file.shared_drive_of:
        hidden = hidden or not supported or file.shared_drive_of != person.hd
    if file is None or hidden:
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "notFound",
            f"File not found: {reference}.",
            location=("parameter", "fileId"),
        )
    return file


def _one(body: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = body.get(name)
    if not value:
        raise bad_request("required", f"The permission {name} field is required.")
    if value not in allowed:
        raise bad_request("invalid", f"Invalid value for: {value} is not a valid value")
    return str(value)


def _whom(body: dict[str, Any], kind: str) -> str:
    """The address or the domain: the one that goes with the type, and not the other."""
    wanted = {"user": "emailAddress", "group": "emailAddress", "domain": "domain"}.get(kind)
    for name in ("emailAddress", "domain"):
        value = body.get(name)
        address = value if name == "emailAddress" else f"any@{value}"
        if (name == wanted) is not bool(value) or (value and not is_address(address)):
            message = (
                f"The specified {name} is invalid or not applicable for the given permission type."
            )
            raise bad_request("invalid", message, ("other", f"permission.{name}"))
    return str(body[wanted]).lower() if wanted else ""


def _check_role(role: str, *, transfer: bool) -> None:
    if role in OF_FOLDERS:
        message = f"{role[0].upper()}{role[1:]} role is only allowed on folders."
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", message)
    if role == "owner" and not transfer:
        message = (
            "The transferOwnership parameter must be enabled when the permission role is 'owner'."
        )
        location = ("parameter", "transferOwnership")
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", message, location=location)
    if role == "owner":
        message = "Consent is required to transfer ownership of a file to another user."
        raise ApiError(HTTPStatus.FORBIDDEN, "consentRequiredForOwnershipTransfer", message)


def _uninvited(whom: str) -> str:
    return (
        f'Bad Request. User message: "You are trying to invite {whom}. Since there is no Google '
        "account associated with this email address, you must check the Notify people box to "
        'invite this recipient."'
    )
