from collections.abc import Callable, Mapping
from copy import copy, replace

import pytest

from hub.values import NOTHING, Value


def double(number: int) -> int:
    return 2 * number


class Letter(Value, hidden=("text",)):
    to: str
    text: str
    copies: int = 1
    headers: Mapping[str, str] = NOTHING
    count: Callable[[int], int] = double

    @property
    def counted(self) -> int:
        return self.count(self.copies)


class Registered(Letter):
    number: int


LETTER = Letter(to="ada", text="Dear Ada")


def test_fields_are_given_by_name_and_defaults_fill_the_rest():
    assert (LETTER.to, LETTER.text, LETTER.copies, LETTER.headers) == ("ada", "Dear Ada", 1, {})
    assert Letter(to="ada", text="", copies=2).counted == 4


@pytest.mark.parametrize(
    ("given", "wrong"),
    [({"to": "ada"}, "text"), ({"to": "ada", "text": "", "from_": "bob"}, "from_")],
)
def test_missing_and_unknown_fields_are_refused_by_name(given: dict[str, str], wrong: str):
    with pytest.raises(TypeError, match=f"Letter lacks or does not have: {wrong}$"):
        Letter(**given)


def test_values_do_not_change():
    with pytest.raises(AttributeError, match="immutable"):
        LETTER.to = "bob"
    with pytest.raises(AttributeError, match="immutable"):
        LETTER.new = "bob"
    with pytest.raises(AttributeError, match="immutable"):
        del LETTER.to
    assert LETTER.to == "ada"


def test_the_shared_default_does_not_change():
    with pytest.raises(TypeError):
        LETTER.headers["to"] = "bob"


def test_values_are_equal_by_kind_and_fields():
    same, other = Letter(text="Dear Ada", to="ada"), Letter(to="bob", text="Dear Ada")

    assert same == LETTER
    assert other != LETTER
    assert Registered(to="ada", text="Dear Ada", number=1) != LETTER


def test_equal_values_have_equal_hashes():
    class Point(Value):
        x: int
        y: int = 0

    assert {Point(x=1): "here"}[Point(y=0, x=1)] == "here"
    assert hash(Point(x=1)) != hash(Point(x=0, y=1))


def test_a_hidden_field_does_not_show():
    assert repr(LETTER).startswith("Letter(to='ada', copies=1, headers=")
    assert "Dear" not in repr(LETTER)
    assert "Dear" not in repr(Registered(to="ada", text="Dear Ada", number=1))


def test_a_subclass_adds_its_fields():
    registered = Registered(to="ada", text="", number=7)

    assert (registered.number, registered.copies) == (7, 1)


def test_a_copy_may_differ_and_leaves_the_original():
    assert replace(LETTER, copies=3).copies == 3
    assert copy(LETTER) == LETTER
    assert LETTER.copies == 1
    with pytest.raises(TypeError, match="nobody"):
        replace(LETTER, nobody=1)
