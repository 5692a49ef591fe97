"""Whatever a message is made of, a mail program reads it as it was meant, and no header more."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidRequest
from hub.providers.google.mail import compose

WITHOUT_RECIPIENTS = ["Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
LONGEST_LINE = 998
UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

anything = st.text(st.characters(exclude_categories=()), max_size=200)
writable = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
atom = st.text(st.sampled_from("abcXYZ019!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=60)
local_part = st.lists(atom, min_size=1, max_size=4).map(".".join)
label = st.from_regex(r"[a-z0-9]([a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
domain = st.lists(label, min_size=2, max_size=4).map(".".join)
address = st.builds("{}@{}".format, local_part, domain)
addresses = st.lists(address, min_size=1, max_size=5)


def read(message):
    """Parse strictly: what a lenient reader would forgive is a failure here."""
    head, _, _ = message.partition(b"\r\n\r\n")
    assert message.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")
    assert max(map(len, message.splitlines())) <= LONGEST_LINE
    parsed = BytesParser(EmailMessage, policy=SMTP).parsebytes(message)
    assert parsed.defects == []
    assert [header.defects for header in parsed.values()] == [()] * len(parsed)
    return parsed


def addresses_of(parsed, name):
    return [each.addr_spec for each in parsed[name].addresses] if name in parsed else []


def text_of(parsed):
    return parsed.get_content().replace("\r\n", "\n")


def canonical(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(
    to=addresses,
    copies=st.tuples(st.lists(address, max_size=3), st.lists(address, max_size=3)),
    subject=writable.filter(lambda subject: not UNWRITABLE.search(subject)),
    body=writable,
    html=st.booleans(),
)
def test_a_message_is_read_as_it_was_given(to, copies, subject, body, html):
    cc, bcc = copies
    parsed = read(compose(to, subject, body, cc=cc, bcc=bcc, html=html))

    recipients = [name for name, given in (("To", to), ("Cc", cc), ("Bcc", bcc)) if given]
    assert parsed.keys() == [*recipients, *WITHOUT_RECIPIENTS]
    assert [addresses_of(parsed, name) for name in ("To", "Cc", "Bcc")] == [to, cc, bcc]
    assert parsed["Subject"] == subject
    assert text_of(parsed) == canonical(body)
    assert parsed.get_content_type() == ("text/html" if html else "text/plain")


@given(to=st.lists(anything, max_size=2), subject=anything, body=anything)
def test_what_cannot_be_written_is_refused_and_never_becomes_a_header(to, subject, body):
    try:
        message = compose(to, subject, body)
    except InvalidRequest:
        return
    assert read(message).keys() == ["To"] * bool(to) + WITHOUT_RECIPIENTS


INJECTIONS = [
    "x\r\nBcc: eve@evil.example",
    "x\nBcc: eve@evil.example",
    "x\rBcc: eve@evil.example",
    "x\r\n\r\n<script>",
    "x\n",
    "\r\n",
    "x\x0bBcc: eve@evil.example",
    "x\x0cBcc: eve@evil.example",
    "x\x1cBcc: eve@evil.example",
    "x\x85Bcc: eve@evil.example",
    "x\u2028Bcc: eve@evil.example",
    "x\u2029Bcc: eve@evil.example",
    "x\x00",
    "x\ud800",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_header_cannot_be_smuggled_in(text):
    with pytest.raises(InvalidRequest, match="subject"):
        compose(["ada@example.org"], text, "Hello")
    for given_address in (f"ada@example.org{text}", f"{text}@example.org", f"ada@{text}.example"):
        for header in ({"to": [given_address]}, {"to": [], "cc": [given_address]}):
            with pytest.raises(InvalidRequest, match="address"):
                compose(subject="Hello", body="Hello", **header)


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Hi?=",
        "=?utf-8?q?x=0D=0ABcc:_eve@evil.example?=",
        "=?utf-8?b?eA0KQmNjOiBldmVAZXZpbC5leGFtcGxl?=",
        " white space around ",
        "two  blanks and\u00a0one that holds",
        "\u00dcberfl\u00fcssige L\u00e4nge " * 40,
        "\U0001f469\u200d\U0001f4bb \u2615",
        "\u05e9\u05dc\u05d5\u05dd \u200f\u202e",
        "x" * 998,
        '"quoted" <eve@evil.example>, (comment)',
    ],
)
def test_a_subject_arrives_to_the_character(subject):
    assert read(compose(["ada@example.org"], subject, "Hello"))["Subject"] == subject


@pytest.mark.parametrize(
    ("given_address", "written"),
    [
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("ada@stra\u00dfe.example", "ada@xn--strae-oqa.example"),
        ("ada@\u4f8b\u3048.example", "ada@xn--r8jz45g.example"),
        ("ada@EXAMPLE.org", "ada@example.org"),
        ("Ada.Byron+news@example.org", "Ada.Byron+news@example.org"),
    ],
)
def test_a_domain_is_written_in_ascii(given_address, written):
    parsed = read(compose([given_address], "Hello", "Hello"))

    assert addresses_of(parsed, "To") == [written]


@pytest.mark.parametrize(
    "none",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.org",
        "ada@example..org",
        "ada@.example.org",
        "ada@example.org.",
        ".ada@example.org",
        "ada.@example.org",
        "a da@example.org",
        "ada@exa mple.org",
        "ada @example.org",
        "ada@example.org ",
        "ada@example.org, eve@evil.example",
        "ada@example.org,eve@evil.example",
        "ada@example.org;eve@evil.example",
        "eve@evil.example,ada@example.org",
        "Ada <ada@example.org>",
        "<ada@example.org>",
        "ada(comment)@example.org",
        '"a b"@example.org',
        "ada@[127.0.0.1]",
        "group:ada@example.org;",
        "=?utf-8?q?ada?=@example.org\u00a0",
        "j\u00fcrgen@example.org",
        "ada@-example.org",
        "ada@exam_ple.org",
        f"ada@{'x' * 64}.example",
    ],
)
def test_what_is_no_address_is_refused(none):
    with pytest.raises(InvalidRequest, match="address"):
        compose([none], "Hello", "Hello")


def test_text_that_is_none_is_refused():
    with pytest.raises(InvalidRequest):
        compose(["ada@example.org"], "Hello", "\ud800")


@pytest.mark.parametrize(
    "body", ["From here\n.\nto there", "=3D =0A", "\x00\x0b\u2028", "x" * 2000]
)
def test_a_text_arrives_to_the_character(body):
    assert text_of(read(compose(["ada@example.org"], "Hello", body))) == body


def test_many_recipients_stay_within_the_longest_line():
    many = [f"{'x' * 60}{n}@{'y' * 60}.example" for n in range(100)]
    parsed = read(compose(["ada@example.org"], "Hello", "Hello", cc=many))

    assert parsed["Cc"].addresses == tuple(Address(addr_spec=each) for each in many)
