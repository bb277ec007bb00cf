"""Games, learners and benchmarks that can be asked for by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from stackedu import benchmarks, followers, games, leaders
from stackedu.games import StackelbergGame


def small_delta(horizon: int) -> float:
    """δ = 0.5/√T, as small as Theorem 1 needs it."""
    return min(0.3, 0.5 / math.sqrt(horizon))


def medium_delta(horizon: int) -> float:
    """δ = T^(-1/3), at which Theorem 3 bites hardest."""
    return min(1 / 3, horizon ** (-1 / 3))


GAMES: dict[str, Callable[[int], StackelbergGame]] = {
    "explore trap": lambda horizon: games.explore_trap(),
    "slow-follower trap": lambda horizon: games.slow_follower_trap(),
    "Theorem 1: I, δ = 0.5/√T": lambda horizon: games.impossibility_pair(small_delta(horizon))[0],
    "Theorem 1: Ĩ, δ = 0.5/√T": lambda horizon: games.impossibility_pair(small_delta(horizon))[1],
    "Theorem 3: I, δ = T^(-1/3)": lambda horizon: games.lower_bound_family(medium_delta(horizon))[0],
    "Theorem 3: Ĩ, δ = T^(-1/3)": lambda horizon: games.lower_bound_family(medium_delta(horizon))[1],
    "unfinished follower": lambda horizon: games.unfinished_follower(0.1),
    "chatbot": lambda horizon: games.chatbot(),
    "recommender": lambda horizon: games.recommender(),
    "zero sum": lambda horizon: games.zero_sum([[0.6, 0.2], [0.5, 0.4]]),
    "common interest": lambda horizon: games.common_interest([[0.6, 0.2], [0.5, 0.4]]),
}
"""Games; those of the theorems depend on the horizon."""

FAMILIES: dict[str, Callable[[int], list[StackelbergGame]]] = {
    "Theorem 3, δ = T^(-1/3)": lambda horizon: list(games.lower_bound_family(medium_delta(horizon))),
    "explore trap": lambda horizon: [games.explore_trap()],
    "slow-follower trap": lambda horizon: [games.slow_follower_trap()],
}
"""Games of which the worst is taken."""

ORIGINAL, TOLERANT, SELF_TOLERANT = "original Stackelberg", "γ-tolerant", "self-γ-tolerant"
BENCHMARKS: dict[str, Callable[[StackelbergGame, float], benchmarks.Benchmark]] = {
    ORIGINAL: lambda game, gamma: benchmarks.stackelberg(game),
    TOLERANT: benchmarks.tolerant,
    SELF_TOLERANT: benchmarks.self_tolerant,
}


def _ready(module: Any, names: str) -> dict[str, Any]:
    return {name: getattr(module, name)() for name in names.split()}


LEADERS = _ready(leaders, "UCB ExploreThenCommit WaitThenCommit ExploreThenUCB PhasedUCB MeanPhasedUCB EpsilonGreedy")
LEADERS |= _ready(leaders, "ThompsonSampling") | {"LipschitzUCB": leaders.LipschitzUCB(2.0), "Fixed": leaders.Fixed(0)}
FOLLOWERS = _ready(followers, "UCB ExploreThenCommit ActiveArmElimination EpsilonGreedy ThompsonSampling BestResponse")
