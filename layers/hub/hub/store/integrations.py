"""Integrations of one organization. The organization is in every key, so that another's row
cannot even be named (OA-19).
"""

from collections.abc import Sequence
from copy import replace
from typing import Any, Final

from hub.errors import NotFound
from hub.models import Integration, Problem, Status, SyncState
from hub.store.database import ConditionCheck, Database, Item, Key, Put, Update
from hub.store.due import Index
from hub.store.sync_items import from_attributes, to_attributes
from hub.values import NOTHING, Value

SYNC_DUE: Final = Index(
    table="integrations",
    name="syncs",
    shard="syncShard",
    time="syncDueAt",
    prefix="sync",
    shards=8,
)
_MAX_ID: Final = 64


class Page(Value):
    integrations: Sequence[Integration]
    next_id: str | None


class Integrations:
    def __init__(self, database: Database, organization_id: str) -> None:
        self._database = database
        self._organization_id = organization_id

    def get(self, integration_id: str) -> Integration:
        """Give the integration; NotFound if this organization has none of that id."""
        require_id(integration_id)
        item = self._database.get(*place(self._organization_id, integration_id))
        if item is None:
            raise NotFound
        return from_item(item)

    def page(
        self,
        *,
        limit: int,
        after: str | None = None,
        provider_id: str | None = None,
        status: Status | None = None,
    ) -> Page:
        """Give a page in the order of ids and the id to go on after, None at the end. A page
        ends at `limit` or after 1 MB was read, so a filtered one may be short with more to come.
        """
        wanted = {"providerId": provider_id, "integrationStatus": status}
        wanted = {name: value for name, value in wanted.items() if value}
        read = self._database.query(
            "integrations",
            "organizationId = :organization",
            {":organization": self._organization_id, **{f":{n}": v for n, v in wanted.items()}},
            limit=None if wanted else limit,
            after=place(self._organization_id, after)[1] if after else None,
            filters=" AND ".join(f"{name} = :{name}" for name in wanted),
        )
        found = [from_item(item) for item in read.items[:limit]]
        if len(read.items) > limit:
            return Page(integrations=found, next_id=found[-1].id)
        return Page(integrations=found, next_id=read.last["integrationId"] if read.last else None)

    def live_of(self, provider_id: str) -> list[Integration]:
        """Give every integration of the provider that is not disconnected."""
        live: list[Integration] = []
        after: str | None = None
        while True:
            page = self.page(limit=1000, after=after, provider_id=provider_id)
            live += [each for each in page.integrations if each.live]
            after = page.next_id
            if after is None:
                return live


def require_id(integration_id: str) -> None:
    """Raise NotFound for what is too long to be an id: DynamoDB refuses such a key."""
    if len(integration_id) > _MAX_ID:
        raise NotFound


def place(organization_id: str, integration_id: str) -> tuple[str, Key]:
    return "integrations", {"organizationId": organization_id, "integrationId": integration_id}


def write(integration: Integration, *, seen: int | None) -> Put:
    """Store the integration if its generation is still the one seen; None: if there is none."""
    if seen is None:
        condition, values = "attribute_not_exists(organizationId)", {}
    else:
        condition, values = "generation = :seen", {":seen": seen}
    return Put(table="integrations", item=to_item(integration), condition=condition, values=values)


def renewed(integration: Integration) -> Update:
    """Store what a refresh changes of an integration, and nothing else: others note other things
    in the same item. Fails if another grant is in use by now.
    """
    values = {
        "integrationStatus": integration.status,
        "scopesGranted": integration.scopes_granted,
        "tokenExpiresAt": integration.token_expires_at,
        "verifiedAt": integration.verified_at,
        "refreshedAt": integration.refreshed_at,
        "problem": _optional_problem_item(integration.problem),
        "refreshProblem": _optional_problem_item(integration.refresh_problem),
    }
    kept = {name: value for name, value in values.items() if value is not None}
    sets = ", ".join(f"{name} = :{name}" for name in kept)
    gone = ", ".join(name for name in values if name not in kept)
    return Update(
        table="integrations",
        key=place(integration.organization_id, integration.id)[1],
        expression=f"SET {sets} REMOVE {gone}" if gone else f"SET {sets}",
        condition="generation = :generation",
        values={
            ":generation": integration.generation,
            **{f":{name}": value for name, value in kept.items()},
        },
    )


def settle_revocation(
    organization_id: str, integration_id: str, generation: int, outcome: str
) -> Update:
    """Note how a revocation ended, unless the integration has lived on since."""
    return Update(
        table="integrations",
        key=place(organization_id, integration_id)[1],
        expression="SET revocation = :outcome",
        condition="generation = :generation",
        values={":outcome": outcome, ":generation": generation},
    )


def note_refresh_problem(integration: Integration, problem: Problem) -> Update:
    """Note since when refreshing fails."""
    return Update(
        table="integrations",
        key=place(integration.organization_id, integration.id)[1],
        expression="SET refreshProblem = if_not_exists(refreshProblem, :problem)",
        condition="generation = :generation",
        values={":problem": _problem_item(problem), ":generation": integration.generation},
    )


