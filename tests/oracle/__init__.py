"""The oracle at work: golden cases, generated functions, broken rewrites, broken input.

The tests run in about a minute. The long runs, from the top of the checkout:

    nice python -m tests.oracle.campaign --functions 5200 --seed 12 --keep DIR --results tests/oracle/RESULTS.md
    nice python -m tests.oracle.front --files 20000 --seed 2 --keep DIR

``--keep`` of the campaign holds what is done, so that a run that was stopped goes on; it belongs to one state of the
tool: take an empty folder after a change. ``--keep`` of the other gets one reduced file of each kind of problem.
"""
