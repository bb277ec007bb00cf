"""Exercises of lesson 00, Start here."""

from functools import cache
from typing import Any

import numpy as np

from stackedu import followers, leaders
from stackedu.benchmarks import follower_responses, stackelberg
from stackedu.exercises import Exercise
from stackedu.games import chatbot
from stackedu.simulation import simulate


def _earned() -> np.ndarray:
    """What the user earns with each question, if the chatbot knows what it likes."""
    return chatbot().leader[follower_responses(chatbot())]


@cache
def _duel(follower: Any) -> float:
    """Regret per round of the user in the duels of lesson 00."""
    duel = simulate(chatbot(), leaders.UCB(), follower, 10_000, n_runs=50, seed=1)
    return float(duel.regret(stackelberg(chatbot()))[0, :, -1].mean() / 10_000)


def _careful_duel() -> float:
    return _duel(followers.ActiveArmElimination())


EXERCISES = {
    "00.1": Exercise(
        "What does the user earn in a round with each of her three questions, if the chatbot knows what it likes?",
        lambda: _earned().tolist(),
        (
            "The chatbot moves second, and it thinks of itself. Look at the *second* number of each cell.",
            "In each row find the cell with the largest second number (marked ●). Then read the *first* number there.",
            "A leading question: the second numbers are 0.4, 0.5 and 0.9. The chatbot flatters, and she earns 0.2.",
        ),
        "The best she can do is to ask the question with the largest of them. That is what leading means.",
        (
            (
                lambda: chatbot().follower.max(axis=1).tolist(),
                "These are the chatbot's earnings (the second number of a cell). The question is about the user's.",
            ),
            (
                lambda: chatbot().leader.max(axis=1).tolist(),
                "This lets the user choose the answer. The chatbot chooses it, and once it likes another one better.",
            ),
        ),
        labels=("short question", "detailed question", "leading question"),
    ),
    "00.2": Exercise(
        "She was promised 0.8 a round and earned 6 900 in 10 000 rounds. What is her regret?",
        lambda: stackelberg(chatbot()).leader * 10_000 - 6_900,
        (
            "Regret = what was promised in all − what was earned in all.",
            "Promised in all: 0.8 in each of 10 000 rounds.",
            "8 000 were promised, 6 900 were earned. One subtraction is left.",
        ),
        "A regret of 0.11 a round. It would have been negative, had she earned more than promised: that happens, too.",
        (
            (lambda: 6_900 - stackelberg(chatbot()).leader * 10_000, "The sign: regret is promised − earned."),
            (
                lambda: stackelberg(chatbot()).leader - 0.69,
                "That is the regret per round. We ask for all 10 000 rounds.",
            ),
        ),
    ),
    "00.3": Exercise(
        "What is the user's regret per round against a chatbot that learns by active arm elimination?",
        _careful_duel,
        (
            "Take the duel above and change one word: which follower it is.",
            "The follower is se.followers.ActiveArmElimination(). Keep game, horizon, n_runs=50 and seed=1.",
            "`duel = se.simulate(game, user, se.followers.ActiveArmElimination(), 10_000, n_runs=50, seed=1)`, "
            "then `answer = duel.regret(promised)[0, :, -1].mean() / 10_000`.",
        ),
        "Here the more careful chatbot costs her more. Strange, and it is only the beginning.",
        (
            (lambda: _careful_duel() * 10_000, "That is the regret of all rounds. Divide it by the number of rounds."),
            (lambda: _duel(followers.UCB()), "That is the UCB chatbot's, as above. Put in the other follower."),
            (
                lambda: _duel(followers.BestResponse()),
                "That is the chatbot that knows everything. Put in the other one.",
            ),
        ),
        tolerance=0.005,
    ),
}
