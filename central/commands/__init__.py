"""Commands of `central`, one per module."""
