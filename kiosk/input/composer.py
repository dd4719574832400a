"""The state of typing into one field: committed text, letters being composed, the candidates on show.

Pure: the keyboard widget presses keys here and shows what comes out. The value of a field changes only when text is
committed; letters under way are the screen's own affair.
"""

from __future__ import annotations

from kiosk.input.pinyin import LONGEST_INPUT, Candidate, PinyinEngine

MOST_CANDIDATES = 1500
"""Candidates that can be paged through; more than any syllable has characters."""


class Composer:
    """Typing with pinyin. `value` is what counts, `preedit` the letters under way, `chosen` what they gave so far."""

    def __init__(self, engine: PinyinEngine, value: str = "", *, max_length: int = 60, name: bool = False) -> None:
        self.value = value
        self.letters = ""
        self.candidates: tuple[Candidate, ...] = ()
        self._engine = engine
        self._max_length = max_length
        self._name = name

    @property
    def composing(self) -> bool:
        """Whether letters are under way."""
        return bool(self.letters)

    def letter(self, letter: str) -> None:
        """Add a letter (a…z) to those under way."""
        if len(self.letters) < LONGEST_INPUT and len(self.value) < self._max_length:
            self.letters += letter.lower()
            self._look_up()

    def choose(self, index: int) -> None:
        """Take a candidate: it is committed, letters that it does not use stay under way."""
        candidate = self.candidates[index]
        self.commit(candidate.text)
        self.letters = self.letters[candidate.letters :] if len(self.value) < self._max_length else ""
        self._look_up()

    def commit(self, text: str) -> None:
        """Add text as it is, up to the field's length."""
        self.value = (self.value + text)[: self._max_length]

    def delete(self) -> None:
        """Take back the last letter under way, or else the last character."""
        if self.letters:
            self.letters = self.letters[:-1]
            self._look_up()
        else:
            self.value = self.value[:-1]

    def finish(self) -> None:
        """Settle what is under way: the best candidates, or the letters themselves where there are none."""
        while self.letters and self.candidates:
            self.choose(0)
        self.take_letters()

    def take_letters(self) -> None:
        """Commit the letters as Latin text (a plate, a brand)."""
        letters, self.letters = self.letters, ""
        self.commit(letters)
        self.candidates = ()

    def drop(self) -> None:
        """Forget what is under way."""
        self.letters = ""
        self.candidates = ()

    def _look_up(self) -> None:
        beginning = self._name and not self.value
        self.candidates = self._engine.candidates(self.letters, MOST_CANDIDATES, name=beginning)
