"""Exercises of lesson 11, Tolerating oneself."""

import math

from stackedu.benchmarks import self_tolerant, tolerant
from stackedu.exercises import Exercise
from stackedu.games import unfinished_follower
from stackedu.rules import phase_length

LOG_HORIZON = 10.0  # any value: it cancels


def _promises(order: str = "st") -> list[float]:
    game = unfinished_follower(0.1)
    found = {"s": self_tolerant(game, 0.2), "t": tolerant(game, 0.2)}
    return [value for kind in order for value in (found[kind].leader, found[kind].follower)]


def _played(s: int, B: int) -> int:
    return sum(phase_length(phase, B) for phase in range(1, s + 1))


def _survives(answers_share_plays: bool = False) -> float:
    """The gap from which the follower is sure by the time that 0.5 + bonus sinks below 0.6."""
    plays = 2 * LOG_HORIZON / (0.6 - 0.5) ** 2
    return 2 * math.sqrt(2 * LOG_HORIZON / (plays / 2 if answers_share_plays else plays))


EXERCISES = {
    "11.1": Exercise(
        "The project game with g = 0.1, γ = 0.2: self-tolerant for leader and follower, then tolerant for both.",
        _promises,
        (
            "Only two values of ε matter: 0, and the follower's gap at (a2, b2). Do not forget to add ε.",
            "At ε = 0.1 everything is forgiven: A_ε holds both actions, and B_ε(a2) both answers.",
            "Leader, self-tolerant: at ε = 0 it is 1 + 0, at ε = 0.1 it is 0 + 0.1. Take the smaller one.",
        ),
        "The follower loses nothing in either promise. It is the leader who pays for forgiving herself.",
        (
            (lambda: _promises("ts"), "The other way round: self-tolerant first."),
            (
                lambda: [value - (0.1 if place in (0, 2) else 0) for place, value in enumerate(_promises())],
                "You forgot the + ε: forgiving an error of 0.1 adds 0.1 to the promise.",
            ),
            (lambda: [1.0, 0.5, 1.0, 0.5], "That is for γ below 0.1. Here an error of 0.1 is forgiven."),
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
            "When she gives up, how large is √(2 log T/n)? The same root stands in the follower's condition.",
            "She gives up when the root is 0.1. Then the follower drops the answer if twice the root is below g.",
            "Twice 0.1.",
        ),
        "T has cancelled: both clocks slow down together, so no horizon saves the shortcut. Simulated, it is about so.",
        (
            (lambda: _survives() / 2, "That is the root. The follower's condition has twice the root."),
            (lambda: _survives(True), "Each answer was played about n times in all, not n/2 times."),
        ),
    ),
}
