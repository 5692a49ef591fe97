"""What must hold of all tables together, whenever nobody is in the middle of something.

live integration   <=>  its credentials, of its generation, with the salt that opens them
                   <=>  its hold on the external account
revocation row     <=>  the salt that opens it
every change       <=>  exactly one entry on the ledger, each grant linked to the one before
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hub.audit import Audit
from hub.errors import HubError
from hub.models import Integration, Status, Tokens
from hub.sealing import KeyCache, Place, Purpose
from hub.store import credentials, integrations
from hub.store.database import Item
from hub.vault import Found, open_tokens
from tests.races.cloud import MASTER_KEY_ID, Kms

REVOCATION = "revocation#"
CLOSING = "#closing"
NOBODY = Audit(by="test", purpose="invariants", write=lambda _event, _fields: None)

type Tables = dict[str, list[Item]]


def violations(tables: Tables) -> list[str]:
    """Give a sentence for everything that does not hold."""
    held = Held(tables)
    checks = (_integrations, _credentials, _accounts, _salts, _ledgers)
    return [sentence for check in checks for sentence in check(held)]


@dataclass(frozen=True)
class Held:
    """A full dump of the tables, made searchable."""

    tables: Tables

    @cached_property
    def key_cache(self) -> KeyCache:
        return KeyCache(Kms(), MASTER_KEY_ID, time.time)

    @cached_property
    def integrations(self) -> dict[tuple[str, str], Integration]:
        rows = map(integrations.from_item, self.tables["integrations"])
        return {(each.organization_id, each.id): each for each in rows}

    @cached_property
    def live(self) -> dict[tuple[str, str], Integration]:
        return {name: each for name, each in self.integrations.items() if each.live}

    @cached_property
    def credentials(self) -> dict[tuple[str, str], Item]:
        rows = self.tables["credentials"]
        return {(row["organizationId"], row["credentialsId"]): row for row in rows}

    @cached_property
    def keys(self) -> dict[tuple[str, str], bytes]:
        rows = self.tables["keys"]
        return {(row["organizationId"], row["keyId"]): row["value"] for row in rows}

    def tokens(self, integration: Integration) -> Tokens:
        """Open an integration's credentials as the product does. Raises HubError."""
        organization_id = integration.organization_id
        row = self.credentials.get((organization_id, integration.id))
        found = Found(
            integration=integration,
            sealed=credentials.from_item(row) if row else None,
            wrapped_key=self.keys.get((organization_id, "key#1")),
            salt=self.keys.get((organization_id, f"salt#{integration.id}")),
        )
        return open_tokens(found, self.key_cache, NOBODY).tokens

    def open(self, sealed: bytes, place: Place, salt_id: str) -> bytes:
        organization_id = place.organization_id
        wrapped = self.keys[organization_id, "key#1"]
        key = self.key_cache.unwrap(wrapped, organization_id, Purpose.CREDENTIALS)
        return key.open(sealed, place, self.keys[organization_id, salt_id])


def _integrations(held: Held) -> Iterator[str]:
    for each in held.live.values():
        try:
            held.tokens(each)
        except HubError as error:
            yield f"{each.id} is {each.status} but its tokens are {type(error).__name__}"
    for each in held.integrations.values():
        if (each.status is Status.DISCONNECTED) != (each.disconnected_at is not None):
            yield f"{each.id} is {each.status}, disconnected at {each.disconnected_at}"
    owners = Counter((each.organization_id, each.account_hash) for each in held.live.values())
    for (organization_id, _), count in owners.items():
        if count > 1:
            yield f"{organization_id} has {count} integrations of one account"


def _credentials(held: Held) -> Iterator[str]:
    for name, row in held.credentials.items():
        if name[1].startswith(REVOCATION):
            try:
                _open_revocation(held, row)
            except (KeyError, HubError):
                yield f"{name[1]} cannot be opened, so never be carried out"
        elif name not in held.live:
            yield f"credentials of {name[1]}, which is not live"


def _open_revocation(held: Held, row: Item) -> None:
    revocation = credentials.revocation_from_item(row)
    place = Place(
        organization_id=revocation.organization_id,
        integration_id=revocation.id,
        provider_id=revocation.provider_id,
        field=credentials.REVOCATION,
        generation=revocation.generation,
    )
    held.open(revocation.sealed, place, f"salt#{revocation.id}")


def _accounts(held: Held) -> Iterator[str]:
    holders = {
        (row["accountHash"], row["organizationId"], row["integrationId"])
        for row in held.tables["external_accounts"]
        if row["holder"] != CLOSING
    }
    due = {(each.account_hash, each.organization_id, each.id) for each in held.live.values()}
    yield from (f"{each[2]} is live and holds no account" for each in due - holders)
    yield from (f"{each[2]} holds an account and is not live" for each in holders - due)


def _salts(held: Held) -> Iterator[str]:
    for organization_id, key_id in held.keys:
        owner = organization_id, key_id.removeprefix("salt#")
        kept = key_id.startswith(("key#", "external-accounts#", "salt#person#"))
        if not (kept or owner in held.live or owner in held.credentials):
            yield f"the salt of {owner[1]} outlived what it was for"


def _ledgers(held: Held) -> Iterator[str]:
    for each in held.integrations.values():
        entries = [row for row in held.tables["consents"] if row["integrationId"] == each.id]
        entries = [row for row in entries if row["organizationId"] == each.organization_id]
        yield from _ledger(each, entries)
        granted = [row for row in entries if row["event"] == "granted"]
        yield from (
            f"where {row['id']} was consented to cannot be opened"
            for row in granted
            if not _origin_opens(held, each, row)
        )


def _ledger(integration: Integration, entries: list[Item]) -> Iterator[str]:
    granted = {row["id"]: row for row in entries if row["event"] == "granted"}
    withdrawn = [row for row in entries if row["event"] == "withdrawn"]
    if len(granted) + len(withdrawn) != integration.generation:
        yield (
            f"{integration.id} is at generation {integration.generation} with {len(granted)} "
            f"grants and {len(withdrawn)} withdrawals on its ledger"
        )
    links = Counter(row.get("previous") for row in granted.values())
    if set(links) - set(granted) != {None} or max(links.values()) > 1:
        yield f"the grants of {integration.id} are no chain"
    if integration.consent_id not in set(granted) - set(links):
        yield f"{integration.id} does not name its last grant"
    ended = Counter(row.get("previous") for row in withdrawn)
    if not set(ended) <= set(granted) or max(ended.values(), default=1) > 1:
        yield f"a withdrawal of {integration.id} ends no grant, or one that had ended"


def _origin_opens(held: Held, integration: Integration, row: Item) -> bool:
    for generation in range(1, integration.generation + 1):
        place = Place(
            organization_id=integration.organization_id,
            integration_id=integration.id,
            provider_id=integration.provider_id,
            field=f"consent#{row['id']}",
            generation=generation,
        )
        try:
            held.open(row["sealedOrigin"], place, f"salt#person#{row['subject']}")
        except (KeyError, HubError):
            continue
        return True
    return False
