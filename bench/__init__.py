"""Benchmarks against peers: both sides in one run, results as ratios. `python -m bench.<name>` prints one of them."""
