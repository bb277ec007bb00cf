"""Exercises of lesson 09, No one beats T^(2/3)."""

from types import FunctionType
from typing import Any

import numpy as np

from stackedu import followers, leaders
from stackedu.benchmarks import stackelberg, tolerant
from stackedu.bounds import tolerant_regret_floor
from stackedu.exercises import Exercise
from stackedu.games import lower_bound_family
from stackedu.learners import FromObject, Learner
from stackedu.simulation import affordable, as_learner, simulate

HORIZON, GOAL = 10_000, 2.9
LEVEL = HORIZON ** (-1 / 3)
WHO = "she in I", "the chatbot in I", "she in Ĩ", "the chatbot in Ĩ"


def _costs() -> list[float]:
    game = lower_bound_family(0.1)[0]
    return [float(stackelberg(game).leader - game.leader[pair]) for pair in ((0, 0), (0, 1), (1, 0))]


def _even_share() -> float:
    """The p with R1(I) = R2(Ĩ) for (a1, b1) in a share p of the rounds and (a2, b1) in the others."""
    game, twin = lower_bound_family(0.1)
    per_leader = stackelberg(game).leader - game.leader[1, 0]
    per_follower = stackelberg(twin).follower - twin.follower[0, 0]
    return float(per_leader / (per_leader + per_follower))


def _times_the_floor(pair: tuple[Learner, Learner]) -> tuple[float, float, str]:
    """Return worst mean regret on the family as a multiple of the floor, its standard error, and whose it is."""
    floor = tolerant_regret_floor(HORIZON, LEVEL)
    slow = any(isinstance(learner, FromObject) for learner in pair)
    rows: list[np.ndarray] = []
    for game in lower_bound_family(LEVEL):
        runs = 50 if slow else affordable(2000, 50)
        run = simulate(game, *pair, HORIZON, n_runs=runs, seed=9, checkpoints=[HORIZON])
        rows.extend(run.regret(tolerant(game, 0.05))[:, :, 0] / floor)
    whose = int(np.argmax([row.mean() for row in rows]))
    worst = rows[whose]
    return float(worst.mean()), float(worst.std() / len(worst) ** 0.5), WHO[whose]


def _judge(answer: Any) -> str:
    if type(answer) not in (tuple, list) or len(answer) != 2:
        return "We need a pair in brackets: (leader, follower)."
    if any(isinstance(each, FunctionType) for each in answer):
        return "A function becomes a learner by se.leaders.Custom(function) or se.followers.Custom(function)."
    pair = as_learner(answer[0], "leader"), as_learner(answer[1], "follower")
    if isinstance(pair[1], followers.BestResponse):
        return "BestResponse is an oracle: it was told its payoffs. The floor, and this challenge, are for learners."
    times, error, whose = _times_the_floor(pair)
    if times <= GOAL:
        return ""
    return f"Your pair got {times:.2f} ± {error:.2f} times the floor ({whose} pays most); the aim is at most {GOAL}."


def _curious(context, state, params, rng):  # type: ignore[no-untyped-def]
    """Try waffle 60 times, then give it as long as its average is above δ."""
    looks, total = state.pulls[0, 1], state.sums[0, 1]
    tempted = looks < 60 or total > LEVEL * looks
    return (1 if context == 0 and tempted else 0), 1


EXERCISES = {
    "09.1": Exercise(
        "δ = 0.1, game I: what does a round of (a1, b1), (a1, b2), (a2, b1) cost the leader?",
        _costs,
        (
            "What was she promised in I? Then subtract what the pair pays her.",
            "Promised: 0.5 + δ = 0.6. Now read her payoffs (the first number of a cell).",
            "0.6 − 0.6, 0.6 − 0, 0.6 − 0.5.",
        ),
        "A look costs six times as much as a round on the couch. With a smaller δ the proportion gets worse.",
        (
            (lambda: [-cost for cost in _costs()], "The sign: a cost is promised − earned."),
            (
                lambda: [float(lower_bound_family(0.1)[0].leader[pair]) for pair in ((0, 0), (0, 1), (1, 0))],
                "That is what she earns. What was she promised?",
            ),
        ),
        labels=("(a1, b1)", "(a1, b2)", "(a2, b1)"),
    ),
    "09.2": Exercise(
        "Which share p of (a1, b1), the rest (a2, b1), makes R1 in I and R2 in Ĩ equal?",
        _even_share,
        (
            "What does a round of (a2, b1) cost her in I? What does a round of (a1, b1) cost the chatbot in Ĩ?",
            "δ in a share 1 − p of the rounds, against 3δ − δ = 2δ in a share p.",
            "Solve (1 − p) δ = 2 p δ.",
        ),
        "Both lose ⅔ δT, where the couch loses δT. It is beaten by dice, and they know neither T nor δ.",
        (
            (lambda: 1 - _even_share(), "That is the share of (a2, b1). We ask for the other one."),
            (lambda: 0.5, "At p = ½ she loses δ/2 a round in I, but the chatbot δ in Ĩ: what it misses there is 2δ."),
            (lambda: 0.25, "What the chatbot misses at (a1, b1) in Ĩ is 3δ − δ, for (a1, b1) does pay it something."),
        ),
        tolerance=0.002,
    ),
    "09.3": Exercise(
        f"A pair with at most {GOAL} times the floor on the family at T = {HORIZON}, δ = T^(-1/3).",
        lambda: (leaders.WaitThenCommit(60, 100), followers.Custom(_curious)),
        (
            "Each of the 200 looks costs her 0.5. How many can you do without? And she takes her own decision, between "
            "0.5 + δ and 0.5, after only 50 rewards of each action.",
            "Fewer looks, and a shorter wait to match; more rewards that she learns from, for at (a1, b1) they cost "
            "nothing in I. Too many of those, and in Ĩ the chatbot pays for them.",
            "The follower above with 60 looks in place of 200, and se.leaders.WaitThenCommit(60, 100).",
        ),
        "Learning pays, a little: the dice get 3.0. The solutions get to about 2.4. Can you?",
        judge=_judge,
        wanted="a pair (leader, follower)",
    ),
}
