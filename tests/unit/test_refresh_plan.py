"""When credentials are refreshed: for any token and any lot that is drawn."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import providers, refresh_plan
from hub.models import Secret, Token, Tokens
from hub.providers._values import RefreshRule
from hub.refresh_plan import DAY

NOW = 1_800_000_000
SEED = 20_261_126
RULE = RefreshRule(rotates=True)
IDLE = RefreshRule(rotates=True, idle_days=90)
lives = st.integers(1, 366 * DAY)
draws = st.floats(0, 1)


def token(life=3600, *, refresh="refresh"):
    return Token(
        access=Secret("access"),
        refresh=Secret(refresh) if refresh else None,
        expires_at=None if life is None else NOW + life,
    )


def due(*tokens, rule=RULE, draw=0.5):
    main, *others = tokens
    extra = {f"extra{n}": each for n, each in enumerate(others)}
    return refresh_plan.due_at(Tokens(main=main, extra=extra), rule, NOW, lambda: draw)


@given(lives, draws)
def test_it_is_due_before_the_token_ends_and_within_its_window(life, draw):
    at = due(token(life), draw=draw)

    assert NOW <= at <= NOW + life
    assert at >= NOW + life - min(life * 0.4, 2400) - 1
    assert at <= NOW + life - min(life * 0.1, 600)


@given(st.integers(1200, 366 * DAY), draws)
def test_it_is_due_before_anybody_would_have_to_wait_for_it(life, draw):
    assert due(token(life), draw=draw) <= NOW + life - refresh_plan.EARLY_SECONDS


@given(draws)
def test_what_is_idle_is_kept_alive_before_most_of_its_limit_has_passed(draw):
    """RF-23: for tokens that do not end, and for those that outlive the limit."""
    for life in (None, 200 * DAY):
        at = due(token(life), rule=IDLE, draw=draw)
        assert 0.7 * 90 * DAY <= at - NOW <= 0.8 * 90 * DAY


def test_every_provider_with_a_limit_is_kept_alive_before_it():
    limits = [each.refresh for each in providers.everything() if each.refresh.idle_days]

    assert len(limits) == 6
    for rule in limits:
        for draw in (0, 1):
            assert due(token(None), rule=rule, draw=draw) < NOW + rule.idle_days * DAY * 0.81


def test_of_several_tokens_the_first_one_counts():
    at = due(token(40_000), token(3600), token(None), draw=1)

    assert at == due(token(3600), draw=1)


@pytest.mark.parametrize(
    ("one", "rule"),
    [(token(refresh=""), RULE), (token(refresh=""), IDLE), (token(None), RULE), (token(), None)],
    ids=["no refresh token", "none, and a limit", "no end and no limit", "no rule"],
)
def test_what_cannot_or_need_not_be_refreshed_is_never_due(one, rule):
    assert due(one, rule=rule) is None


def test_the_refreshable_token_that_ends_first_is_the_one_to_refresh():
    def first(main, **extra):
        return refresh_plan.first_due(Tokens(main=main, extra=extra))

    assert first(token(100), person=token(50)) == "person"
    assert first(token(50), person=token(100)) == ""
    assert first(token(100), person=token(50, refresh="")) == ""
    assert first(token(50, refresh=""), person=token(100)) == "person"
    assert first(token(None), person=token(100)) == "person"
    assert first(token(None)) == ""


@given(st.integers(-1000, 1000))
def test_a_token_is_used_up_before_it_ends_and_alive_until_then(left):
    one = token(left)

    assert refresh_plan.is_used_up(one, NOW) is (left <= refresh_plan.EARLY_SECONDS)
    assert refresh_plan.is_alive(one, NOW) is (left > 0)


def test_what_does_not_end_is_never_used_up():
    assert not refresh_plan.is_used_up(token(None), NOW * 2)
    assert refresh_plan.is_alive(token(None), NOW * 2)


def test_a_life_that_was_not_told_is_bounded_where_there_was_one_before():
    """RF-12."""
    assert refresh_plan.bounded(token(None), token(5), NOW) == token(3600)
    assert refresh_plan.bounded(token(None), token(None), NOW) == token(None)
    assert refresh_plan.bounded(token(70), token(5), NOW) == token(70)


def busiest(times):
    """The busiest second over the mean of all between the first and the last."""
    seconds = Counter(int(each) for each in times)
    mean = seconds.total() / (max(seconds) - min(seconds) + 1)
    return max(seconds.values()) / mean


@pytest.mark.parametrize("life", [3600, 28_800, 43_200, 86_400])
def test_a_herd_that_connected_within_a_minute_spreads(life):
    """RF-17: 10,000 in a minute; how busy its busiest second is, over the mean."""
    random = Random(SEED)  # noqa: S311
    moments = []
    for n in range(10_000):
        began = NOW + n * 60 / 10_000
        one = Token(access=Secret("a"), refresh=Secret("r"), expires_at=int(began) + life)
        moments.append(refresh_plan.due_at(Tokens(main=one), RULE, began, random.random))
    spread = busiest(moments)
    print(f"seed {SEED}: life {life}, busiest second {spread:.2f} times the mean")

    assert max(moments) - min(moments) >= 1000
    assert spread <= 3
    again = [
        refresh_plan.due_at(Tokens(main=token(life)), RULE, NOW, random.random) for _ in moments
    ]
    assert busiest(again) <= 3


def test_without_the_draw_the_herd_would_stay_together():
    """Negative control."""
    moments = [due(token(3600 + n % 60), draw=0.3) for n in range(10_000)]

    assert max(moments) - min(moments) < 60


@pytest.mark.parametrize("asked", [None, 1, 30, 3600])
@pytest.mark.parametrize("failures", [0, 1, 3, 5, 50])
def test_the_next_tries_of_a_thousand_clients_have_no_peak(failures, asked):
    """RF-16: full jitter, also where all were told the same Retry-After."""
    random = Random(SEED)  # noqa: S311
    times = [refresh_plan.retry_at(failures, asked, NOW, random.random) for _ in range(1000)]
    per_bucket = Counter((each - NOW) // 5 for each in times)
    width = max(per_bucket) - min(per_bucket) + 1

    assert min(times) >= NOW + (asked or 0)
    assert max(per_bucket.values()) <= 3 * 1000 / width + 3 * (1000 / width) ** 0.5


@given(st.integers(0, 10**6), draws)
def test_pauses_grow_to_half_an_hour_and_no_further(failures, draw):
    pause = refresh_plan.retry_at(failures, None, NOW, lambda: draw) - NOW

    assert 5 <= pause <= min(1800, 60 * 2 ** min(failures, 10))


@given(draws, st.sampled_from([600, 1800]))
def test_what_can_be_had_again_for_a_while_is_asked_for_several_times_before(draw, grace):
    """RF-10: each call takes its 12 seconds, and no answer comes."""
    now, until, tries = NOW + 12, NOW + grace, 0
    while now < until:
        now = 12 + refresh_plan.retry_at(tries, None, now, lambda: draw, until=until)
        tries += 1

    assert tries >= 6
    assert refresh_plan.retry_at(tries, None, now, lambda: 1.0, until=until) > now + 1000


def test_with_a_twentieth_of_failures_hardly_more_calls_are_made_than_needed():
    """RF-16: one layer of tries."""
    random = Random(SEED)  # noqa: S311
    calls = 0
    for _ in range(10_000):
        calls += 1
        while random.random() < 0.05:
            calls += 1
    print(f"seed {SEED}: {calls} calls for 10000 refreshes")

    assert calls <= 1.1 * 10_000
