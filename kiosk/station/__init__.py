"""The station: keeps an active and a spare visit process, sends the outbox, replaces what is frozen.

It never sees plain personal data: visits seal applications to the centre's key before the station touches them.
"""
