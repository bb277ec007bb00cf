"""The claims of the theory, each with the simulations to hold beside it: what `stackedu report` measures.

Regret is that of the worse-off player on the worst of a family of games: for a rate below 1 of games whose gaps shrink
with the horizon, for a linear claim or a scaling at one horizon of fixed games. A source marked [R] is a
reconstruction: the rule's details or the constant were worked out for this library and are not in the paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from stackedu import bounds, followers, games, leaders
from stackedu.benchmarks import Benchmark, self_tolerant, stackelberg, tolerant
from stackedu.games import StackelbergGame

SCALES = (0.25, 0.5, 1.0, 2.0)
"""Gaps of the hard families, as multiples of the power of T that makes them hard."""
ETC, AAE = followers.ExploreThenCommit(), followers.ActiveArmElimination()
WIDE = 0.3
"""A tolerance above every gap that these horizons cannot resolve."""


@dataclass(frozen=True)
class Experiment:
    """A claim about how regret grows with ``axis`` (T, |A|, |B| or L), and the simulations to hold beside it."""

    key: str
    source: str
    title: str
    bound: str
    """"at most" or "at least"."""
    power: float
    pair: Callable[[float], tuple[Any, Any]]
    values: Sequence[float]
    setting: Callable[[float], tuple[float, list[StackelbergGame]]]
    """From a value on the axis to a horizon and the games to take the worst of."""
    benchmark: Callable[[StackelbergGame], Benchmark]
    axis: str = "T"
    log_power: float = 0.0
    """Regret is divided by log(T) to this power before the fit: the claim has that factor, too."""
    horizon_power: float = 0.0
    """And by T to this power, where T is not the axis but moves with it."""
    floor: Callable[[float], float] | None = None
    n_runs: int = 20

    @property
    def claim(self) -> str:
        """The proven rate in words."""
        words = {0.5: "^(1/2)", 2 / 3: "^(2/3)", 1 / 3: "^(1/3)", 1: "", 2: "²"}
        factors = [(self.axis, self.power), ("T", self.horizon_power), ("(log T)", self.log_power)]
        return " ".join([self.bound, *(name + words[power] for name, power in factors if power)])


def experiments(full: bool = False) -> list[Experiment]:
    """Return what the report measures; ``full`` takes a decade more, and more runs."""
    runs, more = (500, 1) if full else (100, 0)
    phased = [10.0**k for k in range(7, 12 + more)]  # what is paid per decision goes far
    rounds = [10.0**k for k in range(4, 7 + more)]  # what is paid per round does not
    few = runs // 5

    def shrinking(make: Callable[[float], Any], power: float, most: float) -> Callable:
        return lambda T: (T, [game for c in SCALES for game in make(min(most, c * T**-power))])

    impossible = shrinking(games.impossibility_pair, 0.5, 0.3)
    hard = shrinking(games.lower_bound_family, 1 / 3, 1 / 3)

    def with_trap(T: float) -> tuple[float, list[StackelbergGame]]:
        return T, [*hard(T)[1], games.explore_trap()]

    def linear_floor(T: float) -> float:
        return max(bounds.linear_regret_floor(int(T), min(0.3, c * T**-0.5)) for c in SCALES)

    def family_of(n: int) -> Callable:
        return lambda T: (T, [g for c in SCALES for g in games.lower_bound_family(_delta(c, n, T), n)])

    def crowded(n: float) -> tuple[float, list[StackelbergGame]]:
        """Finely graded gaps; to ExploreThenCommit all Ĩ_k are alike, so the first will do.

        Of n - 1 responses with the same mean the luckiest looks better by the expected maximum of so many normal
        variables; where log T grows with its square, that stays the same part of what the claim's log T allows for.
        """
        T = math.ceil(10 ** (6 * (_luckiest(n - 1) / _luckiest(15)) ** 2))
        gaps = [min(1 / 3, 2.0 ** (k / 2) * (n * math.log(T) / T) ** (1 / 3)) for k in range(-4, 3)]
        return T, [g for gap in gaps for g in games.lower_bound_family(gap, int(n))[:2]]

    def floor_of(n: int) -> Callable:
        return lambda T: max(bounds.tolerant_regret_floor(int(T), _delta(c, n, T), n) for c in SCALES)

    def unfinished(T: float) -> tuple[float, list[StackelbergGame]]:
        return T, [games.unfinished_follower(0.1), games.unfinished_follower(0.2), *_agreeing(T, 1.0)[1]]

    def always(leader: Any, follower: Any) -> Callable:
        return lambda value: (leader, follower)

    at_wide, at_narrow = partial(tolerant, gamma=WIDE), partial(self_tolerant, gamma=0.05)
    waiting = always(leaders.WaitThenCommit(), ETC)
    found = [
        Experiment(f"theorem-1-{key}", "Theorem 1", f"{name} against Stackelberg", "at least", 1, always(*pair), values,
                   impossible, stackelberg, floor=linear_floor, n_runs=n)
        for key, name, pair, values, n in (
            ("commit", "ExploreThenCommit × ExploreThenCommit", (leaders.ExploreThenCommit(), ETC), phased, runs),
            ("phased", "PhasedUCB × AAE", (leaders.PhasedUCB(), AAE), phased, runs),
            ("ucb", "UCB × UCB", (leaders.UCB(), followers.UCB()), rounds, few),
        )
    ]  # fmt: skip
    found += [
        Experiment("proposition-2-commit", "Proposition 2", "ExploreThenCommit × ExploreThenCommit, explore trap",
                   "at least", 1, always(leaders.ExploreThenCommit(), ETC), phased,
                   lambda T: (T, [games.explore_trap()]), at_wide, n_runs=runs),
        Experiment("proposition-2-ucb", "Proposition 2", "UCB × AAE, slow-follower trap (gap 0.02, γ = 0.015)",
                   "at least", 1, always(leaders.UCB(), AAE), [1e6, 3e6, 1e7],
                   lambda T: (T, [games.slow_follower_trap(0.02)]), partial(tolerant, gamma=0.015), n_runs=few),
        Experiment("modified-etc", "Modified ETC", "WaitThenCommit × ExploreThenCommit, γ = 0.3", "at most", 2 / 3,
                   waiting, phased, with_trap, at_wide, log_power=1 / 3, n_runs=runs),
    ]  # fmt: skip
    found += [
        Experiment(f"explore-then-ucb-{key}", source, f"ExploreThenUCB × {name}, γ = 0.3", "at most", 2 / 3,
                   always(leaders.ExploreThenUCB(), follower), rounds, with_trap, at_wide, log_power=1 / 3, n_runs=few)
        for key, name, follower, source in (
            ("commit", "ExploreThenCommit", ETC, "Algorithm 2"),
            ("elimination", "AAE", AAE, "Algorithm 2"),
            # UCB promises no instantaneous regret
            ("ucb", "UCB", followers.UCB(), "Algorithm 2, beyond its theorem"),
        )
    ]  # fmt: skip
    found += [
        Experiment(f"theorem-3-{n}", "Theorem 3", f"|B| = {n}, WaitThenCommit × ExploreThenCommit", "at least", 2 / 3,
                   waiting, phased, family_of(n), at_wide, floor=floor_of(n), n_runs=runs)
        for n in (2, 4, 8)
    ]  # fmt: skip
    found += [
        Experiment(f"continuity-{key}", "Continuity [R]", f"LipschitzUCB({size:g}) × UCB, {name}", "at most", 0.5,
                   always(leaders.LipschitzUCB(size), followers.UCB()), rounds,
                   partial(_agreeing, lipschitz=size, sign=sign), stackelberg, log_power=0.5, n_runs=few)
        for key, name, size, sign in (
            ("1", "L = 1", 1, 1), ("2", "L = 2", 2, 1), ("4", "L = 4", 4, 1), ("zero-sum", "zero-sum", 1, -1)
        )
    ]  # fmt: skip
    found += [
        Experiment("self-tolerance", "Algorithm 3 [R]", "PhasedUCB × AAE, self-γ-tolerant, γ = 0.05", "at most", 0.5,
                   always(leaders.PhasedUCB(), AAE), [100 * T for T in phased], unfinished, at_narrow, log_power=0.5,
                   n_runs=runs),
        Experiment("self-tolerance-mean", "Section 5.2 [R]", "the shortcut: MeanPhasedUCB × AAE, self-γ-tolerant",
                   "at least", 1, always(leaders.MeanPhasedUCB(), AAE), phased, unfinished, at_narrow, n_runs=runs),
    ]  # fmt: skip
    found += [
        Experiment("scaling-leader-actions", "Modified ETC", "in |A|, T = 10⁹, |B| = 2, further actions worth 0",
                   "at most", 1 / 3, waiting, (64, 128, 256, 512),
                   lambda n: (1e9, [_taller(g, int(n)) for g in hard(1e9)[1]]), at_wide, "|A|", n_runs=runs),
        Experiment("scaling-follower-actions", "Modified ETC", "in |B|, |A| = 2, T from 10⁶ to 2·10¹³",
                   "at most", 1 / 3, waiting, (16, 32, 64, 128), crowded, at_wide, "|B|", log_power=1 / 3,
                   horizon_power=2 / 3, n_runs=2 * runs),
        Experiment("scaling-lipschitz", "Continuity [R]", "in L, T = 10⁵, LipschitzUCB(L) × UCB", "at most", 2,
                   lambda size: (leaders.LipschitzUCB(size), followers.UCB()), (1, 2, 4, 8),
                   lambda size: _agreeing(1e5, size), stackelberg, "L", n_runs=few),
    ]  # fmt: skip
    return found


def _luckiest(n: float) -> float:
    """Return the expected maximum of n standard normal variables."""
    from scipy.integrate import quad
    from scipy.stats import norm

    return quad(lambda x: x * n * norm.pdf(x) * norm.cdf(x) ** (n - 1), -9, 9)[0]


def _delta(scale: float, n: int, T: float) -> float:
    return min(1 / 3, scale * ((n - 1) / T) ** (1 / 3))


def _agreeing(T: float, lipschitz: float, sign: int = 1) -> tuple[float, list[StackelbergGame]]:
    """Games with one ratio of utility differences, L, and gaps of order 1/√T; sign -1 for opposed interests."""
    pattern = np.array([[1.0, 0.4], [0.0, 0.2]])
    steps = [min(0.5, scale * math.sqrt(4 / T)) for scale in (1, 4, 16)] + [0.5]
    base = 0.25 if sign > 0 else 0.75
    return T, [
        StackelbergGame(0.25 + pattern * step, base + sign * pattern * step / lipschitz, name=f"step {step:.3g}")
        for step in steps
    ]


def _taller(game: StackelbergGame, rows: int) -> StackelbergGame:
    tables = [np.pad(table, ((0, rows - len(table)), (0, 0))) for table in (game.leader, game.follower)]
    return StackelbergGame(*tables, name=f"{game.name}, |A|={rows}")
