"""Plain text as an Atlassian Document, the form in which version 3 of the API takes rich text.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure
"""

import re
from typing import Any, Final

_BLANK_LINES: Final = re.compile(r"\n{2,}")


def to_document(text: str) -> dict[str, Any]:
    """Give paragraphs where blank lines part them, and line breaks within. Nothing in the text is
    read as markup.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    paragraphs = _BLANK_LINES.split(lines) if lines else []
    return {"type": "doc", "version": 1, "content": [_paragraph(each) for each in paragraphs]}


def _paragraph(text: str) -> dict[str, Any]:
    first, *others = [{"type": "text", "text": line} for line in text.split("\n")]
    content = [first]
    for line in others:
        content += [{"type": "hardBreak"}, line]
    return {"type": "paragraph", "content": content}
