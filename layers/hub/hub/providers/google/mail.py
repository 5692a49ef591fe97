"""Internet messages as Gmail takes them (RFC 5322): all ASCII whatever is in them, by RFC 2047 in
the subject, IDNA (RFC 5891) in domains and base64 in the text.

Written out here: `email.message` reads what it is given as if it came from a message, so that
encoded words in a subject change and comments in an address vanish.
"""

import re
from base64 import b64encode, encodebytes
from collections.abc import Sequence
from typing import Final

from hub.errors import InvalidRequest

_END: Final = "\r\n"
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART: Final = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ONE_LINE: Final = 66
_ENCODED_WORD: Final = 10  # characters: in UTF-8 and base64 they stay below a word's 75


def compose(
    to: Sequence[str],
    subject: str,
    body: str,
    *,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    html: bool = False,
) -> bytes:
    """Write a message. Raises InvalidRequest for an address that is none and for control
    characters in the subject: line breaks would let a caller add headers.
    """
    lines = [
        f"{name}: {f',{_END} '.join(map(_address, addresses))}"
        for name, addresses in (("To", to), ("Cc", cc), ("Bcc", bcc))
        if addresses
    ]
    lines += [
        f"Subject: {_text(subject)}",
        "MIME-Version: 1.0",
        f'Content-Type: text/{"html" if html else "plain"}; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
        _END.join(encodebytes(_canonical(body)).decode().splitlines()),
        "",
    ]
    return _END.join(lines).encode("ascii")


def _address(address: str) -> str:
    local_part, _, domain = address.rpartition("@")
    if not _LOCAL_PART.fullmatch(local_part):
        raise InvalidRequest("An e-mail address is not one. Write it as name@example.org.")
    return f"{local_part}@{_in_ascii(domain)}"


def _in_ascii(domain: str) -> str:
    import idna  # noqa: PLC0415  # only mail needs it; requests brings it

    try:
        written = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        written = ""
    if not written or written.endswith("."):
        raise InvalidRequest("The domain of an e-mail address is not one.")
    return written


def _text(text: str) -> str:
    """Write a header's text, in encoded words unless it is short and plain."""
    if _CONTROL.search(text):
        raise InvalidRequest("The subject holds a line break or another control character.")
    if text.isascii() and len(text) <= _ONE_LINE and text == text.strip() and "=?" not in text:
        return text
    parts = [text[at : at + _ENCODED_WORD] for at in range(0, len(text), _ENCODED_WORD)]
    words = [f"=?utf-8?b?{b64encode(part.encode()).decode()}?=" for part in parts]
    return f"{_END} ".join(words)


def _canonical(body: str) -> bytes:
    """Give text as it travels: every line ends in CRLF (RFC 2046 section 4.1.1)."""
    try:
        return re.sub(r"\r\n?|\n", _END, body).encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The text holds characters that are none.") from None
