"""Lesson 11, by a second reader. Its idea: judge an action by the best that its learner may still come to do there."""

from fractions import Fraction

HINTS = {"11.1": 0, "11.2": 0, "11.3": 0}

LEADER = [[0.7, 0.7], [1.0, 0.3]]
FOLLOWER = [[0.4, 0.35], [0.6, 0.5]]


def promises(gamma, steps=1000):
    """Both benchmarks from their definitions, at every epsilon on a fine grid."""
    found = []
    for k in range(steps + 1):
        epsilon = gamma * k / steps
        answers = [[b for b in (0, 1) if max(row) - row[b] <= epsilon + 1e-12] for row in FOLLOWER]
        pays = [[u[b] for b in bs] for u, bs in zip(LEADER, answers, strict=True)]
        level = max(min(p) for p in pays)
        actions = [a for a in (0, 1) if max(pays[a]) >= level - epsilon - 1e-12]
        gets = [[FOLLOWER[a][b] for b in answers[a]] for a in actions]
        both = min(min(pays[a]) for a in actions), min(min(g) for g in gets)
        other = max(min(p) for p in pays), min(max(g) for g in gets)
        found.append([x + epsilon for x in (*both, *other)])
    return [min(column) for column in zip(*found, strict=True)]


def played(s, B):
    total = 0
    for _ in range(s):
        total = 2 * (total + B)
    return total


# she gives up at n = log_times * log T; by then both answers have n plays, and 2 sqrt(2 log T / n) must fit into g
log_times = 2 / Fraction(1, 10) ** 2
smallest_gap = 2 * float(2 / log_times) ** 0.5

ANSWERS = {"11.1": promises(0.2), "11.2": played, "11.3": smallest_gap}
