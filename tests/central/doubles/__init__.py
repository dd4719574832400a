"""Doubles of outside providers: real HTTP servers on loopback that check signatures and misbehave on demand."""
