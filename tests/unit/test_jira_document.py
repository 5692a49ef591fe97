"""Plain text as an Atlassian Document."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.providers.jira.document import to_document
from tests.providers.sample import FOLDER

SCHEMA = json.loads((FOLDER / "jira" / "document.schema.json").read_text(encoding="utf-8"))
LINE = st.text(st.characters(exclude_characters="\r\n"), min_size=1)


def text(value):
    return {"type": "text", "text": value}


def paragraph(*content):
    return {"type": "paragraph", "content": list(content)}


BREAK = {"type": "hardBreak"}


@pytest.mark.parametrize(
    ("given_text", "paragraphs"),
    [
        ("Hello", [paragraph(text("Hello"))]),
        ("One\nTwo", [paragraph(text("One"), BREAK, text("Two"))]),
        ("One\r\nTwo\rThree", [paragraph(text("One"), BREAK, text("Two"), BREAK, text("Three"))]),
        ("One\n\nTwo", [paragraph(text("One")), paragraph(text("Two"))]),
        ("One\r\n\r\n\r\nTwo", [paragraph(text("One")), paragraph(text("Two"))]),
        ("\n\nOne\n", [paragraph(text("One"))]),
        ("  kept \n\t", [paragraph(text("  kept "), BREAK, text("\t"))]),
        (
            "*no* [markup|https://x.example] h1. <b>",
            [paragraph(text("*no* [markup|https://x.example] h1. <b>"))],
        ),
        ("", []),
        ("\n\r\n", []),
    ],
)
def test_lines_and_paragraphs_become_what_they_are(given_text, paragraphs):
    assert to_document(given_text) == {"type": "doc", "version": 1, "content": paragraphs}


@given(st.lists(st.lists(LINE, min_size=1), min_size=1))
def test_every_line_arrives_to_the_character(paragraphs):
    written = "\n\n".join("\n".join(lines) for lines in paragraphs)

    told = [
        [node["text"] for node in block["content"] if node["type"] == "text"]
        for block in to_document(written)["content"]
    ]
    assert told == paragraphs


@given(st.text(st.sampled_from("ab \t\r\n\u2028\x00\ud800👋")))
def test_any_text_is_a_document_by_atlassians_own_schema(value):
    import jsonschema

    jsonschema.Draft4Validator(SCHEMA).validate(to_document(value))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "doc", "version": 1, "content": [paragraph(text(""))]},
        {"type": "doc", "version": 1, "content": [text("bare")]},
        {"type": "doc", "content": []},
        "text",
    ],
)
def test_the_schema_tells_what_is_no_document(broken):
    import jsonschema

    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(broken)
