"""Measurements, one module each: `python -m tests.benchmarks.NAME [--json OUT] [options]`.

`python -m tests.benchmarks` runs them all at a modest size and prints one table. Ratios are taken
against a baseline in the same run, since absolute times drift from machine to machine.
"""
