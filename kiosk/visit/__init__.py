"""One citizen's visit, from the attract screen to goodbye.

`machine.step(visit, event) -> (visit, effects)` is pure; `views.py` says what a screen is shown; `runner.py` is the one
place where effects meet devices, the store and the clock.
"""
