"""Where a pass that goes by times of change begins, goes on, and leaves off."""

from hub.providers._sync import Asked
from hub.providers._watermarks import Watermark

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z


def begun(at=None, now=NOW):
    return Watermark(Asked(at=at, now=now))


def test_a_full_pass_asks_for_everything():
    assert begun().since is None


def test_an_incremental_one_looks_back_a_little():
    assert begun({"since": "2026-09-21T14:00:00Z"}).since == "2026-09-21T13:58:00Z"


def test_the_next_pass_begins_at_the_newest_change():
    mark = begun()
    mark.meet(["2026-09-20T10:00:00Z", "2026-09-21T09:00:00Z", "2026-09-19T10:00:00Z"])

    assert mark.next_pass() == {"since": "2026-09-21T09:00:00Z"}


def test_it_begins_no_later_than_this_one_did():
    first = begun()
    following = first.following(page=2)
    later = begun(following, now=NOW + 3600)
    later.meet(["2026-09-21T15:00:00Z"])

    assert following["page"] == 2
    assert later.next_pass() == {"since": "2026-09-21T14:13:20Z"}


def test_the_newest_change_is_carried_from_page_to_page():
    first = begun({"since": "2026-09-21T10:00:00Z"})
    first.meet(["2026-09-21T12:00:00Z"])
    second = begun(first.following(page=2))
    second.meet(["2026-09-21T11:00:00Z"])

    assert second.since == first.since
    assert second.next_pass() == {"since": "2026-09-21T12:00:00Z"}


def test_a_pass_without_changes_leaves_off_where_it_began():
    assert begun({"since": "2026-09-21T10:00:00Z"}).next_pass() == {"since": "2026-09-21T10:00:00Z"}
    assert begun().next_pass() == {"since": "2026-09-21T14:13:20Z"}
