"""Lesson 09, by a reader who had nothing else. Its idea: if finding out costs as much as not knowing, all must pay."""

import stackedu as se

HINTS = {"09.1": 0, "09.2": 0, "09.3": 0}  # how many were needed

T = 10_000
DELTA = T ** (-1 / 3)
LOOKS = 80  # of waffle, before the chatbot doubts it


def doubter(context, state, params, rng):
    """Keep answering waffle only while it seems to pay clearly more than a straight answer, which pays delta."""
    if context == 1:
        return 0, 1
    looks = state.pulls[0, 1]
    if looks < LOOKS:
        return 1, int(LOOKS - looks)
    if state.sums[0, 1] > 1.5 * DELTA * looks:
        return 1, 1
    return 0, 1


delta = 0.1
promised = 0.5 + delta
costs = [promised - (0.5 + delta), promised - 0, promised - 0.5]

# Hers in I: (1 - p) delta T. The chatbot's in the twin: 2 p delta T. Equal if 1 - p = 2 p.
p = 1 / 3

# She waits until the looks are over, then listens to 40 rewards of each action.
pair = se.leaders.WaitThenCommit(LOOKS, 40), se.followers.Custom(doubter)

ANSWERS = {"09.1": costs, "09.2": p, "09.3": pair}
