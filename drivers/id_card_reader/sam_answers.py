"""What the module's answers carry, and which answer can belong to which request. Pure.

A request that we gave up may still be answered while we wait for the answer to the next. No more is demanded of an
answer than it takes to tell these apart, for modules differ.
"""

from __future__ import annotations

import struct

from drivers.id_card_reader import sam_errors
from drivers.id_card_reader.frames import Answer
from drivers.status import InvalidData


def answers_self_test(answer: Answer) -> bool:
    """A verdict without data; eight bytes are forgiven, the sixteen of the number are not."""
    return len(answer.data) <= 8


def answers_find(answer: Answer) -> bool:
    """At most the card's number, and no "no such item", which only reading can have caused."""
    return len(answer.data) <= 8 and answer.sw3 != sam_errors.NO_SUCH_ITEM


def answers_after_find(answer: Answer) -> bool:
    """Anything but "found"."""
    return answer.sw3 != sam_errors.FOUND


def answers_base(answer: Answer) -> bool:
    """A failure, or a success that is too long for an answer to select or to the number."""
    return answers_after_find(answer) and (answer.sw3 != sam_errors.SUCCESS or len(answer.data) > 16)


def split_base(data: bytes) -> tuple[bytes, bytes]:
    """Text and photo from the answer to "read base", with fingerprints (which are left alone) or without.

    Raises InvalidData when the lengths inside contradict the length of `data`.
    """
    text_length, photo_length = struct.unpack_from(">HH", data) if len(data) >= 4 else (0, 0)
    parts = text_length + photo_length
    start = 4
    if len(data) != start + parts:
        start = 6
        fingerprint_length = struct.unpack_from(">H", data, 4)[0] if len(data) >= start else 0
        if len(data) != start + parts + fingerprint_length:
            raise InvalidData(f"the parts of the card do not add up to {len(data)} bytes")
    photo_at = start + text_length
    return data[start:photo_at], data[photo_at : photo_at + photo_length]


def format_sam_number(data: bytes) -> str:
    """The module's number as its vendors print it, from 16 little-endian bytes; empty for another length."""
    if len(data) != 16:
        return ""
    a, b, c, d, e = struct.unpack("<HHIII", data)
    return f"{a:02d}.{b:02d}-{c:08d}-{d:010d}-{e:010d}"
