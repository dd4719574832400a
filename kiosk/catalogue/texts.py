"""Text in both languages, as published with the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence, Chinese and English."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The sentence in `language` (`zh_CN` or `en`)."""
        return self.en if language == "en" else self.zh


NO_TEXT = Text("", "")
