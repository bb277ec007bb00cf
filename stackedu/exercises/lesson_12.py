"""Exercises of lesson 12, The game between algorithms."""

from itertools import product
from typing import Any

import numpy as np

from stackedu.benchmarks import stackelberg
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap, recommender, slow_follower_trap

RULES = tuple(product((0, 1), repeat=2))
WANTED = 0.5
PRICE = 0.01


def _with_rule(game: StackelbergGame, rule: tuple[int, ...]) -> float:
    """What a follower with a fixed rule earns, once the leader plays what suits her; ties go against it."""
    rows = np.arange(game.n_leader_actions)
    hers = game.leader[rows, rule]
    return float(game.follower[rows, rule][hers == hers.max()].min())


def _threatened() -> StackelbergGame:
    return StackelbergGame([[0.6, 0.3], [0.5, 0.1]], [[0.1, 0], [0.3, 0.2]])


def _earned() -> list[float]:
    return [_with_rule(_threatened(), rule) for rule in RULES]


def _count(game: StackelbergGame, price: float = PRICE, over: tuple[int, int] = (0, 1)) -> int:
    """Count equilibria up to a price; ``over``: the axis along which she changes, and the one along which it does."""
    she_stays = game.leader >= game.leader.max(axis=over[0], keepdims=True) - price
    it_stays = game.follower >= game.follower.max(axis=over[1], keepdims=True) - price
    return int((she_stays & it_stays).sum())


def _equilibria(game: StackelbergGame) -> int:
    return _count(game)


def _one_look(game: StackelbergGame) -> int:
    """Count each row's best responses, whether or not she would stay in that row."""
    return int((game.follower >= game.follower.max(axis=1, keepdims=True) - PRICE).sum())


def _learners() -> StackelbergGame:
    table = [[0.5, 0.6], [0.595, 0.592]], [[0.3, 0.296], [0.055, 0.05]]
    return StackelbergGame(*table, name="[[0.5, 0.6], [0.595, 0.592]], [[0.3, 0.296], [0.055, 0.05]]")


def _unlike() -> StackelbergGame:
    return StackelbergGame([[1, 0], [0, 1]], [[0, 1], [1, 0]], name="[[1, 0], [0, 1]], [[0, 1], [1, 0]]")


def _meeting() -> StackelbergGame:
    return StackelbergGame([[1, 0], [0, 0.5]], [[0.5, 0], [0, 1]], name="[[1, 0], [0, 0.5]], [[0.5, 0], [0, 1]]")


def _wide() -> StackelbergGame:
    """Return a game with equilibria in the first and in the last column."""
    table = [[0.1, 0.6, 0.5], [0.2, 0.3, 0.496]], [[0.3, 0.2, 0.9], [0.26, 0.1, 0.26]]
    return StackelbergGame(*table, name="a 2×3 game of ours")


def _costly() -> StackelbergGame:
    return StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.05, 0], [0.9, 0.2]])


def _cheap_knowledge(answer: Any) -> str:
    if type(answer) is not StackelbergGame or answer.shape != (2, 2):
        return "Your answer must be a game with two actions each: se.StackelbergGame([[…], […]], [[…], […]])."
    known = stackelberg(answer).follower
    rule = max(RULES, key=lambda each: _with_rule(answer, each))
    fixed = _with_rule(answer, rule)
    if fixed - known >= WANTED - 1e-9:  # 0.7 - 0.2 is a bit less than 0.5
        return ""
    told = ", ".join(f"b{b + 1} to a{a + 1}" for a, b in enumerate(rule))
    return (
        f"Always answering best, the follower earns {known:.3g}. Its best fixed rule ({told}) earns {fixed:.3g}. "
        f"That is {fixed - known:.3g} more; we want at least {WANTED}."
    )


EXERCISES = {
    "12.1": Exercise(
        "What does the follower earn in the table of the exercise with each of its four fixed rules?",
        _earned,
        (
            "A rule picks one cell in each row. She then has two cells to choose from, and looks at her own numbers.",
            "Rule (b2, b1): she has 0.3 at (a1, b2) and 0.5 at (a2, b1). She takes the second, and it earns 0.3.",
            "With b1 to a1 she takes a1: 0.6 is the most there is. Rule (b2, b2) leaves her 0.3 at a1, and 0.1 at a2.",
        ),
        "It leads now. The best plan's threat is never carried out. The worst one's always is: she has no way out.",
        (
            (
                lambda: [_with_rule(_threatened(), rule) for rule in product((1, 0), repeat=2)],
                "The order is (b1, b1), (b1, b2), (b2, b1), (b2, b2): first the answer to a1, then the one to a2.",
            ),
            (
                lambda: [0.6, 0.6, 0.5, 0.3],
                "These are *her* earnings. The question is about the chatbot's.",
            ),
            (
                lambda: [0.3, 0.2, 0.3, 0.2],
                "This lets the chatbot choose the row. She chooses it, and looks at her own numbers.",
            ),
            (
                lambda: [_with_rule(slow_follower_trap(), rule) for rule in RULES],
                "These are the numbers for the slow-follower trap. The exercise has another table.",
            ),
        ),
        labels=("(b1, b1)", "(b1, b2)", "(b2, b1)", "(b2, b2)"),
    ),
    "12.2": Exercise(
        "A function equilibria(game): in how many cells does neither gain more than 0.01 by changing alone?",
        lambda: _equilibria,
        (
            "By changing the row she may gain at most 0.01. By changing the column it may gain at most 0.01.",
            "u1 may be at most 0.01 below the largest in its *column*, and so may u2 in its *row*.",
            "`(u1 >= u1.max(axis=0) - 0.01) & (u2 >= u2.max(axis=1, keepdims=True) - 0.01)`, then `.sum()`.",
        ),
        "None, one, or several: forgive a small price, and there may be more, but there need not be any.",
        (
            (
                lambda: _one_look,
                "Your function looks at the follower only. The leader must not want to change, either.",
            ),
            (
                lambda: lambda game: _count(game, over=(1, 0)),
                "Rows and columns are mixed up: *she* changes the row, so compare her numbers within a column.",
            ),
            (
                lambda: lambda game: _count(game, 0),
                "These are the cells where neither gains at all. A gain of up to 0.01 is allowed.",
            ),
        ),
        calls=((explore_trap(),), (_unlike(),), (_meeting(),), (recommender(),), (_learners(),), (_wide(),)),
    ),
    "12.3": Exercise(
        "A 2×2 game in which always answering best costs the follower at least 0.5 against its best fixed rule.",
        _costly,
        (
            "Start from the slow-follower trap. Which number does the chatbot end up with, when it is stubborn?",
            "It ends at (a2, b1). Answering best, it ends at (a1, b1). Make the first worth more to it; leave hers.",
            "In its table write 0.9 in place of the 0.3, say. Mind that b1 stays its best response to a2.",
        ),
        "The more it gains when she changes her mind, the more it is worth to be bound.",
        (
            (
                slow_follower_trap,
                "Always answering best, the follower earns 0.05. Its best fixed rule (b2 to a1, b1 to a2) earns 0.3. "
                "That is 0.25 more; we want at least 0.5.",
            ),
        ),
        judge=_cheap_knowledge,
        wanted="a game, made by se.StackelbergGame,",
    ),
}
