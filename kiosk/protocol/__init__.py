"""The wire contract between terminals and the centre: messages, states, problems, numbers, envelopes.

Both sides import this package and it imports neither. docs/protocol.md tells the same story for integrators.
"""

from typing import Final

PROTOCOL: Final = "tongban/1"
"""Version of everything in this package, sent in every manifest and bound into every envelope."""
