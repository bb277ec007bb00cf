"""Exercises of lesson 10, Agreeing on what is different."""

import math
from typing import Any

import numpy as np

from stackedu.benchmarks import lipschitz_constant
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame

_BY_HAND = StackelbergGame([[0.8, 0.5], [0.4, 0.2]], [[0.1, 0.4], [0.6, 0.5]])


def _one_way() -> float:
    """The larger slope of u2 over u1 only."""
    order = _BY_HAND.leader.ravel().argsort()
    u1, u2 = _BY_HAND.leader.ravel()[order], _BY_HAND.follower.ravel()[order]
    return float(np.abs(np.diff(u2) / np.diff(u1)).max())


def _ranked_alike(answer: Any) -> str:
    """Say what is wrong with a game in which both rank the outcomes alike but L is at least 100."""
    if type(answer) is not StackelbergGame:
        return f"Your answer is of type {type(answer).__name__}. Put se.StackelbergGame(leader, follower) there."
    ordered = answer.leader.ravel().argsort()
    first, second = np.diff(answer.leader.ravel()[ordered]), np.diff(answer.follower.ravel()[ordered])
    if (first <= 0).any():
        return "Two outcomes are equal for the leader. There should be no ties."
    if (second <= 0).any():
        worse, better = ordered[int(np.argmax(second <= 0)) :][:2]
        cells = [f"({answer.leader_actions[a]}, {answer.follower_actions[b]})"
                 for a, b in (divmod(int(cell), answer.shape[1]) for cell in (worse, better))]  # fmt: skip
        return f"The leader likes {cells[1]} better than {cells[0]}, the follower does not. They should rank alike."
    constant = lipschitz_constant(answer)
    if constant >= 100 * (1 - 1e-9):  # 0.3 against 0.9 - 0.897 is 100, but for rounding
        return ""
    return f"They rank alike, but L is {constant:.4g} only. It should be at least 100."


EXERCISES = {
    "10.1": Exercise(
        "What is L for u1 = [[0.8, 0.5], [0.4, 0.2]] and u2 = [[0.1, 0.4], [0.6, 0.5]]?",
        lambda: lipschitz_constant(_BY_HAND),
        (
            "Adjacent outcomes suffice: sort the outcomes by the one player's payoff, and look at the steps of both.",
            "Do it twice, for L looks both ways: sorted by hers, steps of it over steps of her; then sorted by its.",
            "Sorted by its payoffs 0.1, 0.4, 0.5, 0.6, hers are 0.8, 0.5, 0.2, 0.4. Which step is the steepest?",
        ),
        "From its 0.4 to its 0.5, a step of 0.1, she falls by 0.3. The signs never mattered.",
        (
            (_one_way, "You looked one way only, its steps over hers. Take hers over its as well."),
            (lambda: 1 / lipschitz_constant(_BY_HAND), "Upside down: take the ratio that is above 1."),
        ),
    ),
    "10.2": Exercise(
        "premium(L, B): how many times as many plays until LipschitzUCB's bonus is down to the same size as UCB's?",
        lambda: lambda L, B: (1 + L * math.sqrt(B)) ** 2,
        (
            "UCB's bonus is √(2 log T/n). Write down LipschitzUCB's beside it, with another letter for its n.",
            "A bonus shrinks like 1/√n. To make up for a factor w in front, n must grow by how much?",
            "The factor in front is w = 1 + L√B, and √n must make up for it, so n must grow by w².",
        ),
        "With L = 4 and two answers that is 44 times as long. Patience is expensive.",
        (
            (lambda: lambda L, B: 1 + L * math.sqrt(B), "That is the factor in front. But n is below a root."),
            (lambda: lambda L, B: (L * math.sqrt(B)) ** 2, "Do not forget the 1: noise is still there."),
            (lambda: lambda L, B: (1 + L * B) ** 2, "It is √|B|, not |B|."),
        ),
        calls=((1, 2), (4, 2), (2.5, 9)),
        tolerance=1e-6,
    ),
    "10.3": Exercise(
        "Build a game in which both rank all outcomes alike, without ties, and yet L is at least 100.",
        lambda: StackelbergGame([[0.9, 0.1], [0.5, 0.3]], [[0.9, 0.1], [0.301, 0.3]]),
        (
            "Start from a common-interest game, u1 = u2, and change one number of one player a little.",
            "L is large where one player's step is tiny and the other's is not. Keep the order.",
            "Take u1 = [[0.9, 0.1], [0.5, 0.3]]. Let u2 be the same, but move its 0.5 down to just above 0.3.",
        ),
        "They agree on every comparison, and could still ruin one another: liking is not caring.",
        judge=_ranked_alike,
        wanted="a game, se.StackelbergGame(leader, follower),",
    ),
}  # fmt: skip
