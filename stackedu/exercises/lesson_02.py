"""Exercises of lesson 02, One learner alone."""

import math
from collections.abc import Callable
from itertools import permutations
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


def _factors(log: Callable[[float], float]) -> list[float]:
    def at(rounds: float) -> np.ndarray:
        return np.array([log(rounds), math.sqrt(rounds * log(rounds)), math.sqrt(rounds / log(rounds))])

    return (at(1e8) / at(1e4)).tolist()


def _counts(learner: Any) -> np.ndarray:
    game = StackelbergGame([[0.5] * 3], [[0.7, 0.65, 0.4]])
    return simulate(game, leaders.Fixed(0), learner, 300, n_runs=5, seed=1).counts[:, -1, 0]


def _greedy(context: Any, state: Any, params: Any, rng: Any) -> Any:
    """Play each arm once, in the order of the parameters if there are any, then the best average."""
    n, total = state.pulls[context], state.sums[context]
    for i in range(len(n)):
        arm = int(params.values[i]) if len(params.values) else i
        if n[arm] == 0:
            return arm, 1
    return (total / n).argmax(), 1


def _loyal(context: Any, state: Any, params: Any, rng: Any) -> Any:
    arm, rounds = _greedy(context, state, params, rng)
    return arm, rounds if state.pulls[context].min() == 0 else params.horizon


def _not_greedy(answer: Any) -> str:
    if not callable(answer) or isinstance(answer, Learner | type):
        return f"Your answer is of type {type(answer).__name__}. We need the function itself: its name, and no more."
    mine = _counts(followers.Custom(answer))
    greedy = np.stack([_counts(followers.Custom(_greedy, parameters=order)) for order in permutations(range(3))])
    alike = (mine == greedy).all(axis=2).any(axis=0)  # whatever order each run begins with
    if alike.all():
        return ""
    if (mine == _counts(followers.UCB())).all():
        return "That is UCB. The greedy one adds no bonus."
    if (mine == _counts(followers.Custom(_loyal))).all():
        return (
            "Yours looks at the arms once and then keeps one for good. Do you give an arm for 1 round only, and do you "
            "compare averages, not sums?"
        )
    if (mine.min(axis=1) < 1).any():
        return "In some runs an arm was never played. Each must be played once, or it has no average."
    run = int(alike.argmin())
    return (
        f"In our run {run + 1} yours plays the three arms {', '.join(map(str, mine[run]))} times, the greedy one plays "
        f"them {', '.join(map(str, greedy[0, run]))} times."
    )


EXERCISES = {
    "02.1": Exercise(
        "Three answers with pulls and averages, T = 1000. What are their indices?",
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
            (
                lambda: _scores(lambda n, mean: mean + math.sqrt(2 * math.log10(1000) / n)),
                "That is the logarithm to base 10. Take the natural one: log 1000 is 6.9.",
            ),
            (lambda: _scores(lambda n, mean: mean + 2 * math.log(1000) / n), "The square root is missing."),
        ),
        labels=tuple(TRIED),
        tolerance=0.005,
    ),
    "02.2": Exercise(
        "T from 10^4 to 10^8: by what factors do the bounds of parts 1 and 2 grow, and the gap Δ₀ shrink?",
        lambda: _factors(math.log),
        (
            "Divide what the formula says at 10^8 by what it says at 10^4. Δ, |B| and the constants cancel.",
            "T becomes 10^4 times larger, and log T becomes 8/4 = 2 times larger. The gap is 4√(|B| log T / T).",
            "2, then √(10^4 · 2), then √(10^4 / 2).",
        ),
        "That is the lesson: 2 on one bandit, 141 on the worst one, and the worst one is another one each time.",
        (
            (lambda: _factors(lambda rounds: 1), "You left out log T. From 10^4 to 10^8 it becomes twice as large."),
            (
                lambda: [2, 100, 100],
                "The first is right. Under the two roots there is a log T as well; it becomes twice as large.",
            ),
            (lambda: [2, 2e4, 5e3], "The first is right. For the other two the square root is missing."),
            (
                lambda: [*_factors(math.log)[:2], 1 / _factors(math.log)[2]],
                "The third the other way round: by what factor does the gap *shrink*?",
            ),
            (
                lambda: [*_factors(math.log)[:2], 100],
                "The first two are right. In the third there is a log T as well, above the T.",
            ),
            (
                lambda: [math.log(1e4), *_factors(math.log)[1:]],
                "The first: not log T itself, but what it is multiplied by.",
            ),
        ),
        labels=("part 1", "part 2", "the gap"),
        tolerance=0.005,
        relative=True,
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
