"""
The figures that README and docs claim, each measured by a script that prints whether it is met.

    python -m benchmarks                    lists the scripts
    python -m benchmarks call_overhead …    runs some
    python -m benchmarks.call_overhead      runs one

A figure is a ratio of CPU times, or a peak of memory, measured in one run on one machine, against a server of its own
process on the loopback; docs/explanation/figures.md says what came out where.
"""
