"""Lesson 11, by a reader who had nothing else. Its idea: if the promise forgives the leader's own errors as well as
the follower's, √T is possible, provided that she judges an action by the best answer still in play, not by an average.
"""

HINTS = {"11.1": 0, "11.2": 0, "11.3": 0}  # how many were needed


def played(s, B):
    total = 0
    for phase in range(1, s + 1):
        total += B * 2**phase
    return total


# 11.1: without an error 1 and 0.6; with ε = 0.1 the worst is 0.3 for her and 0.35 for it, or 0.7 and 0.4 if perfect.
# 11.3: she gives up when the bonus falls below 0.6 - 0.5; by then it can see gaps above twice that bonus.
ANSWERS = {
    "11.1": [min(1, 0.3 + 0.1), min(0.6, 0.35 + 0.1), min(1, 0.7 + 0.1), min(0.6, 0.4 + 0.1)],
    "11.2": played,
    "11.3": 2 * (0.6 - 0.5),
}
