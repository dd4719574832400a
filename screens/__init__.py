"""Kivy: widgets and pixels. A screen takes a view model and emits events; it holds no rule, device or store."""
