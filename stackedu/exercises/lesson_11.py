"""Exercises of lesson 11, Tolerating oneself."""

import math

from stackedu.benchmarks import self_tolerant, tolerant
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame
from stackedu.rules import phase_length

LOG_HORIZON = 10.0  # any value: it cancels
SIMULATED = 0.25  # 11.3: from T = 10^7 to 10^13 a quarter to a half of the runs are stuck there, before that most
ERROR = 0.1  # the one that lowers the promises of 11.1 most


def _promises(order: str = "st", gamma: float = 0.2) -> list[float]:
    game = StackelbergGame([[0.7, 0.7], [1.0, 0.3]], [[0.4, 0.35], [0.6, 0.5]])
    found = {"s": self_tolerant(game, gamma), "t": tolerant(game, gamma)}
    return [value for kind in order for value in (found[kind].leader, found[kind].follower)]


def _played(s: int, B: int) -> int:
    return sum(phase_length(phase, B) for phase in range(1, s + 1))


def _survives(answers_share_plays: bool = False) -> float:
    """The gap from which the follower is sure by the time that 0.5 + bonus sinks below 0.6."""
    plays = 2 * LOG_HORIZON / (0.6 - 0.5) ** 2
    return 2 * math.sqrt(2 * LOG_HORIZON / (plays / 2 if answers_share_plays else plays))


EXERCISES = {
    "11.1": Exercise(
        "Chatting pays 0.7, 0.4 or 0.7, 0.35, a project 1, 0.6 or 0.3, 0.5; γ = 0.2: self-tolerant, then tolerant.",
        _promises,
        (
            "Try ε = 0 and the follower's gaps, 0.05 and 0.1. Which actions are in A_ε? Do not forget to add ε.",
            "At ε = 0.1 all is forgiven: A_ε holds both actions, B_ε both answers. Before, only projects are in A_ε.",
            "Leader, self-tolerant: at ε = 0 it is 1 + 0, at ε = 0.1 it is 0.3 + 0.1. Take the smaller one.",
        ),
        "Forgiving herself costs her much, 0.4 instead of 0.8. It costs the follower little, for its errors are small.",
        (
            (lambda: _promises("ts"), "The other way round: self-tolerant first."),
            (
                lambda: [value - ERROR for value in _promises()],
                "You forgot the + ε: forgiving an error of 0.1 adds 0.1 to the promise.",
            ),
            (
                lambda: [value - ERROR + 0.2 for value in _promises()],
                "Add the error that it takes, ε = 0.1, not the largest one that is forgiven, γ.",
            ),
            (lambda: _promises(gamma=0.0), "That is for γ below 0.1. Here an error of 0.1 is forgiven."),
        ),
        labels=("leader (self-tolerant)", "follower (self-tolerant)", "leader (tolerant)", "follower (tolerant)"),
    ),
    "11.2": Exercise(
        "played(s, B): how often an action was played when its phase number s has just ended, all phases together.",
        lambda: _played,
        (
            "Phase s lasts B·2^s. Add up the phases from 1 to s.",
            "2 + 4 + 8 = 16 − 2. What is 2 + 4 + … + 2^s?",
            "B times 2 + 4 + … + 2^s, and that sum is 2^(s+1) − 2.",
        ),
        "The last phase is about half of all plays so far: that is what doubling is good for.",
        (
            (lambda: lambda s, B: phase_length(s, B), "That is the last phase alone."),
            (lambda: lambda s, B: B * (2 ** (s + 1) - 1), "The first phase is number 1, not number 0."),
            (lambda: lambda s, B: 2 ** (s + 1) - 2, "There are B answers: a phase is B times as long."),
        ),
        calls=((1, 2), (3, 2), (5, 4)),
        tolerance=1e-9,
    ),
    "11.3": Exercise(
        "From which g on has the follower dropped the sloppy answer before the leader gives projects up?",
        _survives,
        (
            "When she gives up, how large is √(2 log T/n)? The same root is the bonus in the follower's comparison.",
            "She gives up when the root is 0.1. The follower drops the answer if 0.5 − g + root is below 0.5 − root.",
            "Twice 0.1.",
        ),
        "T has cancelled: no horizon saves the shortcut. (Simulated at 0.25, luck leaves a quarter to a half of the "
        "runs stuck, from 10⁷ rounds on.)",
        (
            (lambda: _survives() / 2, "That is the root. Two of them must fit into g: one above, one below."),
            (lambda: _survives() / 4, "Twice the root must be below g, not twice g below the root."),
            (
                lambda: SIMULATED,
                "Simulated, with luck and whole phases, many runs are stuck there. Asked for is the estimate.",
            ),
            (lambda: _survives(True), "Each answer was played about n times in all, not n/2 times."),
        ),
    ),
}
