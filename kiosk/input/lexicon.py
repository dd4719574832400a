"""The word list: one sorted text file, mapped into memory and searched in place.

A line is `letters TAB word TAB cost TAB word TAB cost …`, lines sorted by letters, words by cost. A cost is -100 ln of
the word's share of all words: lower is commoner. Lines whose letters begin with `-` hold the characters to offer for a
syllable that is not finished yet. Active and spare process share the pages of the file; loading takes no time.
`tools/build_input.py` makes the file.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

LEXICON = Path(__file__).parent.parent.parent / "assets" / "input" / "lexicon.tsv"


@dataclass(frozen=True)
class Word:
    """A word and what choosing it costs."""

    text: str
    cost: int


class LexiconMissing(Exception):
    """The word list is not there or is empty: the terminal is not completely installed."""


class Lexicon:
    """Words by letters. Raises LexiconMissing when the file cannot be used."""

    def __init__(self, path: Path = LEXICON) -> None:
        try:
            with path.open("rb") as file:
                self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise LexiconMissing(f"no word list for pinyin input: {path.name}; install assets/input again") from error

    def words(self, letters: str) -> tuple[Word, ...]:
        """Words typed by exactly these letters, commonest first."""
        for key, words in self._from(letters):
            return words if key == letters else ()
        return ()

    def begins(self, letters: str) -> bool:
        """Whether any word's letters begin with these."""
        return any(key.startswith(letters) for key, _ in islice(self._from(letters), 1))

    def completions(self, letters: str, most: int = 400) -> Iterator[Word]:
        """Words whose letters go on after these; looks at no more than `most` keys."""
        for count, (key, words) in enumerate(self._from(letters)):
            if count == most or not key.startswith(letters):
                return
            if key != letters:
                yield from words

    def characters(self) -> Iterator[tuple[str, Word]]:
        """Every (syllable, character) there is; slow, for looking readings up."""
        for key, words in self._from("a"):
            for word in words:
                if len(word.text) == 1:
                    yield key, word

    def _from(self, letters: str) -> Iterator[tuple[str, tuple[Word, ...]]]:
        """Lines from the first whose letters are not before these."""
        lines, sought = self._lines, letters.encode()
        low, high = 0, len(lines)
        while low < high:
            start = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = lines.find(b"\n", start)
            if lines[start : lines.find(b"\t", start)] < sought:
                low = end + 1
            else:
                high = start
        while low < len(lines):
            end = lines.find(b"\n", low)
            key, *fields = lines[low:end].decode().split("\t")
            yield key, tuple(Word(fields[i], int(fields[i + 1])) for i in range(0, len(fields), 2))
            low = end + 1
