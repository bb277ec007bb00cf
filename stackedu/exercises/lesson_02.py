"""Exercises of lesson 02, One learner alone."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from stackedu import followers, leaders
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame
from stackedu.learners import Learner
from stackedu.simulation import simulate

TRIED = {"direct": (25, 0.7), "long": (16, 0.6), "flattery": (9, 0.2)}
"""Of each answer: how often it was given, and its average."""


def _scores(score: Callable[[int, float], float]) -> list[float]:
    return [score(*tried) for tried in TRIED.values()]


def _lost(pulls: list[int], means: list[float]) -> float:
    return sum(n * (max(means) - mean) for n, mean in zip(pulls, means, strict=True))


def _counts(learner: Any) -> np.ndarray:
    game = StackelbergGame([[0.5] * 3], [[0.7, 0.65, 0.4]])
    return simulate(game, leaders.Fixed(0), learner, 300, n_runs=5, seed=1).counts[:, -1, 0]


def _greedy(context: Any, state: Any, params: Any, rng: Any) -> Any:
    n, total = state.pulls[context], state.sums[context]
    if n.min() == 0:
        return n.argmin(), 1
    return (total / n).argmax(), 1


def _not_greedy(answer: Any) -> str:
    if not callable(answer) or isinstance(answer, Learner | type):
        return f"Your answer is of type {type(answer).__name__}. We need the function itself: its name, and no more."
    mine, greedy = _counts(followers.Custom(answer)), _counts(followers.UCB(0))
    if (mine == greedy).all():
        return ""
    if (mine == _counts(followers.UCB())).all():
        return "That is UCB. The greedy one adds no bonus."
    if (mine.min(axis=1) < 1).any():
        return "In some runs an arm was never played. Each must be played once, or it has no average."
    return (
        f"In our first run yours plays the three arms {', '.join(map(str, mine[0]))} times, the greedy one plays them "
        f"{', '.join(map(str, greedy[0]))} times."
    )


EXERCISES = {
    "02.1": Exercise(
        "Three answers with pulls and averages, T = 1000. What are their indices, and which one comes next?",
        lambda: _scores(lambda n, mean: mean + math.sqrt(2 * math.log(1000) / n)),
        (
            "An index is average + bonus. The bonus is √(13.8/n).",
            "The bonuses are √(13.8/25) = 0.74, √(13.8/16) = 0.93 and √(13.8/9) = 1.24.",
            "Add 0.7, 0.6 and 0.2 to them, in this order.",
        ),
        "So the long one comes next: neither the best average nor the least tried, but the best mixture of the two.",
        (
            (lambda: _scores(lambda n, mean: mean), "These are the averages. UCB adds a bonus to each."),
            (
                lambda: _scores(lambda n, mean: math.sqrt(2 * math.log(1000) / n)),
                "These are the bonuses. Add the averages.",
            ),
            (lambda: _scores(lambda n, mean: mean + 2 * math.log(1000) / n), "The square root is missing."),
        ),
        labels=tuple(TRIED),
        tolerance=0.005,
    ),
    "02.2": Exercise(
        "Write regret(pulls, means): what was lost in all.",
        lambda: _lost,
        (
            "Each pull of an arm costs its gap. What is the gap of an arm?",
            "The gap is max(means) less the arm's own mean. Multiply it by the arm's pulls, and add up over arms.",
            "sum(n * (max(means) - mean) for n, mean in zip(pulls, means))",
        ),
        "Regret is gaps times mistakes. No noise in it: it counts what an arm is worth, not what it happened to pay.",
        (
            (
                lambda: lambda pulls, means: float(np.dot(pulls, means)),
                "That is what was *earned*. Regret is what the best arm would have earned, less that.",
            ),
            (
                lambda: lambda pulls, means: -_lost(pulls, means),
                "The sign: regret is promised less earned, so it is not negative here.",
            ),
            (
                lambda: lambda pulls, means: sum(n * (means[0] - mean) for n, mean in zip(pulls, means, strict=True)),
                "The first arm need not be the best one. Take max(means).",
            ),
            (
                lambda: lambda pulls, means: _lost(pulls, means) / sum(pulls),
                "That is the regret per round. We ask for all rounds.",
            ),
        ),
        calls=(([90, 10], [0.6, 0.1]), ([10, 20, 70], [0.4, 0.65, 0.7]), ([5, 5], [0.3, 0.3])),
        tolerance=1e-6,
    ),
    "02.3": Exercise(
        "Write the greedy learner as a rule: each arm once, then always the best average so far.",
        lambda: _greedy,
        (
            "Start from my_ucb. What in it makes it an optimist?",
            "Leave out the bonus. The rest stays as it is.",
            "return (total / n).argmax(), 1",
        ),
        "So UCB with confidence 0 is the greedy one. The discussion shows what that costs.",
        judge=_not_greedy,
        wanted="a function",
    ),
}
