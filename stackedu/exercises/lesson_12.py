"""Exercises of lesson 12, The game between algorithms."""

from itertools import product
from typing import Any

import numpy as np

from stackedu.benchmarks import follower_responses, stackelberg
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap, recommender, slow_follower_trap

RULES = tuple(product((0, 1), repeat=2))
WANTED = 0.5


def _with_rule(game: StackelbergGame, rule: tuple[int, ...]) -> float:
    """What a follower with a fixed rule earns, once the leader plays what suits her; ties go against it."""
    rows = np.arange(game.n_leader_actions)
    hers = game.leader[rows, rule]
    return float(game.follower[rows, rule][hers == hers.max()].min())


def _earned() -> list[float]:
    return [_with_rule(slow_follower_trap(), rule) for rule in RULES]


def _equilibria(game: StackelbergGame) -> int:
    best_for_her = game.leader == game.leader.max(axis=0, keepdims=True)
    return int((best_for_her & follower_responses(game)).sum())


def _one_look(game: StackelbergGame) -> int:
    """Counts each row's best response in the leader's best row, as if she moved first."""
    return int(follower_responses(game).sum())


def _matching() -> StackelbergGame:
    return StackelbergGame([[1, 0], [0, 1]], [[0, 1], [1, 0]], name="matching pennies")


def _meeting() -> StackelbergGame:
    return StackelbergGame([[1, 0], [0, 0.5]], [[0.5, 0], [0, 1]], name="where shall we meet")


def _costly() -> StackelbergGame:
    return StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.05, 0], [0.9, 0.2]])


def _cheap_knowledge(answer: Any) -> str:
    if type(answer) is not StackelbergGame or answer.shape != (2, 2):
        return "Your answer must be a game with two actions each: se.StackelbergGame([[…], […]], [[…], […]])."
    known = stackelberg(answer).follower
    rule = max(RULES, key=lambda each: _with_rule(answer, each))
    fixed = _with_rule(answer, rule)
    if fixed - known >= WANTED:
        return ""
    told = ", ".join(f"b{b + 1} to a{a + 1}" for a, b in enumerate(rule))
    return (
        f"Knowing its payoffs, the follower earns {known:.3g}. Its best fixed rule ({told}) earns {fixed:.3g}. "
        f"That is {fixed - known:.3g} more; we want at least {WANTED}."
    )


EXERCISES = {
    "12.1": Exercise(
        "What does the follower earn in the slow-follower trap with each of its four fixed rules?",
        _earned,
        (
            "A rule picks one cell in each row. She then has two cells to choose from, and looks at her own numbers.",
            "Rule (b2, b1): she has 0.2 at (a1, b2) and 0.5 at (a2, b1). She takes the second, and it earns 0.3.",
            "With b1 to a1 she always takes a1, for 0.6 is the most there is. With b2 to a1 she always takes a2.",
        ),
        "It leads now, with a plan for each of her moves. The best plan contains an answer that is never given.",
        (
            (
                lambda: [_with_rule(slow_follower_trap(), rule) for rule in product((1, 0), repeat=2)],
                "The order is (b1, b1), (b1, b2), (b2, b1), (b2, b2): first the answer to a1, then the one to a2.",
            ),
            (
                lambda: [0.6, 0.6, 0.5, 0.4],
                "These are *her* earnings. The question is about the chatbot's.",
            ),
            (
                lambda: [0.3, 0.2, 0.3, 0.2],
                "This lets the chatbot choose the row. She chooses it, and looks at her own numbers.",
            ),
        ),
        labels=("(b1, b1)", "(b1, b2)", "(b2, b1)", "(b2, b2)"),
    ),
    "12.2": Exercise(
        "A function equilibria(game): the number of its pure Nash equilibria, if both choose at the same time.",
        lambda: _equilibria,
        (
            "In an equilibrium she cannot gain by changing the row, and it cannot gain by changing the column.",
            "So u1 is the largest in its *column*, and u2 the largest in its *row*. Count such cells.",
            "`(u1 == u1.max(axis=0, keepdims=True)) & (u2 == u2.max(axis=1, keepdims=True))`, then `.sum()`.",
        ),
        "None, one, or several: an equilibrium is not a promise that there is one.",
        (
            (
                lambda: _one_look,
                "Your function looks at the follower only. The leader must not want to change, either.",
            ),
            (
                lambda: (
                    lambda game: int(
                        (
                            (game.leader == game.leader.max(axis=1, keepdims=True))
                            & (game.follower == game.follower.max(axis=0, keepdims=True))
                        ).sum()
                    )
                ),
                "Rows and columns are mixed up: *she* changes the row, so compare her numbers within a column.",
            ),
        ),
        calls=((explore_trap(),), (_matching(),), (_meeting(),), (recommender(),)),
    ),
    "12.3": Exercise(
        "A 2×2 game in which knowing its payoffs costs the follower at least 0.5 against its best fixed rule.",
        _costly,
        (
            "Start from the slow-follower trap. Which number does the chatbot end up with, when it is stubborn?",
            "It ends at (a2, b1). Knowing, it ends at (a1, b1). Make the first worth more to it, and leave hers alone.",
            "In its table write 0.9 in place of the 0.3, say. Mind that b1 stays its best response to a2.",
        ),
        "The more it could gain by your changing your mind, the more its ignorance is worth to it.",
        (
            (
                slow_follower_trap,
                "Knowing its payoffs, the follower earns 0.05. Its best fixed rule (b2 to a1, b1 to a2) earns 0.3. "
                "That is 0.25 more; we want at least 0.5.",
            ),
        ),
        judge=_cheap_knowledge,
        wanted="a game, made by se.StackelbergGame,",
    ),
}
