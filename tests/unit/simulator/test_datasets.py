"""What an account at a simulated provider holds, and what tests may do to it."""

import pytest

from tests.simulator.datasets import Collection, NoSuchObject, change


@pytest.fixture
def held():
    return Collection(
        make=lambda number, at: {"id": f"n{number}", "touched": at},
        now=lambda: 7.0,
        touch=lambda body, at: body.update(touched=at + 1),
    ).seed(3)


def told(held, revision):
    return [(each.id, each.body.get("name"), each.deleted) for each in held.since(revision)]


def test_changes_are_told_from_a_point_of_the_history_on(held):
    since = held.revision
    held.update("n1", name="new")
    held.delete("n2")
    held.create(name="made")

    assert told(held, since) == [("n1", "new", False), ("n2", None, True), ("n4", "made", False)]
    assert held.get("n1") == {"id": "n1", "touched": 8.0, "name": "new"}
    assert held.ids() == ["n1", "n3", "n4"]


def test_only_the_last_change_of_an_object_is_told(held):
    since = held.revision
    held.update("n1", name="older")
    held.update("n3", name="x")
    held.update("n1", name="newer")

    assert told(held, since) == [("n3", "x", False), ("n1", "newer", False)]


def test_an_unruly_one_tells_older_changes_too_and_the_last_one_twice(held):
    since = held.revision
    held.unruly = True
    held.update("n1", name="older")
    held.update("n1", name="newer")

    assert [name for _, name, _ in told(held, since)] == ["older", "newer", "newer"]


def test_what_was_told_does_not_change_with_the_object(held):
    since = held.revision
    held.update("n1", name="then")
    (before,) = held.since(since)
    held.update("n1", name="now")

    assert before.body["name"] == "then"


def test_expiring_makes_every_point_unknown(held):
    point = (held.epoch, held.revision)
    assert held.knows(*point)

    held.expire()

    assert not held.knows(*point)
    assert not held.knows(held.epoch, held.revision + 1)


def test_tests_change_it_by_word(held):
    assert change(held, {"change": "create", "count": 2, "fields": {"name": "x"}}) == {
        "ids": ["n4", "n5"]
    }
    change(held, {"change": "update", "id": "n4", "fields": {"name": "y"}})
    change(held, {"change": "delete", "id": "n5"})
    change(held, {"change": "disarray"})
    assert held.get("n4")["name"] == "y"
    assert change(held, {"change": "list"}) == {"ids": ["n1", "n2", "n3", "n4"]}
    assert held.unruly


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"change": "update", "id": "none"}, NoSuchObject),
        ({"change": "delete", "id": "none"}, NoSuchObject),
        ({"change": "rename"}, ValueError),
        ({}, ValueError),
    ],
)
def test_what_cannot_be_done_is_refused(held, order, error):
    with pytest.raises(error):
        change(held, order)
