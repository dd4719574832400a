"""A demonstration: invented units, staff, people and cases. Never for a centre that has real ones."""
