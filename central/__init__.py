"""The reference central server: an API for kiosks, and later the desk for staff."""
