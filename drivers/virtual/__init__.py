"""The devices at the far end of the real links, their faults, their personas, and the web dock.

Nothing here is imported by a driver, and no code is shared with one: a simulator that shares an encoder with
the driver it tests can only agree with it.
"""
