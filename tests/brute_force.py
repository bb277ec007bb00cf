"""Benchmarks straight from their definitions (section 2 of the theory) in rational arithmetic.

Slow, and on purpose unlike the library: sets are built anew for every tolerance that could matter.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from typing import NamedTuple


class Exact:
    """A game with the exact rational values of its floats."""

    def __init__(self, game):
        self.u1 = [[Fraction(x) for x in row] for row in game.leader.tolist()]
        self.u2 = [[Fraction(x) for x in row] for row in game.follower.tolist()]
        self.A, self.B = range(len(self.u1)), range(len(self.u1[0]))
        self.pairs = list(product(self.A, self.B))

    def follower_sets(self, epsilon):
        """B_ε(a) for each a."""
        goals = [max(row) - epsilon for row in self.u2]
        return [[b for b in self.B if self.u2[a][b] >= goals[a]] for a in self.A]

    def relaxed_utility(self, responses):
        return max(min(self.u1[a][b] for b in responses[a]) for a in self.A)

    def leader_set(self, epsilon):
        """A_ε."""
        responses = self.follower_sets(epsilon)
        goal = self.relaxed_utility(responses) - epsilon
        return [a for a in self.A if max(self.u1[a][b] for b in responses[a]) >= goal]

    def tolerances(self):
        """Every ε at which a set can change: differences within u1, and within a row of u2."""
        within_u1 = [abs(self.u1[a][b] - self.u1[c][d]) for (a, b), (c, d) in combinations(self.pairs, 2)]
        within_rows = [abs(x - y) for row in self.u2 for x, y in combinations(row, 2)]
        return sorted({Fraction(0), *within_u1, *within_rows})

    def stackelberg(self, ties):
        pick = max if ties == "leader" else min
        responses = self.follower_sets(0)
        value = {a: pick(self.u1[a][b] for b in responses[a]) for a in self.A}
        best = max(value.values())
        return best, pick(max(self.u2[a]) for a in self.A if value[a] == best)


class Attained(NamedTuple):
    value: Fraction
    epsilon: Fraction


class Curves:
    """Terms of the infima at every tolerance that matters: tolerant for 1, 2 and self-tolerant for 1, 2."""

    def __init__(self, exact):
        self.terms = []
        for epsilon in exact.tolerances():
            responses, rows = exact.follower_sets(epsilon), exact.leader_set(epsilon)
            inside = [(a, b) for a in rows for b in responses[a]]
            self.terms.append(
                (
                    epsilon,
                    exact.relaxed_utility(responses) + epsilon,
                    min(max(exact.u2[a]) for a in rows) + epsilon,
                    min(exact.u1[a][b] for a, b in inside) + epsilon,
                    min(exact.u2[a][b] for a, b in inside) + epsilon,
                )
            )

    def at(self, gamma, kind):
        first = {"tolerant": 1, "self_tolerant": 3}[kind]
        allowed = [term for term in self.terms if term[0] <= gamma]
        return [Attained(*min((term[i], term[0]) for term in allowed)) for i in (first, first + 1)]


def lipschitz_constant(exact):
    """Supremum over all pairs of outcomes; None stands for infinity."""
    outcomes = [(exact.u1[a][b], exact.u2[a][b]) for a, b in exact.pairs]
    largest = Fraction(1)
    for (x1, x2), (y1, y2) in combinations(outcomes, 2):
        d1, d2 = abs(x1 - y1), abs(x2 - y2)
        if (d1 == 0) != (d2 == 0):
            return None
        if d1:
            largest = max(largest, d1 / d2, d2 / d1)
    return largest
