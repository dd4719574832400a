"""The desk: server-rendered pages for staff."""
