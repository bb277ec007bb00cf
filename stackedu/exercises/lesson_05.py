"""Exercises of lesson 05, Tolerant benchmarks."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from stackedu.benchmarks import follower_responses, stackelberg, tolerant
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap, impossibility_pair, random_game, slow_follower_trap

_TOLERANCES = (0.04, 0.07, 0.2)


def _promised() -> list[float]:
    return [tolerant(slow_follower_trap(), gamma).leader for gamma in _TOLERANCES]


def _sure(game: StackelbergGame, epsilon: float) -> float:
    """V at ε, without its price."""
    return float(np.where(follower_responses(game, epsilon), game.leader, np.inf).min(axis=1).max())


def _relaxed_only() -> list[float]:
    return [_sure(slow_follower_trap(), gamma) for gamma in _TOLERANCES]


def _last_bargain() -> Callable[[StackelbergGame], float]:
    return lambda game: tolerant(game, math.inf).leader_epsilon


def _last_fall(game: StackelbergGame) -> float:
    """The ε where V falls for the last time."""
    gaps = (game.follower.max(axis=1, keepdims=True) - game.follower).ravel()
    return float(min(gaps, key=lambda gap: (_sure(game, gap), gap)))


def _on_a_grid(number: int) -> Callable[[StackelbergGame], float]:
    """What is bought if only ``number`` tolerances, evenly spaced from 0 to 1, are on offer."""
    return lambda game: float(min(np.linspace(0, 1, number), key=lambda epsilon: _sure(game, epsilon) + epsilon))


def _misses_by(answer: Any) -> str:
    """What keeps a game from costing the leader nothing and the follower 0.8 at γ = 0.1."""
    if type(answer) is not StackelbergGame:
        return f"Your answer is of type {type(answer).__name__}. We need a game: se.StackelbergGame(leader, follower)."
    before, after = stackelberg(answer), tolerant(answer, 0.1)
    if before.leader - after.leader > 1e-9:
        return f"The promise to her falls, too, from {before.leader:.3g} to {after.leader:.3g}."
    if before.follower - after.follower < 0.8 - 1e-9:
        return f"The follower's promise goes from {before.follower:.3g} to {after.follower:.3g}: not far enough."
    return ""


EXERCISES = {
    "05.1": Exercise(
        "What does the tolerant benchmark promise the leader of the slow-follower trap for γ = 0.04, 0.07 and 0.2?",
        _promised,
        (
            "Find the follower's gaps first. There are two that are not 0: one in each row.",
            "The gaps are 0.05 (at a1) and 0.1 (at a2). What is she sure of below 0.05, between them, and from 0.1 on?",
            "She is sure of 0.6, then 0.5, then 0.4. With the price: 0.6 + 0, 0.5 + 0.05, 0.4 + 0.1. "
            "For each γ take the least of those that it allows.",
        ),
        "Here every step is a bargain: a tolerance of 0.1 brings the promise down to 0.5.",
        (
            (_relaxed_only, "That is what she is sure of. The tolerance has its price: add ε."),
            (
                lambda: [v + g for v, g in zip(_relaxed_only(), _TOLERANCES, strict=True)],
                "You added γ. Any ε up to γ may be bought, and the cheapest ones sit at the gaps.",
            ),
        ),
        labels=("γ = 0.04", "γ = 0.07", "γ = 0.2"),
    ),
    "05.2": Exercise(
        "Write last_bargain(game): the smallest γ from which on more tolerance no longer lowers the leader's promise.",
        _last_bargain,
        (
            "With a very large γ, such as 1, all tolerances are on offer. Which of them is bought?",
            "Take the breakpoints. The smallest of those with the least V + ε is what we look for.",
            "se.tolerant(game, 1) knows it already: look at its leader_epsilon.",
        ),
        "A larger γ only offers tolerances that nobody buys.",
        (
            (
                lambda: lambda game: tolerant(game, math.inf).leader,
                "That is the promise itself. We ask for the tolerance that it takes.",
            ),
            (
                lambda: lambda game: tolerant(game, math.inf).follower_epsilon,
                "That is where the follower's promise is bought. We ask for hers.",
            ),
            (
                lambda: _last_fall,
                "That is where V falls for the last time. The promise is V + ε, so the last fall may be too dear.",
            ),
            *(
                (
                    lambda number=number: _on_a_grid(number),
                    f"That is a grid, {1 / (number - 1):g} apart. A bargain begins between its points: try the gaps.",
                )
                for number in (101, 1001)
            ),
        ),
        calls=tuple(
            (game,)
            for game in (
                impossibility_pair(0.04)[0],
                explore_trap(),
                slow_follower_trap(0.03),
                *(random_game((3, 4), seed=s) for s in range(6)),
            )
        ),
        tolerance=1e-6,
    ),
    "05.3": Exercise(
        "Design a game where a tolerance of 0.1 costs the leader nothing and the follower at least 0.8.",
        lambda: StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.0, 0.05], [1.0, 0.4]]),
        (
            "Start from Ĩ. There it costs her nothing, and the follower 0.48. What limits the 0.48?",
            "The follower loses what small talk pays it (0.6 in Ĩ), less the most it can get at a1, less the price.",
            "Let small talk pay the follower 1 instead of 0.6, and make the two numbers at a1 tiny.",
        ),
        "A mistake that the follower hardly feels, and it decides which action she may play.",
        judge=_misses_by,
        wanted="a game, se.StackelbergGame(leader, follower),",
    ),
}
