"""Exercises of lesson 06, When standard learners fail."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap

_TABLE = np.array([[0.8, 0.2], [0.6, 0.5]])


def _seen() -> list[float]:
    """Averages over an even exploration, and the overlap from which on the wrong action looks better."""
    drops = _TABLE[:, 0] - _TABLE.mean(axis=1)  # what full overlap takes from each action's worth
    limit = (_TABLE[0, 0] - _TABLE[1, 0]) / (drops[0] - drops[1])
    return [*_TABLE.mean(axis=1).tolist(), float(limit)]


def _wrong(share: float = 1.0, coins: int = 2, ties: bool = False) -> Callable[[int], float]:
    """P(small talk looks better) after n tries of each action with ±1 noise, from ``coins`` coins a try.

    A slip may see only a ``share`` of the lead that small talk has without noise, or count ``ties`` as better.
    """
    means = explore_trap().leader.mean(axis=1)
    lead = share * float(means[1] - means[0]) + (1e-12 if ties else -1e-12)  # ties do not hang on rounding

    def probability(n: int) -> float:
        total = coins * n
        ways = [math.comb(total, k) for k in range(total + 1)]
        return sum(way for k, way in enumerate(ways) if 2 * k - total > -lead * n) / 2**total

    return probability


def _bell(n: int) -> float:
    """The same with bell-shaped noise, as in the text."""
    means = explore_trap().leader.mean(axis=1)
    return 0.5 * math.erfc(-float(means[1] - means[0]) * math.sqrt(n) / 2)


def _harmless(answer: Any) -> str:
    """What keeps a game from being a trap that costs both players 0.3 a round."""
    if type(answer) is not StackelbergGame:
        return f"Your answer is of type {type(answer).__name__}. We need a game: se.StackelbergGame(leader, follower)."
    if answer.shape != (2, 2):
        return f"The game must be 2 × 2, and yours is {answer.shape[0]} × {answer.shape[1]}."
    if not (answer.follower[:, 0] > answer.follower[:, 1]).all():
        return "b1 must pay the follower more than b2, in both rows."
    for player, table in (("her", answer.leader), ("the follower", answer.follower)):
        if table[0, 0] - table[1, 0] < 0.3 - 1e-9:
            return f"With b1, a1 pays {player} {table[0, 0]:.3g} and a2 {table[1, 0]:.3g}: we want 0.3 more at a1."
    hard, small = answer.leader.mean(axis=1)
    if small <= hard + 1e-9:  # (0.7 + 0.2)/2 < 0.45 in floating point
        return f"While it explores she sees {hard:.3g} at a1 and {small:.3g} at a2. She is not misled."
    return ""


EXERCISES = {
    "06.1": Exercise(
        "u1 = [[0.8, 0.2], [0.6, 0.5]]: what does she see at a1, at a2, and above which overlap is she misled?",
        _seen,
        (
            "While it explores evenly, half of the answers are b1 and half are b2. Take the average of each row.",
            "With overlap f she sees f · (average of the row) + (1 − f) · (what b1 pays her).",
            "That is 0.8 − 0.3 f at a1 and 0.6 − 0.05 f at a2. When are they equal?",
        ),
        "A larger advantage of a1 needs a larger overlap to be hidden.",
        (
            (
                lambda: [*_seen()[:2], 2 / 3],
                "2/3 belongs to the explore trap. Do the same calculation with this table.",
            ),
            (
                lambda: [*explore_trap().leader.mean(axis=1), 2 / 3],
                "These belong to the explore trap. Take this table.",
            ),
            (lambda: [*_seen()[1::-1], _seen()[2]], "The order: what she sees at a1, then at a2, then the overlap."),
            (lambda: [100 * x for x in _seen()], "No percent, please: 25 % would be 0.25."),
            (
                lambda: [*_seen()[:2], 100 * _seen()[2]],
                "The overlap is a fraction between 0 and 1: 25 % would be 0.25.",
            ),
        ),
        labels=("a1", "a2", "the overlap"),
    ),
    "06.2": Exercise(
        "Write wrong(n): the probability that small talk looks better, with n tries of each action and ±1 noise.",
        _wrong,
        (
            "Flip the signs of the noise at a1: then all 2n coins count in favour of small talk, or against it.",
            "With k heads among the 2n coins the noise is (k − (2n − k))/n = (2k − 2n)/n. Small talk looks better "
            "if 0.05 plus that is positive.",
            "Add up math.comb(2 * n, k) / 2 ** (2 * n) over all k from 0 to 2n with 2 * k - 2 * n > -0.05 * n.",
        ),
        "It starts at 11/16 and never falls below ½, as the mirror says.",
        (
            (
                lambda: _wrong(share=0.0),
                "You ask for positive noise. Small talk leads by 0.05, so a little negative noise still misleads.",
            ),
            (
                lambda: _wrong(share=1e-9),
                "Right for few tries. With many, noise between −0.05 and 0 is possible, and it misleads her, too.",
            ),
            (
                lambda: _wrong(ties=True),
                "With n = 40 the averages may be equal, and equal is not better. (Do decimals decide it? Whole numbers "
                "do not round: multiply by 20 n.)",
            ),
            (lambda: _bell, "That is for bell-shaped noise. Here it is coins: add up what math.comb counts."),
            (lambda: lambda n: 100 * _wrong()(n), "No percent, please: a probability is between 0 and 1."),
            (lambda: lambda n: 1 - _wrong()(n), "That is the probability that she is right."),
            (lambda: _wrong(coins=1), "She has n rewards of each action: that makes 2n coins."),
        ),
        calls=((2,), (10,), (40,), (100,), (300,)),
        tolerance=1e-6,
    ),
    "06.3": Exercise(
        "Build a 2 × 2 trap where a1 is better by 0.3 for both players in the end, and looks worse during exploration.",
        lambda: StackelbergGame([[1.0, 0.0], [0.6, 0.5]], [[0.8, 0.0], [0.4, 0.0]]),
        (
            "Her table decides what she sees; the follower's only has to prefer b1 and a1. So start with hers.",
            "Waffle at a1 should hurt her as much as possible, and at a2 hardly at all.",
            "Let a1 pay her 1 and 0. Then a2 needs an average above 0.5, and at most 0.7 with b1.",
        ),
        "The larger the difference between the follower's answers is for her, the worse its exploration misleads her.",
        judge=_harmless,
        wanted="a game, se.StackelbergGame(leader, follower),",
    ),
}
