"""Exercises of lesson 01, Stackelberg games."""

from typing import Any

import numpy as np

from stackedu.benchmarks import stackelberg
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame


def _tied(order: tuple[str, str] = ("leader", "adverse")) -> list[float]:
    game = StackelbergGame([[0.8, 0.2], [0.4, 0.6]], [[0.5, 0.5], [0.7, 0.3]])
    return [value for ties in order for value in (stackelberg(game, ties).leader, stackelberg(game, ties).follower)]


def _firms(swap: bool = False) -> list[float]:
    first, second = np.arange(7)[:, None] / 6, np.arange(13) / 12
    price = np.maximum(0, 1 - first - second)
    level = stackelberg(StackelbergGame(price * first, price * second))
    return [level.follower, level.leader] if swap else [level.leader, level.follower]


def _chatbot_should_lead(game: Any) -> str:
    if type(game) is not StackelbergGame:
        return (
            f"Your answer is of type {type(game).__name__}. We need a game: se.StackelbergGame(her table, its table)."
        )
    if game.shape != (2, 2):
        return f"Your game is {game.shape[0]} × {game.shape[1]}. We need 2 × 2."
    if np.allclose(game.leader, [[0.8, 0.3], [0.5, 0.6]]) and np.allclose(game.follower, [[0.7, 0.9], [0.2, 0.3]]):
        return "That is “careful or lazy” with the roles swapped. It works, well seen! Now build one of your own."
    now = stackelberg(game)
    then = stackelberg(StackelbergGame(game.follower.T, game.leader.T))
    for who, before, after in (("she", now.leader, then.follower), ("the chatbot", now.follower, then.leader)):
        if not after > before:
            return f"If she moves first {who} earns {before:g}, if the chatbot moves first {after:g}: that is not more."
    return ""


EXERCISES = {
    "01.1": Exercise(
        "A table with a tie: what do leader and follower earn under the rule “leader”, and what under “adverse”?",
        _tied,
        (
            "First the dots. In one of the rows the follower is indifferent, so there are two.",
            "Obliging: the first row pays her 0.8. Grumpy: it pays her 0.2. Compare with the second row each time.",
            "Under “leader” she plays the first row, under “adverse” the second. What does the follower earn there?",
        ),
        "The grumpy follower gets more than the obliging one. Only the leader can be sure to like good manners.",
        (
            (
                lambda: _tied(("leader", "leader")),
                "Under “adverse” an indifferent follower takes what she likes least: 0.2 in the first row.",
            ),
            (lambda: _tied(("adverse", "leader")), "The order: first the rule “leader”, then “adverse”."),
            (
                lambda: [*_tied()[:2], 0.2, 0.5],
                "She knows that the follower is grumpy. So she avoids a row that would pay her 0.2.",
            ),
            (
                lambda: [*_tied()[:2], 0.2, 0.7],
                "Under “adverse” your two numbers stand in different rows. Which row does she play?",
            ),
            (
                lambda: [*_tied()[:2], 0.4, 0.3],
                "A grumpy follower is grumpy to her, not to itself: in the second row, without a tie, it takes 0.7.",
            ),
            (
                lambda: [*_tied()[:2], 0.6, 0.3],
                "In the second row there is no tie, only one dot: the follower takes 0.7, grumpy or not.",
            ),
        ),
        labels=("leader (“leader”)", "follower (“leader”)", "leader (“adverse”)", "follower (“adverse”)"),
    ),
    "01.2": Exercise(
        "Two firms, quantities and a falling price: what do leader and follower earn?",
        _firms,
        (
            "Rows are q1, columns q2. Make a table of prices first, then multiply it by the quantities.",
            "q1 = np.arange(7)[:, None] / 6 is a column, q2 = np.arange(13) / 12 a row: 1 − q1 − q2 is a 7 × 13 table.",
            "price = np.maximum(0, 1 − q1 − q2), then se.stackelberg(se.StackelbergGame(price * q1, price * q2)).",
        ),
        "The leader earns 1/8, more than 1/9: it floods the market. The follower earns half as much, and wishes that "
        "it had got up earlier.",
        (
            (lambda: _firms(swap=True), "The order: first the leader, then the follower."),
            (lambda: [1 / 9, 1 / 9], "That is what they earn if both move at once. Here one moves first."),
            (lambda: [1 / 2, 1 / 4], "These are the quantities. What do the firms earn?"),
        ),
        labels=("leader", "follower"),
    ),
    "01.3": Exercise(
        "Build a 2 × 2 game in which both earn strictly more if the chatbot moves first.",
        lambda: StackelbergGame([[0.8, 0.1], [0.3, 0.4]], [[0.7, 0.9], [0.4, 0.5]]),
        (
            "You have seen a game in which both earn more because *she* moved first. (Compared with what, though?)",
            "In “careful or lazy” one of *her* actions is always better, and that hurts both unless she moves first.",
            "Let b2 pay the chatbot more than b1 in either row. Make (a1, b1) good for both, and (a1, b2) bad for her.",
        ),
        "So the two may agree about who should lead. Then nobody needs to fight for it.",
        judge=_chatbot_should_lead,
        wanted="a 2 × 2 game",
    ),
}
