"""The rules of docs/protocol.md as checks that another system runs against itself: `central conformance URL`.

It needs the address and the public key, nothing else. It does no harm: what it submits is for a person who does not
exist, is named as a test in every field, and is withdrawn at the end; it sends no complaint and no rating.
"""
