"""Times as people give them, written as providers take them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidRequest
from hub.providers._times import milliseconds, universal, zulu

MORNING = datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=1)))
FIRST, LAST = (MORNING.replace(tzinfo=None, year=year) for year in (2, 9998))
OFFSETS = st.timezones() | st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)


def test_a_moment_is_written_in_utc():
    assert zulu(MORNING) == "2026-12-01T08:00:00.000Z"
    assert zulu(MORNING, "seconds") == "2026-12-01T08:00:00Z"


@given(st.datetimes(FIRST, LAST, timezones=OFFSETS))
def test_what_is_written_is_the_same_moment(time):
    written = datetime.fromisoformat(zulu(time, "microseconds"))

    assert written == universal(time)
    assert written.timestamp() == time.timestamp()
    assert written.tzinfo is UTC


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (MORNING.replace(tzinfo=None), "offset"),
        (datetime.min.replace(tzinfo=MORNING.tzinfo), "years 1 to 9999"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), "years 1 to 9999"),
    ],
)
def test_what_is_no_moment_is_refused(time, words):
    with pytest.raises(InvalidRequest, match=words):
        zulu(time)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2024-12-05T23:55:34.285Z", 1_733_442_934_285),
        ("2024-12-06T00:55:34.285+01:00", 1_733_442_934_285),
        ("2024-12-05T23:55:34.285412345Z", 1_733_442_934_285),
        ("2024-12-05T23:55:34", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_733_442_934, None),
    ],
)
def test_what_a_provider_tells_is_read_as_milliseconds(told, read):
    assert milliseconds(told) == read
