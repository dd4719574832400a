"""Typing Chinese: the pinyin engine behind the on-screen keyboard.

`lexicon.py` finds words by their letters, `pinyin.py` turns letters into candidates, `composer.py` is the state of one
field's typing. Nothing is learned: what one citizen types leaves no trace for the next.
"""

from kiosk.input.composer import Composer
from kiosk.input.pinyin import Candidate, LexiconPinyin, PinyinEngine, default_engine, problems

__all__ = ["Candidate", "Composer", "LexiconPinyin", "PinyinEngine", "default_engine", "problems"]
