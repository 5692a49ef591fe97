"""Deliveries of the simulator's providers: when they come again, and how they end."""

from collections.abc import Callable

import pytest

from tests.simulator.webhooks import Delivered, Postman, Sent

SENT = Sent(url="http://localhost/hook", body=b"{}")


class Sender:
    """A provider that tries again after ten seconds and after a hundred, but not what is gone."""

    retries = (10.0, 100.0)

    def __init__(self) -> None:
        self.ended: list[tuple[Sent, int]] = []

    def notifications(self, event: str, account: str, **details: object) -> list[Sent]:
        return []

    def again(self, sent: Sent, attempt: int) -> Sent:
        return Sent(url=sent.url, headers={"attempt": str(attempt)}, body=sent.body)

    def gives_up(self, answer: Delivered) -> bool:
        return answer.status == 410

    def settled(self, sent: Sent, answer: Delivered) -> None:
        self.ended.append((sent, answer.status))


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def post(sender: Sender) -> Callable[..., list[int]]:
    def post(*statuses: int, waits: tuple[float, ...] = ()) -> list[int]:
        """Give what was answered, with these statuses in turn and these waits in between."""
        answers, now = iter(statuses), [0.0]
        postman = Postman(lambda _: Delivered(status=next(answers)), lambda: now[0])
        postman.post(sender, SENT)
        for wait in waits:
            now[0] += wait
            postman.retry_due()
        return [answer.status for _, answer in postman.answers]

    return post


def test_what_was_taken_has_ended(sender: Sender, post: Callable[..., list[int]]):
    assert post(200, waits=(10, 100)) == [200]
    assert sender.ended == [(SENT, 200)]


def test_a_delivery_has_not_ended_while_it_will_come_again(
    sender: Sender, post: Callable[..., list[int]]
):
    assert post(503, 200, waits=(9,)) == [503]
    assert sender.ended == []


def test_it_has_when_it_was_taken_at_last(sender: Sender, post: Callable[..., list[int]]):
    assert post(503, 503, 200, waits=(10, 100)) == [503, 503, 200]
    (ended,) = sender.ended
    assert (ended[0].headers, ended[1]) == ({"attempt": "2"}, 200)


@pytest.mark.parametrize("statuses", [(503, 503, 401), (410,)])
def test_and_when_it_was_given_up(
    sender: Sender, post: Callable[..., list[int]], statuses: tuple[int, ...]
):
    assert post(*statuses, waits=(10, 100, 1000)) == list(statuses)
    assert [status for _, status in sender.ended] == [statuses[-1]]
