"""Casework: the lifecycle as data, clocks, and the acts of people. Pure except where a module says it stores."""
