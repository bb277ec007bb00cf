"""Exercises of lesson 08, Waiting works."""

import math
from functools import cache
from typing import Any

from stackedu import followers, leaders
from stackedu.benchmarks import tolerant
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap
from stackedu.learners import Learner
from stackedu.simulation import affordable, as_learner, simulate

SLOW, MOST = 3_000, 0.025


def _best_wait(T: float) -> float:
    return (T / 2) ** (2 / 3) * math.log(T) ** (1 / 3)


@cache
def _loss(leader: Learner) -> tuple[float, float, str]:
    """Regret per round of leader and follower in exercise 08.3, and the answer tried first, in the worse order."""
    trap, slow, T = explore_trap(), followers.ExploreThenCommit(SLOW), 100_000
    mirrored = StackelbergGame(trap.leader[:, ::-1], trap.follower[:, ::-1])
    losses = []
    for game, first in ((trap, "b1"), (mirrored, "b2")):
        duel = simulate(game, leader, slow, T, n_runs=affordable(40, 2), seed=1, checkpoints=[T])
        hers, its = duel.regret(tolerant(game, 0.05))[:, :, -1].mean(axis=1) / T
        losses.append((float(hers), float(its), first))
    return max(losses, key=lambda loss: max(loss[:2]))


def _judge(answer: Any) -> str:
    leader = as_learner(answer, "leader")
    if isinstance(leader, leaders.Fixed):
        return f"{answer!r} knows beforehand what is best. Find a leader who has to learn it."
    hers, its, first = _loss(leader)
    if max(hers, its) <= MOST:
        return ""
    wait = getattr(leader, "wait", "none")
    why = ""
    if wait == "none":
        why = " What she sees at first is about a chatbot that is still trying things out."
    elif wait is None:
        why = " Left alone, it waits for as long as a chatbot explores that was left alone, too."
    elif type(wait) is int and wait < 2 * SLOW:
        why = f" A wait of {wait} ends while this chatbot is still exploring the action."
    elif type(wait) is int:
        why = " The wait covers its exploration. What is left: rounds that were wasted, or too few looks to be sure."
    return f"With {answer!r} she loses {hers:.3f} a round and the chatbot {its:.3f}, if it tries {first} first.{why}"


def _seen(wait: int) -> list[float]:
    """Return the average of a1 and a2 over the E pulls after a wait of ``wait`` times E, noise aside."""
    table = explore_trap().leader
    return [float(row[min(wait, 1)]) for row in table]


EXERCISES = {
    "08.1": Exercise(
        "The follower plays b1 E times, b2 E times, then commits. The leader waits E pulls, then averages E rewards.",
        lambda: _seen(1),
        (
            "Which answer does the chatbot give in the pulls that she looks at?",
            "Pulls 1 to E of an action get b1. She looks at pulls E + 1 to 2E.",
            "She looks at b2 and nothing else: read the column b2 of the table, her numbers.",
        ),
        "She sees the column that will never be played again, and picks a2. Without a wait, E rewards would have shown "
        "her column b1, by luck. Half a wait can be worse than none.",
        (
            (
                lambda: explore_trap().leader.mean(axis=1).tolist(),
                "Those are averages over both answers. In the E pulls that she looks at there is only one of them.",
            ),
            (
                lambda: _seen(0),
                "That is what she would see without waiting, or after waiting for 2E pulls. She waits for E.",
            ),
        ),
        labels=("a1", "a2"),
    ),
    "08.2": Exercise(
        "best_wait(T): the E that makes E + T √(log T / E) smallest.",
        lambda: _best_wait,
        (
            "At the smallest bill, a little more E costs as much as it saves: the derivative in E is 0.",
            "The derivative of E is 1. That of T √(log T) E^(-1/2) is −½ T √(log T) E^(-3/2).",
            "So E^(3/2) = ½ T √(log T). Take both sides to the power 2/3.",
        ),
        "The factor (1/2)^(2/3) = 0.63 changes the bill by about 5 %, and the rate not at all.",
        (
            (
                lambda: lambda T: T ** (2 / 3) * math.log(T) ** (1 / 3),
                "There the two parts are equal. The sum is smallest where their *slopes* cancel.",
            ),
            (
                lambda: lambda T: (T / 2) ** (2 / 3) * math.log(T) ** (2 / 3),
                "The logarithm is under the root: E^(3/2) = ½ T √(log T), so it ends up with the power 1/3.",
            ),
        ),
        calls=((10_000.0,), (1e6,), (1e9,)),  # large: the nearest whole number will do, too
        tolerance=0.005,
    ),
    "08.3": Exercise(
        "A leader with which neither player loses more than 0.025 a round against ETC that explores 3 000 times.",
        lambda: leaders.ExploreThenUCB(wait=2 * SLOW),
        (
            "Why does the default fail? Compare its wait with what this chatbot needs. `se.leaders.ExploreThenUCB?`",
            "This chatbot explores an action for |B| · 3 000 pulls. By default she waits for 2 · 1931 only.",
            "Wait for 6 000: se.leaders.ExploreThenUCB(wait=...), or se.leaders.WaitThenCommit(wait=..., explore=...).",
        ),
        "The wait has to fit the other one's youth, not one's own. She has to know how long that lasts.",
        judge=_judge,
        wanted="a leader, such as se.leaders.UCB(),",
    ),
}
