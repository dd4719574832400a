"""The HTTP API for terminals. docs/protocol.md describes it; docs/openapi.json is generated from it."""
