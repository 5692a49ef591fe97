"""Google Drive's `permissions.create`, on files that are made up.

Rules played here:
- Everyone has the files of their `drive`; example.org shares `file-handbook`, which is on a shared
  drive and does not exist for an app that is silent of shared drives.
- A file that was shared says so, which is a change of it.
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
from tests.simulator.providers.google.drive import NOT_OPENED, Drive
from tests.simulator.providers.google.errors import ApiError, bad_request
from tests.simulator.providers.google.grants import Grants
from tests.simulator.providers.google.people import PEOPLE, Person, find
from tests.simulator.providers.google.scopes import DRIVE, DRIVE_FILE
from tests.simulator.wire import Answer, Request

ROLES = ("owner", "organizer", "fileOrganizer", "writer", "commenter", "reader")
OF_FOLDERS = frozenset({"organizer", "fileOrganizer"})
TYPES = ("user", "group", "domain", "anyone")


# On a shared drive: id -> name, and the domain whose drive it is.
ON_SHARED_DRIVES = {"file-handbook": ("Handbook", "example.org")}


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
    def __init__(self, grants: Grants, drive: Drive) -> None:
        self._drive = drive
        scopes = frozenset({DRIVE, DRIVE_FILE})
        method = "google.apps.drive.v3.DrivePermissions.Create"
        self._door = Door(grants, "drive.googleapis.com", method, scopes)
        self.shares: list[Share] = []

    def share(self, request: Request, call: Call) -> Answer:
        token = self._door.enter(request, call)
        person = PEOPLE[token.sub]
        file = self._file(request, person, everything=DRIVE in token.scopes)
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
            file=file,
            permission=f"{kind}-{fingerprint(whom)}" if whom else "anyoneWithLink",
            type=kind,
            role=role,
            whom=whom or "anyone with the link",
            notified=notify and kind in {"user", "group"},
        )
        self._replace(share)
        if file not in ON_SHARED_DRIVES:
            self._drive.held[person.sub].update(file, shared=True)
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

    def _file(self, request: Request, person: Person, *, everything: bool) -> str:
        supported = flag(request, "supportsAllDrives", usual=False)
        reference = request.named["file"]
        if reference in ON_SHARED_DRIVES:
            _, domain = ON_SHARED_DRIVES[reference]
            hidden = not supported or domain != person.hd
        else:
            gone = self._drive.held[person.sub].get(reference) is None
            hidden = gone or not (everything or reference not in NOT_OPENED)
        if hidden:
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "notFound",
                f"File not found: {reference}.",
                location=("parameter", "fileId"),
            )
        return reference

    def name_of(self, share: Share) -> str:
        if share.file in ON_SHARED_DRIVES:
            return ON_SHARED_DRIVES[share.file][0]
        file = self._drive.held[share.sub].get(share.file)
        return str(file["name"]) if file else share.file

    def state(self) -> dict[str, Any]:
        return {"shares": [asdict(share) for share in self.shares]}


def _place(share: Share) -> tuple[str, str]:
    """A file on a shared drive is one for all; the others are everybody's own."""
    shared = ON_SHARED_DRIVES.get(share.file)
    return share.file, shared[1] if shared else share.sub


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
