"""The outbox: what the citizen submitted, sealed and safe on disk until the centre has acknowledged it.

    visit process                                      station process
    submit() -> sealed files, then a row ──────────>   Sender.run_once() -> the centre -> acknowledged

Both work on one SQLite file (WAL, synchronous=FULL). What lies here is sealed to the centre's public key; the
terminal keeps no key that opens it.
"""
