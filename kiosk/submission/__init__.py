"""From what the citizen entered to a sealed application, its slip, and questions about its progress."""
