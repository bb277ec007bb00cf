"""Exercises of lesson 00, Start here."""

from functools import cache
from typing import Any

import numpy as np

from stackedu import followers, leaders
from stackedu.benchmarks import follower_responses, stackelberg
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, chatbot
from stackedu.simulation import simulate


def _flattering() -> StackelbergGame:
    """Return the chatbot's game, if flattery to a detailed question paid it 0.8."""
    likes = chatbot().follower.copy()
    likes[1, 2] = 0.8
    return StackelbergGame(chatbot().leader, likes)


def _earned(game: StackelbergGame) -> list[float]:
    """What the user earns with each question, if the chatbot knows what it likes."""
    return game.leader[follower_responses(game)].tolist()


def _short_duel(player: int) -> float:
    """Regret of a player (0 or 1) in 3000 direct, 1000 long answers to detailed questions, and 1000 flatteries."""
    played = np.array([[0, 0, 0], [3000, 1000, 0], [0, 0, 1000]])
    table, benchmark = (chatbot().leader, chatbot().follower)[player], stackelberg(chatbot())
    return float((played * ((benchmark.leader, benchmark.follower)[player] - table)).sum())


@cache
def _duel(follower: Any, player: int = 0) -> float:
    """Regret per round of a player (0, the user, unless told) in the duels of lesson 00."""
    duel = simulate(chatbot(), leaders.UCB(), follower, 10_000, n_runs=50, seed=1)
    return float(duel.regret(stackelberg(chatbot()))[player, :, -1].mean() / 10_000)


def _careful_duel(player: int = 0) -> float:
    return _duel(followers.ActiveArmElimination(), player)


EXERCISES = {
    "00.1": Exercise(
        "Flattery to a detailed question pays the chatbot 0.8. What does the user earn with each of her questions?",
        lambda: _earned(_flattering()),
        (
            "The chatbot moves second, and it thinks of itself. Look at the *second* number of each cell.",
            "In each row find the cell with the largest second number (marked ●). Then read the *first* number there.",
            "A leading question: the second numbers are 0.4, 0.5 and 0.9. The chatbot flatters, and she earns 0.2.",
        ),
        "The best she can do is to ask the question with the largest of them: now a short one. That is what leading "
        "means.",
        (
            (
                lambda: _earned(chatbot()),
                "That is the table as it was. In the new one the chatbot likes another answer to a detailed question.",
            ),
            (
                lambda: _flattering().follower.max(axis=1).tolist(),
                "These are the chatbot's earnings (the second number of a cell). The question is about the user's.",
            ),
            (
                lambda: chatbot().leader.max(axis=1).tolist(),
                "This lets the user choose the answer. The chatbot chooses it, and twice it likes another one better.",
            ),
        ),
        labels=("short question", "detailed question", "leading question"),
    ),
    "00.2": Exercise(
        "3 000 direct and 1 000 long answers to detailed questions, 1 000 times flattery to leading ones. "
        "What is the chatbot's regret?",
        lambda: _short_duel(1),
        (
            "Regret = what was promised in all − what was earned in all.",
            "Promised in all: 0.7 in each of 5 000 rounds. Earned: for each cell its *second* number, times how often.",
            "3 500 were promised. Earned were 3 000 · 0.7 + 1 000 · 0.65 + 1 000 · 0.9. One subtraction is left.",
        ),
        "Negative: flattery paid it more than was promised. *She* lost 1 000 in the same rounds.",
        (
            (lambda: -_short_duel(1), "The sign: regret is promised − earned. It can be negative."),
            (lambda: 3500 - _short_duel(1), "That is what it earned in all. Regret is what was promised less that."),
            (lambda: _short_duel(0), "That is hers. The chatbot's payoffs are the second numbers of the cells."),
            (lambda: _short_duel(1) / 5000, "That is the regret per round. We ask for all 5 000 rounds."),
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
        "The more careful chatbot costs her more. In 10 000 noisy rounds it cannot be sure of a difference of 0.05. "
        "So detailed questions get direct answers in 41 % of all rounds and long ones in 38 %, and earn her 0.57.",
        (
            (lambda: -_careful_duel(), "The sign: regret is promised − earned."),
            (lambda: _careful_duel(1), "That is the chatbot's. Hers comes first: [0, :, -1]."),
            (lambda: _careful_duel() * 10_000, "That is the regret of all rounds. Divide it by the number of rounds."),
            (lambda: _duel(followers.UCB()), "That is the UCB chatbot's. Put in the other follower."),
            (
                lambda: _duel(followers.BestResponse()),
                "That is the chatbot that knows everything. Put in the other one.",
            ),
        ),
        tolerance=0.005,
    ),
}