def note_subscription_problem(integration: Integration, problem: Problem | None) -> Update:
    """Note since when changes are no longer told by the provider, or that they are again."""
    noted = "subscriptionProblem = if_not_exists(subscriptionProblem, :problem)"
    return Update(
        table="integrations",
        key=place(integration.organization_id, integration.id)[1],
        expression=f"SET {noted}" if problem else "REMOVE subscriptionProblem",
        condition="generation = :generation",
        values={
            ":generation": integration.generation,
            **({":problem": _problem_item(problem)} if problem else {}),
        },
    )


def require_consent(integration: Integration, problem: Problem, *, erased: bool = False) -> Update:
    """Take an integration out of use until a person consents anew; fails if it is not in use, or
    no longer by the grant that was seen. `erased`: its tokens go now, and so does the account's
    name.
    """
    name, gone = (", accountName = :nobody", ", tokenExpiresAt") if erased else ("", "")
    return Update(
        table="integrations",
        key=place(integration.organization_id, integration.id)[1],
        expression=f"SET integrationStatus = :status, problem = :problem{name} "
        f"REMOVE refreshProblem, syncShard, syncDueAt{gone}",
        condition="generation = :generation AND integrationStatus = :active",
        values={
            ":status": Status.REAUTH_REQUIRED,
            ":problem": _problem_item(problem),
            ":generation": integration.generation,
            ":active": Status.ACTIVE,
            **({":nobody": ""} if erased else {}),
        },
    )


def require_generation(
    organization_id: str, integration_id: str, generation: int
) -> ConditionCheck:
    """Part of a transaction that is about one grant alone."""
    return ConditionCheck(
        table="integrations",
        key=place(organization_id, integration_id)[1],
        condition="generation = :generation",
        values={":generation": generation},
    )


def forget_tokens(integration: Integration) -> Update:
    """Note that there are no tokens any more; fails if it is in use again, or by another grant."""
    return Update(
        table="integrations",
        key=place(integration.organization_id, integration.id)[1],
        expression="REMOVE tokenExpiresAt",
        condition="generation = :generation AND integrationStatus = :status",
        values={":generation": integration.generation, ":status": integration.status},
    )


def disconnected(integration: Integration, now: int, *, revocation: str) -> Integration:
    return replace(
        integration,
        status=Status.DISCONNECTED,
        generation=integration.generation + 1,
        disconnected_at=now,
        token_expires_at=None,
        problem=None,
        refresh_problem=None,
        subscription_problem=None,
        revocation=revocation,
        sync=SyncState(last_at=integration.sync.last_at),
    )


def to_item(integration: Integration) -> Item:
    return {
        "organizationId": integration.organization_id,
        "integrationId": integration.id,
        "providerId": integration.provider_id,
        "accountName": integration.account_name,
        "accountHash": integration.account_hash,
        "integrationStatus": integration.status,
        "generation": integration.generation,
        "connectedBy": integration.connected_by,
        "connectedAt": integration.connected_at,
        "scopesAsked": integration.scopes_asked,
        "scopesGranted": integration.scopes_granted,
        "tokenExpiresAt": integration.token_expires_at,
        "verifiedAt": integration.verified_at,
        "disconnectedAt": integration.disconnected_at,
        "problem": _optional_problem_item(integration.problem),
        "revocation": integration.revocation,
        "refreshedAt": integration.refreshed_at,
        "refreshProblem": _optional_problem_item(integration.refresh_problem),
        "subscriptionProblem": _optional_problem_item(integration.subscription_problem),
        "consentId": integration.consent_id,
        "extraRoles": integration.extra_roles or None,
        "syncSettings": integration.sync_settings or None,
        **_sync_item(integration.id, integration.sync),
    }


def _sync_item(integration_id: str, state: SyncState) -> Item:
    due = {} if state.due_at is None else SYNC_DUE.attributes(integration_id, state.due_at)
    return {**to_attributes(state), **due}


def from_item(item: Item) -> Integration:
    return Integration(
        organization_id=item["organizationId"],
        id=item["integrationId"],
        provider_id=item["providerId"],
        account_name=item["accountName"],
        account_hash=item["accountHash"],
        status=Status(item["integrationStatus"]),
        generation=item["generation"],
        connected_by=item["connectedBy"],
        connected_at=item["connectedAt"],
        scopes_asked=tuple(item["scopesAsked"]),
        scopes_granted=tuple(item["scopesGranted"]),
        token_expires_at=item.get("tokenExpiresAt"),
        verified_at=item.get("verifiedAt"),
        disconnected_at=item.get("disconnectedAt"),
        problem=_problem(item.get("problem")),
        revocation=item.get("revocation"),
        refreshed_at=item.get("refreshedAt"),
        refresh_problem=_problem(item.get("refreshProblem")),
        subscription_problem=_problem(item.get("subscriptionProblem")),
        consent_id=item["consentId"],
        extra_roles=tuple(item.get("extraRoles", ())),
        sync_settings=item.get("syncSettings", NOTHING),
        sync=from_attributes(item),
    )


def _problem(item: dict[str, Any] | None) -> Problem | None:
    return Problem(category=item["category"], since=item["since"]) if item else None


def _optional_problem_item(problem: Problem | None) -> Item | None:
    return _problem_item(problem) if problem else None


def _problem_item(problem: Problem) -> Item:
    return {"category": problem.category, "since": problem.since}
