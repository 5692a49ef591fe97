"""Reading the JSON of a request: what two readers could understand differently is refused."""

import pytest

from hub.errors import InvalidRequest
from hub.schemes import Incoming

HOSTILE = {
    "nothing": b"",
    "not an object": b"[]",
    "not JSON": b"payload=%7B%7D",
    "deep lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "never closed": b'{"a":' * 100_000,
    "a name twice": b'{"team_id":"T1","team_id":"T2"}',
    "a name twice, below": b'{"a":[{"b":1,"b":1}]}',
    "a name twice, once escaped": b'{"team_id":"T1","team\\u005fid":"T2"}',
    "NaN": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "5,000 digits": b'{"a":' + b"1" * 5000 + b"}",
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a lone surrogate as a name": b'{"\\uDFFF":1}',
    "surrogates the wrong way round": b'{"a":"\\ude00\\ud83d"}',
    "encoded surrogates": '{"a":"\ud800"}'.encode("utf-8", "surrogatepass"),
    "not UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
}


def incoming(body: bytes) -> Incoming:
    return Incoming(body=body, url="https://hub.example/api/webhooks/slack", at=0.0)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_plain_json_object_is_refused(body: bytes):
    with pytest.raises(InvalidRequest):
        incoming(body).json()


def test_text_of_all_languages_is_read():
    told = '{"a":"ü 😀","b":"\\ud83d\\ude00","c":"\\\\ud800","d":1e3}'.encode()

    assert incoming(told).json() == {"a": "ü 😀", "b": "😀", "c": "\\ud800", "d": 1000.0}
