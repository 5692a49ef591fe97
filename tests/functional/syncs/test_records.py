"""GET records and sync-logs: pages in the order of change, and for whom."""

import pytest

from tests.functional.gateway import User

TEAM = "Ada's Bakery"


@pytest.fixture
def connected(journey, clock):
    connected = journey.connect(TEAM)
    journey.sync()
    return connected


@pytest.fixture
def read(gateway, connected):
    def read(path="records/users", query="", **options):
        return gateway.get(f"/api/integrations/{connected}/{path}{query}", **options)

    return read


def test_a_record_has_the_common_part_and_the_providers_own(read):
    (first, *_) = read().json["data"]

    assert first["kind"] == "user"
    assert first["title"] == "Person 1"
    assert first["object"]["id"] == first["id"]
    assert first["people"] == [
        {"role": "self", "id": first["id"], "name": "Person 1", "email": None}
    ]
    assert (first["deleted"], first["truncated"]) == (False, False)


def test_pages_hold_each_record_once(read, simulator, journey, clock):
    simulator.change("slack", TEAM, "users", "create", count=8)
    clock.advance(900)
    journey.tick()
    journey.sync()
    seen, cursor = [], None
    while True:
        query = "?limit=4" + (f"&cursor={cursor}" if cursor else "")
        page = read(query=query).json
        seen += [each["id"] for each in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 11


def test_what_changed_since_is_read_alone_and_what_is_gone_says_nothing_else(
    read, simulator, journey, clock
):
    before = max(each["modifiedAt"] for each in read().json["data"])
    (gone, *_) = simulator.change("slack", TEAM, "users", "list")["ids"]
    simulator.change("slack", TEAM, "users", "delete", id=gone)
    clock.advance(900)
    journey.tick()
    journey.sync()

    told = read(query=f"?modifiedAfter={before.replace('Z', '+00:00').replace('+', '%2B')}")

    newest = told.json["data"][-1]
    assert newest["id"] == gone
    assert newest["deleted"] is True
    assert {newest[name] for name in ("title", "url", "state", "parent", "object")} == {None}


def test_a_tombstone_whose_time_is_over_counts_as_gone(read, simulator, journey, clock):
    (gone, *_) = simulator.change("slack", TEAM, "users", "list")["ids"]
    simulator.change("slack", TEAM, "users", "delete", id=gone)
    clock.advance(900)
    journey.tick()
    journey.sync()
    clock.advance(91 * 86_400)

    later = User(expires_in=100 * 86_400)
    assert gone not in {each["id"] for each in read(user=later).json["data"]}


def test_a_page_ends_at_a_megabyte(read, simulator, journey, clock):
    simulator.change("slack", TEAM, "users", "create", count=5, fields={"big": "x" * 280_000})
    clock.advance(900)
    journey.tick()
    journey.sync()

    first = read(query="?limit=200").json

    assert len(first["data"]) < 8
    rest = read(query=f"?limit=200&cursor={first['nextCursor']}").json
    assert len(first["data"]) + len(rest["data"]) == 8
    assert rest["nextCursor"] is None


def test_what_is_too_large_keeps_its_common_part(read, simulator, journey, clock):
    simulator.change("slack", TEAM, "users", "create", fields={"big": "x" * 400_000})
    clock.advance(900)
    journey.tick()
    journey.sync()

    largest = read().json["data"][-1]

    assert largest["truncated"] is True
    assert largest["object"] is None
    assert largest["title"] == "Person 4"


@pytest.mark.parametrize(
    "query",
    ["?limit=0", "?limit=201", "?limit=x", "?cursor=x", "?cursor=W10=", "?modifiedAfter=today"],
)
def test_a_query_that_cannot_be_read_is_refused(read, query):
    assert read(query=query).error == "invalid_request"


def test_an_unknown_resource_is_not_found(read):
    assert read("records/nonsense").status == 404


def test_another_organization_sees_nothing(read):
    other = User(organization="org-b")

    assert read(user=other).status == 404
    assert read("sync-logs", user=other).status == 404


def test_a_persons_records_are_for_them_and_for_those_who_manage(journey, gateway):
    theirs = journey.connect(provider="google")
    resources = gateway.get("/api/integrations/providers").json["data"]
    google = next(each for each in resources if each["id"] == "google")
    for resource in google["syncResources"]:
        url = f"/api/integrations/{theirs}/records/{resource['id']}"
        assert gateway.get(url).status == 200
        manager = User(role="manager", id="somebody-else")
        assert gateway.get(url, user=manager).status == 403


def test_the_log_is_newest_first_with_all_that_operators_ask(read, journey, clock):
    clock.advance(900)
    journey.tick()
    journey.sync()

    first = read("sync-logs", "?limit=1").json
    (newest,) = first["data"]
    (oldest,) = read("sync-logs", f"?limit=1&cursor={first['nextCursor']}").json["data"]

    assert (newest["trigger"], oldest["trigger"]) == ("schedule", "connect")
    assert newest["outcome"] == "succeeded"
    assert newest["calls"] == 2
    assert {"resource": "users", "created": 0, "updated": 0, "deleted": 0, "unchanged": 3} in (
        newest["resources"]
    )


def test_a_line_is_gone_after_ninety_days(read, clock):
    clock.advance(91 * 86_400)

    assert read("sync-logs", user=User(expires_in=100 * 86_400)).json["data"] == []


def test_the_integration_says_when_it_was_synced_and_will_be(gateway, connected, clock):
    shown = gateway.get(f"/api/integrations/{connected}").json["data"]

    assert shown["lastSyncAt"] is not None
    assert shown["nextSyncAt"] > shown["lastSyncAt"]
    assert {each["resource"] for each in shown["sync"]} == {"channels", "users"}
    assert shown["healthStatus"] == "healthy"
