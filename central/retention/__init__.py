"""How long what was handed in is kept, what stands against deleting it, and the deletion itself (R069)."""
