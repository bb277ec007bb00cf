"""Lesson 09, by a second reader. Its idea: finding out costs as much as not knowing: all pay T^(2/3)."""

import stackedu as se

HINTS = {"09.1": 0, "09.2": 0, "09.3": 0}  # how many were needed


def losing_patience(context, state, params, rng):
    """Give waffle while its total is above a line which starts below the fair one and joins it at the last look."""
    grace, last_look = params.values[0], params.values[1]
    looks, total = state.pulls[0, 1], state.sums[0, 1]
    fair = 10_000 ** (-1 / 3) * looks
    slack = grace * max(0.0, 1.0 - looks / last_look)
    return (1 if context == 0 and total >= fair - slack else 0), 1


# With a shrinking grace, most looks are spent where waffle still seems worth it.
PAIR = se.leaders.WaitThenCommit(150, 100), se.followers.Custom(losing_patience, parameters=(10.0, 200.0))

ANSWERS = {"09.1": [0.6 - 0.6, 0.6 - 0, 0.6 - 0.5], "09.2": 1 / 3, "09.3": PAIR}
