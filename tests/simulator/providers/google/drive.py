"""Google Drive's `files.list` and `changes.list`: what a person has there, and what has changed.

Rules played here:
- Of a file only kind, id, name and type are told unless `fields` asks for more, and of a list only
  what `fields` names: without `nextPageToken` there a second page is never heard of.
- `pageSize` is 100 unless asked for, 1000 at most. Parameters that are not played are refused.
- A list counts its pages from the beginning of what there is now, so that it shifts when a file
  before its place goes; changes go on from a point of history, which stays the same number where
  nothing has changed.
- A change tells the file as it is, or that it was removed. A page token that is none of ours, or of
  before it was expired, is 400 `invalid`.
- With `drive.file` alone the app sees what was opened with it.

Sources: developers.google.com/workspace/drive/api/reference/rest/v3/files/list, changes/list,
changes/getStartPageToken, /drive/api/guides/fields-parameter; brekkylab/backlot issue 337.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from tests.simulator.datasets import Body, Change, Collection
from tests.simulator.journal import Call
from tests.simulator.providers.google import masks
from tests.simulator.providers.google.door import Door
from tests.simulator.providers.google.errors import ApiError, bad_request
from tests.simulator.providers.google.grants import Grants, Token
from tests.simulator.providers.google.people import PEOPLE, Person, find
from tests.simulator.providers.google.scopes import AUTH, DRIVE, DRIVE_FILE
from tests.simulator.wire import Answer, Request, last

LARGEST_PAGE = 1000
EVERYTHING = frozenset({DRIVE, f"{AUTH}drive.readonly", f"{AUTH}drive.metadata.readonly"})
NOT_OPENED = frozenset({"file-budget"})  # with the app
PLAYED = {
    "files": {"q", "pageSize", "pageToken", "fields"},
    "changes": {"pageSize", "pageToken", "fields"},
}
WHO = "(kind,permissionId,displayName,emailAddress,me,photoLink)"
FILE = (
    "kind,id,name,mimeType,description,webViewLink,webContentLink,thumbnailLink,iconLink,"
    "createdTime,modifiedTime,viewedByMeTime,size,version,md5Checksum,shared,trashed,starred,"
    f"parents,owners{WHO},lastModifyingUser{WHO}"
)
CHANGE = "kind,changeType,type,time,removed,fileId"
ALL = {
    "files": masks.parsed(f"kind,nextPageToken,incompleteSearch,files({FILE})"),
    "changes": masks.parsed(f"kind,nextPageToken,newStartPageToken,changes({CHANGE},file({FILE}))"),
}
USUAL = {
    "files": masks.parsed("kind,nextPageToken,incompleteSearch,files(kind,id,name,mimeType)"),
    "changes": masks.parsed(
        f"kind,nextPageToken,newStartPageToken,changes({CHANGE},file(kind,id,name,mimeType))"
    ),
}
EPOCH = 1_000_000  # more than there are changes in one


class Drive:
    def __init__(self, grants: Grants, now: Callable[[], float]) -> None:
        scopes = EVERYTHING | {DRIVE_FILE}
        self._doors = {
            kind: Door(grants, "drive.googleapis.com", f"google.apps.drive.v3.{method}", scopes)
            for kind, method in {"files": "DriveFiles.List", "changes": "DriveChanges.List"}.items()
        }
        self.held = {person.sub: _seeded(person, now) for person in PEOPLE.values()}

    def dataset(self, account: str) -> Collection:
        person = find(account)
        if person is None:
            raise LookupError(account)
        return self.held[person.sub]

    def start_page(self, request: Request, call: Call) -> Answer:
        held = self.held[self._doors["changes"].enter(request, call).sub]
        start = {"kind": "drive#startPageToken", "startPageToken": _point(held, held.revision)}
        return Answer.json(start)

    def list(self, request: Request, call: Call) -> Answer:
        token, size, mask = self._asked("files", request, call)
        if (last(request.query, "q") or "trashed=false").replace(" ", "") != "trashed=false":
            raise bad_request("invalid", "Invalid Value", ("parameter", "q"))
        held = self.held[token.sub]
        begin = _place(held, last(request.query, "pageToken"))
        there = [
            each for each in held.live() if _sees(token, each) and each.get("trashed") is False
        ]
        content = {
            "kind": "drive#fileList",
            "incompleteSearch": False,
            "files": there[begin : begin + size],
        }
        if begin + size < len(there):
            content["nextPageToken"] = f"~!!~{held.epoch}.{begin + size}"
        return Answer.json(masks.applied(mask, content))

    def changes(self, request: Request, call: Call) -> Answer:
        token, size, mask = self._asked("changes", request, call)
        page = last(request.query, "pageToken")
        if not page:
            message = "Required parameter: pageToken"
            raise bad_request("required", message, ("parameter", "pageToken"))
        held = self.held[token.sub]
        told = [each for each in held.since(_revision(held, page)) if _sees(token, each.body)]
        content: dict[str, Any] = {"kind": "drive#changeList"}
        if told[size:]:
            content["nextPageToken"] = _point(held, told[size - 1].revision)
        else:
            content["newStartPageToken"] = _point(held, held.revision)
        content["changes"] = [_change(each) for each in told[:size]]
        return Answer.json(masks.applied(mask, content))

    def _asked(self, kind: str, request: Request, call: Call) -> tuple[Token, int, masks.Mask]:
        token = self._doors[kind].enter(request, call)
        if unknown := sorted(request.query.keys() - PLAYED[kind]):
            raise bad_request("invalidParameter", f"Not played: {', '.join(unknown)}")
        size = last(request.query, "pageSize") or "100"
        if not size.isdecimal() or not 1 <= int(size) <= LARGEST_PAGE:
            message = f"Invalid value '{size}'. Values must be within the range: [1, 1000]"
            raise bad_request("invalidParameter", message, ("parameter", "pageSize"))
        return token, int(size), _mask(kind, last(request.query, "fields"))


def _mask(kind: str, fields: str) -> masks.Mask:
    if not fields:
        return USUAL[kind]
    try:
        mask = masks.parsed(fields)
        masks.check(mask, ALL[kind])
    except masks.BadMask as bad:
        message = f"Invalid field selection {bad}"
        raise bad_request("invalidParameter", message, ("parameter", "fields")) from bad
    return mask


def _sees(token: Token, file: Body) -> bool:
    return file["id"] not in NOT_OPENED or not EVERYTHING.isdisjoint(token.scopes)


def _refused() -> ApiError:
    return ApiError(
        HTTPStatus.BAD_REQUEST, "invalid", "Invalid Value", location=("parameter", "pageToken")
    )


def _place(held: Collection, token: str) -> int:
    """Where in the list a page begins."""
    if not token:
        return 0
    epoch, _, begin = token.removeprefix("~!!~").partition(".")
    if epoch != str(held.epoch) or not begin.isdecimal():
        raise _refused()
    return int(begin)


def _point(held: Collection, revision: int) -> str:
    return str(held.epoch * EPOCH + revision)


def _revision(held: Collection, token: str) -> int:
    epoch, revision = divmod(int(token), EPOCH) if token.isdecimal() else (0, 0)
    if not held.knows(epoch, revision):
        raise _refused()
    return revision


def _change(change: Change) -> Body:
    told = {
        "kind": "drive#change",
        "changeType": "file",
        "type": "file",
        "time": change.body["modifiedTime"],
        "removed": change.deleted,
        "fileId": change.id,
    }
    return told if change.deleted else {**told, "file": change.body}


def _seeded(person: Person, now: Callable[[], float]) -> Collection:
    held = Collection(
        make=lambda number, at: _file(person, number, at),
        now=now,
        touch=lambda body, at: body.update(
            modifiedTime=_written(at), version=str(int(body["version"]) + 1)
        ),
    )
    held.create(id="file-plan", name="Plan")
    held.create(id="file-budget", name="Budget")
    return held


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _file(person: Person, number: int, at: float) -> Body:
    oneself = {
        "kind": "drive#user",
        "displayName": person.name,
        "photoLink": "https://lh3.googleusercontent.com/a/portrait",
        "me": True,
        "permissionId": f"0{person.sub[-9:]}",
        "emailAddress": person.email,
    }
    return {
        "kind": "drive#file",
        "id": f"file-{number}",
        "name": f"File {number}",
        "mimeType": "application/pdf",
        "webViewLink": f"https://drive.google.com/file/d/file-{number}/view",
        "webContentLink": f"https://drive.google.com/uc?id=file-{number}&export=download",
        "thumbnailLink": f"https://lh3.googleusercontent.com/drive-storage/{number}=s220",
        "createdTime": _written(at),
        "modifiedTime": _written(at),
        "viewedByMeTime": _written(at),
        "size": str(1000 + number),
        "md5Checksum": f"{number:032x}",
        "version": "1",
        "shared": False,
        "trashed": False,
        "starred": False,
        "parents": [f"root-{person.sub[-1]}"],
        "owners": [oneself],
        "lastModifyingUser": oneself,
    }
