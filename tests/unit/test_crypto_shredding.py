"""Credentials in the tables: rows exchanged, restored from a backup, or left without their key
(TS-01, TS-08, TS-10, TS-11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hub import runtime, vault
from hub.audit import Audit
from hub.errors import TemporarilyUnavailable, Unreadable
from hub.grants import Grants
from hub.models import Integration, OAuthState, Secret, Status, Token, Tokens
from hub.sealing import KeyCache, Purpose, new_salt
from hub.store import credentials, integrations, keys
from hub.store.credentials import SealedCredentials
from hub.store.database import Database
from tests.tables import create_tables, name_of

AUDIT = Audit(by="test", purpose="test", write=lambda event, fields: None)


@dataclass
class Deployment:
    """The tables, and a KMS for containers that start with nothing cached."""

    dynamodb: Any
    kms: Any
    master_key: str
    database: Database

    def container(self) -> KeyCache:
        return KeyCache(self.kms, self.master_key, runtime.clock)

    def connect(self, organization_id: str, integration_id: str, token: str) -> None:
        container, place = self.container(), keys.organization_key(organization_id)
        _, made = container.generate(organization_id, Purpose.CREDENTIALS)
        wrapped = keys.ensure(self.database, place, made)
        key = container.unwrap(wrapped, organization_id, Purpose.CREDENTIALS)
        integration, salt = _integration(organization_id, integration_id), new_salt()
        tokens = Tokens(main=Token(access=Secret(token)))
        sealed = key.seal(tokens.to_json(), vault.tokens_place(integration), salt)
        row = SealedCredentials(
            organization_id=organization_id,
            integration_id=integration_id,
            provider_id="slack",
            generation=1,
            sealed=sealed,
        )
        self.database.transact(
            [
                integrations.write(integration, seen=None),
                credentials.write(row),
                keys.create(keys.integration_salt(organization_id, integration_id), salt),
            ]
        )

    def token(
        self, organization_id: str, integration_id: str, container: KeyCache | None = None
    ) -> str:
        found = vault.find(self.database, organization_id, integration_id)
        opened = vault.open_tokens(found, container or self.container(), AUDIT)
        return opened.tokens.main.access.reveal()

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName=name_of(table))["Items"]

    def restore(self, table: str, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self.dynamodb.put_item(TableName=name_of(table), Item=row)


def _integration(organization_id: str, integration_id: str) -> Integration:
    return Integration(
        organization_id=organization_id,
        id=integration_id,
        provider_id="slack",
        account_name="Globex",
        account_hash="hash",
        status=Status.ACTIVE,
        generation=1,
        connected_by="ada",
        connected_at=1,
        scopes_asked=(),
        scopes_granted=(),
        consent_id="consent",
    )


@pytest.fixture(scope="module")
def empty() -> Iterator[Deployment]:
    with mock_aws():
        dynamodb, kms = boto3.client("dynamodb"), boto3.client("kms")
        create_tables(dynamodb)
        key = kms.create_key()["KeyMetadata"]["Arn"]
        tables = {name: name for name in ("integrations", "credentials", "keys", "states")}
        yield Deployment(dynamodb, kms, key, Database(dynamodb, tables))


@pytest.fixture
def deployment(empty: Deployment) -> Deployment:
    for table, names in {
        "IntegrationsTable": ("organizationId", "integrationId"),
        "CredentialsTable": ("organizationId", "credentialsId"),
        "KeysTable": ("organizationId", "keyId"),
    }.items():
        for row in empty.rows(table):
            key = {name: row[name] for name in names}
            empty.dynamodb.delete_item(TableName=name_of(table), Key=key)
    return empty


@pytest.fixture
def two(deployment: Deployment) -> Deployment:
    deployment.connect("org-a", "int_1", "token-of-a")
    deployment.connect("org-b", "int_1", "token-of-b")
    return deployment


def exchange_sealed_bytes(deployment: Deployment) -> None:
    one, other = deployment.rows("CredentialsTable")
    one["sealed"], other["sealed"] = other["sealed"], one["sealed"]
    deployment.restore("CredentialsTable", [one, other])


def test_credentials_open_in_a_cold_container(two: Deployment):
    assert two.token("org-a", "int_1") == "token-of-a"
    assert two.token("org-b", "int_1") == "token-of-b"


def test_no_row_shows_a_token(two: Deployment):
    rows = [
        row for name in ("Credentials", "Keys", "Integrations") for row in two.rows(f"{name}Table")
    ]

    assert len(rows) == 8
    assert "token-of" not in str(rows)


def test_credentials_exchanged_between_organizations_do_not_open(two: Deployment):
    exchange_sealed_bytes(two)

    for organization in ("org-a", "org-b"):
        with pytest.raises(Unreadable):
            two.token(organization, "int_1")


def test_credentials_exchanged_between_integrations_do_not_open(deployment: Deployment):
    deployment.connect("org-a", "int_1", "token-1")
    deployment.connect("org-a", "int_2", "token-2")
    exchange_sealed_bytes(deployment)

    for integration in ("int_1", "int_2"):
        with pytest.raises(Unreadable):
            deployment.token("org-a", integration)


def test_credentials_exchanged_together_with_their_salts_do_not_open(deployment: Deployment):
    deployment.connect("org-a", "int_1", "token-1")
    deployment.connect("org-a", "int_2", "token-2")
    exchange_sealed_bytes(deployment)
    one, other = (row for row in deployment.rows("KeysTable") if "salt" in row["keyId"]["S"])
    one["value"], other["value"] = other["value"], one["value"]
    deployment.restore("KeysTable", [one, other])

    for integration in ("int_1", "int_2"):
        with pytest.raises(Unreadable):
            deployment.token("org-a", integration)


def test_another_organizations_wrapped_key_does_not_open(two: Deployment):
    """TS-04 by way of the table: KMS refuses B's key in A's context."""
    rows = {
        row["organizationId"]["S"]: row
        for row in two.rows("KeysTable")
        if row["keyId"] == {"S": "key#1"}
    }
    rows["org-a"]["value"] = rows["org-b"]["value"]
    two.restore("KeysTable", [rows["org-a"]])

    with pytest.raises(Unreadable):
        two.token("org-a", "int_1")


@pytest.mark.parametrize(
    "gone",
    [keys.organization_key("org-a"), keys.integration_salt("org-a", "int_1")],
    ids=["key", "salt"],
)
def test_a_restored_row_does_not_open_without_its_key_or_salt(two: Deployment, gone: keys.Place):
    backup = {table: two.rows(table) for table in ("CredentialsTable", "IntegrationsTable")}
    warm = two.container()
    assert two.token("org-a", "int_1", warm) == "token-of-a"

    two.database.transact([keys.destroy(gone), credentials.destroy("org-a", "int_1")])
    for table, rows in backup.items():
        two.restore(table, rows)

    for container in (two.container(), warm):
        with pytest.raises(Unreadable):
            two.token("org-a", "int_1", container)
    assert two.token("org-b", "int_1") == "token-of-b"


def test_a_backup_that_held_the_keys_would_be_caught(two: Deployment):
    """Why `keys` is kept apart: with its rows restored as well, erasing has undone nothing."""
    backup = two.rows("KeysTable")
    two.database.transact([keys.destroy(keys.organization_key("org-a"))])
    with pytest.raises(Unreadable):
        two.token("org-a", "int_1")

    two.restore("KeysTable", backup)

    assert two.token("org-a", "int_1") == "token-of-a"


def test_a_restored_row_does_not_open_after_the_organization_came_back(two: Deployment):
    backup = two.rows("CredentialsTable")
    two.database.transact(
        [
            keys.destroy(keys.organization_key("org-a")),
            keys.destroy(keys.integration_salt("org-a", "int_1")),
            credentials.destroy("org-a", "int_1"),
        ]
    )
    two.connect("org-a", "int_2", "token-2")
    two.restore("CredentialsTable", backup)

    with pytest.raises(Unreadable):
        two.token("org-a", "int_1")
    assert two.token("org-a", "int_2") == "token-2"


def test_a_row_of_an_older_generation_does_not_open(two: Deployment):
    (row,) = (
        row for row in two.rows("IntegrationsTable") if row["organizationId"] == {"S": "org-a"}
    )
    row["generation"] = {"N": "2"}
    two.restore("IntegrationsTable", [row])

    with pytest.raises(Unreadable):
        two.token("org-a", "int_1")


def test_nothing_is_stored_while_kms_makes_no_key(deployment: Deployment):
    """TS-08: no key, no row, in clear or otherwise."""
    state = OAuthState(
        id="id",
        provider_id="slack",
        organization_id="org-a",
        user_id="ada",
        redirect_uri="",
        return_to="",
        scopes=(),
        binding_hash="",
        sealed_verifier=b"",
        wrapped_key=b"",
        expires_at=0,
    )
    broken = KeyCache(deployment.kms, "alias/not-there", runtime.clock)

    grants = Grants(deployment.database, broken, AUDIT, clock=runtime.clock, draw=runtime.draw)

    with pytest.raises(TemporarilyUnavailable):
        grants.prepare(state)

    assert [deployment.rows(f"{name}Table") for name in ("Keys", "Credentials")] == [[], []]
