"""The exercises of the lessons, as data for `stackedu.checks`: what is expected is computed, not typed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from stackedu import followers, leaders
from stackedu.benchmarks import follower_responses, stackelberg
from stackedu.games import chatbot, impossibility_pair
from stackedu.simulation import simulate


@dataclass(frozen=True)
class Exercise:
    """A question with its answer: a number, a list of numbers, or a function that is tried on ``calls``.

    Attributes
    ----------
    question, well_done : str
        In short; what to say when it is solved.
    expected : function
        Returns the answer.
    hints : sequence of str
        Three, from a nudge to nearly the whole way.
    slips : sequence of (function, str)
        Common wrong answers (computed as ``expected`` is), each with what to say about it.
    calls : sequence of tuple
        Arguments for an answer that is a function.
    tolerance : float
        Allowed absolute error of a number; relative for a function.
    labels : sequence of str
        What the numbers of a list mean.
    """

    question: str
    expected: Callable[[], Any]
    hints: Sequence[str]
    well_done: str
    slips: Sequence[tuple[Callable[[], Any], str]] = ()
    calls: Sequence[tuple[float, ...]] = ()
    tolerance: float = 0.0005
    labels: Sequence[str] = ()


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


def _promises() -> list[float]:
    return [
        value for game in impossibility_pair(0.1) for value in (stackelberg(game).leader, stackelberg(game).follower)
    ]


def _even_share() -> float:
    """The p with R1(I) = R2(Ĩ) for (a1, b1) in a share p of the rounds and (a2, b1) in the others, as δ → 0."""
    game, twin = impossibility_pair(1e-12)
    per_leader = stackelberg(game).leader - game.leader[:, 0]
    per_follower = stackelberg(twin).follower - twin.follower[:, 0]
    return float(per_leader[1] / (per_leader[1] + per_follower[0]))


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
    "04.1": Exercise(
        "δ = 0.1. What is promised to leader and follower in I, and to leader and follower in Ĩ?",
        _promises,
        (
            "Play each table backwards: first the follower's best answer in each row, then the leader's best row.",
            "Row a1 of Ĩ: the follower compares 0.1 with 2δ = 0.2. What does its choice leave to the leader?",
            "In I the outcome is (a1, b1). In Ĩ it is (a2, b1). Read both numbers of these two cells.",
        ),
        "One entry of one table moved by 0.2, and the plan for both players is turned over.",
        (
            (
                lambda: _promises()[:2] * 2,
                "In Ĩ the follower no longer answers a1 with b1: it earns 0.1 there, but 0.2 with b2.",
            ),
            (
                lambda: [_promises()[i] for i in (0, 2, 1, 3)],
                "The order: leader in I, follower in I, leader in Ĩ, follower in Ĩ.",
            ),
        ),
        labels=("leader in I", "follower in I", "leader in Ĩ", "follower in Ĩ"),
    ),
    "04.2": Exercise(
        "Write kl(pulls, delta, sigma): the information, if (a1, b2) is played `pulls` times on average.",
        lambda: lambda pulls, delta, sigma: pulls * (2 * delta) ** 2 / (2 * sigma**2),
        (
            "One look at (a1, b2) is a draw from a bell curve. The twins differ in its mean only: 0 or 2δ.",
            "One look carries (difference of means)² / (2σ²). Looks add up.",
            "The difference is 2δ, and (2δ)²/(2σ²) = 2δ²/σ². Multiply by pulls.",
        ),
        "Halving δ divides the information by four: that is why √T matters.",
        (
            (
                lambda: lambda pulls, delta, sigma: pulls * delta**2 / (2 * sigma**2),
                "The means differ by 2δ, not by δ.",
            ),
            (lambda: lambda pulls, delta, sigma: pulls * (2 * delta) ** 2 / sigma**2, "A factor 2: divide by 2σ²."),
            (lambda: lambda pulls, delta, sigma: 2 * pulls * delta**2 / sigma, "sigma must be squared."),
            (
                lambda: lambda pulls, delta, sigma: 2 * delta**2 / sigma**2,
                "That is one look. There are `pulls` of them.",
            ),
        ),
        calls=((1, 0.5, 1.0), (100, 0.05, 1.0), (3000, 0.01, 0.5)),
        tolerance=1e-6,
    ),
    "04.3": Exercise(
        "Which share of (a1, b1), the rest being (a2, b1), makes R1 in I and R2 in Ĩ equally large, for tiny δ?",
        _even_share,
        (
            "Call the share p. What does the leader lose at (a2, b1) in I? And the follower at (a1, b1) in Ĩ?",
            "The leader loses 0.6 − 0.5 in a share 1 − p of the rounds. The follower loses 0.6 − δ in a share p.",
            "Forget δ and solve 0.1 · (1 − p) = 0.6 · p.",
        ),
        "So both lose 0.6/7 a round, and by the theorem nobody does better on the worse twin. A tight bound!",
        (
            (lambda: 1 - _even_share(), "That is the share of (a2, b1). We ask for the other one."),
            (lambda: 0.6 / 7, "That is what each of them loses per round. We ask for the share p behind it."),
            (lambda: 1 / 6, "Close: the leader's loss is in a share 1 − p of the rounds, not in all of them."),
        ),
        tolerance=0.0005,
    ),
}
