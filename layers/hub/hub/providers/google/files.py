"""What is synced of Google Drive: the files a person has, and those that were shared with them.

A full pass asks where changes stand before it lists the files, so that nothing is missed that
happens meanwhile; the next pass reads the changes from there. A file that was deleted, trashed, or
taken away from the person is gone.
https://developers.google.com/workspace/drive/api/guides/manage-changes

Pages of the list may differ from what there is while files come and go, Google says. Files on
shared drives are not read: each such drive has a log of changes of its own.

Not confirmed: whether the files in a folder that is trashed are all told as changes; a full pass a
week makes up for it.
"""

from collections.abc import Mapping
from typing import Any, Final

from hub.errors import ProviderUnavailable
from hub.providers._records import identified, inner, objects, person, times
from hub.providers._rest import link, required, text
from hub.providers._sync import DAY, Asked, Cursor, Page, Resource
from hub.providers.google.client import DRIVE, GoogleClient
from hub.record import Person, Record

_PAGE: Final = 250
_WHO: Final = "(permissionId,displayName,emailAddress)"
# Left out: links that expire or open the file to whoever has them, and what moves with a mere look.
_FIELDS: Final = (
    "id,name,mimeType,description,webViewLink,createdTime,modifiedTime,size,md5Checksum,shared,"
    f"trashed,parents,owners{_WHO},lastModifyingUser{_WHO}"
)


def _read(client: GoogleClient, asked: Asked) -> Page:
    at = asked.at or {}
    return _changed(client, at["changes"]) if "changes" in at else _listed(client, at)


def _listed(client: GoogleClient, at: Cursor) -> Page:
    start = at.get("start") or client.start_page_token()
    content = client.files(_FIELDS, _PAGE, at.get("page"))
    if content.get("incompleteSearch"):  # what is missing must not be taken for gone
        raise ProviderUnavailable
    page = text(content.get("nextPageToken"))
    return Page(
        records=tuple(map(_file, objects(content, "files"))),
        next={"start": start, "page": page} if page else None,
        cursor=None if page else {"changes": start},
    )


def _changed(client: GoogleClient, token: str) -> Page:
    content = client.changes(_FIELDS, _PAGE, token)
    told = {
        identified(each.get("fileId")): each
        for each in objects(content, "changes")
        if each.get("changeType") != "drive"
    }
    page = text(content.get("nextPageToken"))
    return Page(
        records=tuple(_file(_content(each)) for each in told.values() if not _is_gone(each)),
        gone=tuple(id_ for id_, each in told.items() if _is_gone(each)),
        next={"changes": page} if page else None,
        cursor=None if page else {"changes": required(content, "newStartPageToken")},
    )


def _is_gone(change: Mapping[str, Any]) -> bool:
    return change.get("removed") is True or inner(change, "file", "trashed") is True


def _content(change: Mapping[str, Any]) -> dict[str, Any]:
    file = change.get("file")
    if not isinstance(file, dict):
        raise ProviderUnavailable
    return file


def _file(file: dict[str, Any]) -> Record:
    parents = file.get("parents")
    return Record(
        id=identified(file.get("id")),
        title=text(file.get("name")) or "",
        url=link(file.get("webViewLink")),
        people=_owners(file),
        times=times(created=file.get("createdTime"), updated=file.get("modifiedTime")),
        parent=text(parents[0]) if isinstance(parents, list) and parents else None,
        content=file,
    )


def _owners(file: Mapping[str, Any]) -> tuple[Person, ...]:
    owners = file.get("owners")
    found: tuple[Person, ...] = ()
    for each in owners if isinstance(owners, list) else ():
        of = (inner(each, name) for name in ("permissionId", "displayName", "emailAddress"))
        found += person("owner", *of)
    return found


FILES: Final = Resource(
    id="drive_files",
    kind="file",
    explanation="Files of the person's Drive, and those shared with them",
    scopes=(DRIVE,),
    read=_read,
    full_every=7 * DAY,
    keeps_place=False,
)
