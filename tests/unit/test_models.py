"""Tokens do not show themselves by accident (TS-13), and come back from sealing as they went in."""

import copy
import json
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.models import Secret, Token, Tokens

CANARY = "xoxb-canary-7391"


def held():
    return Tokens(
        main=Token(access=Secret(CANARY), refresh=Secret(f"{CANARY}-refresh"), expires_at=99),
        extra={"person": Token(access=Secret(f"{CANARY}-person"))},
    )


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        lambda tokens: f"{tokens}",
        lambda tokens: f"{tokens!r}",
        lambda tokens: "%r %s" % (tokens, tokens),  # noqa: UP031  # as old logging does
    ],
)
def test_no_way_of_showing_tokens_shows_them(show):
    assert CANARY not in show(held())
    assert "***" in show(held())


def test_a_traceback_with_locals_shows_none():
    def fail(tokens, access):
        raise RuntimeError

    try:
        tokens = held()
        fail(tokens, tokens.main.access)
    except RuntimeError as error:
        told = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )

    assert "tokens = Tokens(" in told
    assert CANARY not in told.replace("CANARY = ", "")


def test_a_plain_string_in_the_same_place_would_be_shown():
    token = Token(access=CANARY)  # type: ignore[arg-type]  # the mistake this guards against

    assert CANARY in repr(token)


@pytest.mark.parametrize("serialise", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_secrets_are_neither_copied_nor_dumped_nor_pickled(serialise):
    with pytest.raises(TypeError):
        serialise(Secret(CANARY))


@pytest.mark.parametrize("serialise", [pickle.dumps, copy.deepcopy, json.dumps])
def test_nor_are_the_tokens_that_hold_them(serialise):
    with pytest.raises(TypeError):
        serialise(held())


def test_secrets_compare_by_value_and_only_with_secrets():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


text = st.text(min_size=1, max_size=40)
tokens = st.builds(
    Token,
    access=st.builds(Secret, text),
    refresh=st.none() | st.builds(Secret, text),
    expires_at=st.none() | st.integers(min_value=1, max_value=2**40),
)


@given(st.builds(Tokens, main=tokens, extra=st.dictionaries(text, tokens, max_size=3)))
def test_tokens_come_back_from_json_as_they_went_in(before):
    assert Tokens.from_json(before.to_json()) == before


@pytest.mark.parametrize(
    ("times", "first"), [((None, None), None), ((50, None), 50), ((50, 40), 40), ((None, 40), 40)]
)
def test_a_grant_expires_with_the_first_of_its_tokens(times, first):
    main, person = (Token(access=Secret("x"), expires_at=each) for each in times)

    assert Tokens(main=main, extra={"person": person}).expires_at == first
