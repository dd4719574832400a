"""What goes between a visit and its reader.

A defect on one side must not become wrong hints on the other, and no personal data may appear in an error.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.findings import Expectation, Finding, FindingCode, Reading
from kiosk.materials.reading import wire

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
EXPECTATIONS = st.builds(Expectation, st.lists(TEXT, max_size=3).map(tuple), TEXT, TEXT, st.none() | st.dates())
FINDINGS = st.builds(Finding, st.sampled_from(FindingCode), st.floats(0, 1), TEXT)
READINGS = st.builds(
    Reading,
    st.lists(FINDINGS, max_size=4).map(tuple),
    TEXT,
    st.floats(0, 1),
    st.sampled_from([0, 90, 180, 270]),
    st.integers(0, 200),
)


@settings(deadline=None, max_examples=50)
@given(EXPECTATIONS, st.binary(max_size=100))
def test_what_is_asked_arrives_as_it_was(expected, jpeg):
    assert wire.parse_request(wire.request(jpeg, expected)) == (jpeg, expected)


@settings(deadline=None, max_examples=50)
@given(READINGS)
def test_what_was_read_arrives_as_it_was(reading):
    assert wire.parse_reply(wire.reply(reading)) == reading


def test_a_failure_arrives_as_a_word():
    assert wire.parse_reply(wire.failure("no picture")) == "no picture"


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=80) | st.sampled_from([b"{}", b"[]", b"null", b'{"reading": {"findings": [1]}}', b"\0\0\0\2{}"])
)
def test_garbage_is_refused_without_being_quoted(payload):
    for parse in (wire.parse_request, wire.parse_reply):
        with pytest.raises(wire.BadFrame) as caught:
            parse(payload)
        assert str(caught.value) in {
            "a request cannot be understood",
            "a reply cannot be understood",
            "a frame is too long",
        }


def test_a_frame_longer_than_agreed_is_refused_before_it_is_received():
    with pytest.raises(wire.BadFrame):
        wire.length(b"\x7f\xff\xff\xff", wire.MOST_REPLY)
    assert wire.frame(b"abc") == b"\0\0\0\3abc"
