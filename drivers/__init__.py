"""Hardware. Knows no kiosk and no screens; the only drivers are the real ones (docs/decisions/0001)."""
