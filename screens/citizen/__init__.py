"""The screens a citizen sees: one class per view of `kiosk.visit.views`."""
