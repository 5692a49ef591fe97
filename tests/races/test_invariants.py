"""The invariant checker bites: each damage to good tables is one it must find."""

from collections.abc import Callable
from copy import deepcopy

from hub.store.database import Item
from tests.functional.gateway import User
from tests.races.invariants import CLOSING, REVOCATION, Tables, violations
from tests.races.world import World


def agreeing(world: World) -> Tables:
    """One live integration that was connected twice, one disconnected, one revocation waiting."""
    world.connect("Globex")
    world.connect("Globex", user=User(id="grace"))
    world.disconnect(world.connect("Initech"))
    return world.tables()


def row(tables: Tables, table: str, **wanted: object) -> Item:
    rows = tables[table]
    return next(each for each in rows if wanted.items() <= each.items())


def live(tables: Tables) -> Item:
    return row(tables, "integrations", integrationStatus="active")


def ended(tables: Tables) -> Item:
    return row(tables, "integrations", integrationStatus="disconnected")


def remove(tables: Tables, table: str, **wanted: object) -> None:
    tables[table].remove(row(tables, table, **wanted))


def lose_credentials(tables: Tables) -> None:
    remove(tables, "credentials", credentialsId=live(tables)["integrationId"])


def lose_salt(tables: Tables) -> None:
    remove(tables, "keys", keyId=f"salt#{live(tables)['integrationId']}")


def lose_key(tables: Tables) -> None:
    remove(tables, "keys", keyId="key#1")


def lose_person_salt(tables: Tables) -> None:
    remove(tables, "keys", keyId="salt#person#grace")


def lose_hold(tables: Tables) -> None:
    remove(tables, "external_accounts", integrationId=live(tables)["integrationId"])


def lose_integration(tables: Tables) -> None:
    remove(tables, "integrations", integrationStatus="active")


def lose_revocation_salt(tables: Tables) -> None:
    waiting = next(
        each for each in tables["keys"] if each["keyId"].startswith(f"salt#{REVOCATION}")
    )
    tables["keys"].remove(waiting)


def mix_generations(tables: Tables) -> None:
    live(tables)["generation"] += 1


def keep_credentials(tables: Tables) -> None:
    kept = row(tables, "credentials", credentialsId=live(tables)["integrationId"])
    tables["credentials"].append({**kept, "credentialsId": ended(tables)["integrationId"]})


def keep_salt(tables: Tables) -> None:
    kept = row(tables, "keys", keyId=f"salt#{live(tables)['integrationId']}")
    tables["keys"].append({**kept, "keyId": f"salt#{ended(tables)['integrationId']}"})


def keep_hold(tables: Tables) -> None:
    kept = next(each for each in tables["external_accounts"] if each["holder"] != CLOSING)
    tables["external_accounts"].append(
        {
            **kept,
            "accountHash": ended(tables)["accountHash"],
            "integrationId": ended(tables)["integrationId"],
        }
    )


def double_integration(tables: Tables) -> None:
    tables["integrations"].append({**live(tables), "integrationId": "int_TWIN"})


def forget_end(tables: Tables) -> None:
    del ended(tables)["disconnectedAt"]


def forget_grant(tables: Tables) -> None:
    remove(tables, "consents", id=live(tables)["consentId"])


def forget_withdrawal(tables: Tables) -> None:
    remove(tables, "consents", event="withdrawn")


def unlink_grant(tables: Tables) -> None:
    del row(tables, "consents", id=live(tables)["consentId"])["previous"]


def repeat_withdrawal(tables: Tables) -> None:
    withdrawn = row(tables, "consents", event="withdrawn")
    tables["consents"].append({**withdrawn, "id": "again"})


DAMAGES = (
    lose_credentials,
    lose_salt,
    lose_key,
    lose_person_salt,
    lose_hold,
    lose_integration,
    lose_revocation_salt,
    mix_generations,
    keep_credentials,
    keep_salt,
    keep_hold,
    double_integration,
    forget_end,
    forget_grant,
    forget_withdrawal,
    unlink_grant,
    repeat_withdrawal,
)


def finds(tables: Tables, damage: Callable[[Tables], None]) -> bool:
    damaged = deepcopy(tables)
    damage(damaged)
    return violations(damaged) != []


def test_every_damage_is_found(world: World):
    tables = agreeing(world)

    assert violations(tables) == []
    assert [damage.__name__ for damage in DAMAGES if not finds(tables, damage)] == []
