"""Telling people: text messages, phone tasks, the carrier's trace, and the outbox that relays them."""
