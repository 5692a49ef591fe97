"""A JWT that proves where a notification comes from, and until when."""

import pytest

from hub.schemes import Incoming, SignedToken, Verdict

SECRET, NOW = b"a-client-secret-Kw27", 1_790_000_000.0
TOKEN = SignedToken(longest=3600)


def verdict(**claims: object) -> Verdict:
    header = {"authorization": TOKEN.sign(claims, SECRET)}
    return TOKEN.verify(Incoming(headers=header, url="https://hub.test", at=NOW), [SECRET])


@pytest.mark.parametrize("seconds", [3600, 180, 1, -59])
def test_a_token_that_ends_soon_is_good(seconds):
    assert verdict(exp=NOW + seconds) is Verdict.VERIFIED


@pytest.mark.parametrize("seconds", [-60, -86_400, 3601, 30 * 86_400, float("inf"), float("nan")])
def test_a_token_that_has_ended_or_hardly_ever_does_is_not(seconds):
    assert verdict(exp=NOW + seconds) is Verdict.INVALID


@pytest.mark.parametrize("claims", [{}, {"exp": None}, {"exp": "1790000060"}, {"exp": True}])
def test_a_token_without_an_end_is_not_good(claims):
    assert verdict(**claims) is Verdict.INVALID
