"""Exercises of lesson 09, No one beats T^(2/3)."""

from typing import Any

import numpy as np

from stackedu import followers, leaders
from stackedu.benchmarks import stackelberg, tolerant
from stackedu.bounds import tolerant_regret_floor
from stackedu.exercises import Exercise
from stackedu.games import lower_bound_family
from stackedu.learners import FromObject, Learner
from stackedu.simulation import affordable, as_learner, simulate

HORIZON, GOAL = 10_000, 3.2


def _costs() -> list[float]:
    game = lower_bound_family(0.1)[0]
    return [float(stackelberg(game).leader - game.leader[pair]) for pair in ((0, 0), (0, 1), (1, 0))]


def _even_share() -> float:
    """The p with R1(I) = R2(Ĩ) for (a1, b1) in a share p of the rounds and (a2, b1) in the others."""
    game, twin = lower_bound_family(0.1)
    per_leader = stackelberg(game).leader - game.leader[1, 0]
    per_follower = stackelberg(twin).follower - twin.follower[0, 0]
    return float(per_leader / (per_leader + per_follower))


def _times_the_floor(pair: tuple[Learner, Learner]) -> tuple[float, float]:
    """Return worst mean regret on the family as a multiple of the floor, and its standard error."""
    delta = HORIZON ** (-1 / 3)
    floor = tolerant_regret_floor(HORIZON, delta)
    slow = any(isinstance(learner, FromObject) for learner in pair)
    rows: list[np.ndarray] = []
    for game in lower_bound_family(delta):
        runs = 20 if slow else affordable(400, 20)
        run = simulate(game, *pair, HORIZON, n_runs=runs, seed=9, checkpoints=[HORIZON])
        rows.extend(run.regret(tolerant(game, 0.05))[:, :, 0] / floor)
    worst = max(rows, key=np.mean)
    return float(worst.mean()), float(worst.std() / len(worst) ** 0.5)


def _judge(answer: Any) -> str:
    if type(answer) not in (tuple, list) or len(answer) != 2:
        return "We need a pair in brackets: (leader, follower)."
    pair = as_learner(answer[0], "leader"), as_learner(answer[1], "follower")
    if isinstance(pair[1], followers.BestResponse):
        return "BestResponse is an oracle: it was told its payoffs. The floor, and this challenge, are for learners."
    times, error = _times_the_floor(pair)
    if times <= GOAL:
        return ""
    return f"Your pair got {times:.2f} ± {error:.2f} times the floor; the aim is at most {GOAL}."


def _dice(context, state, params, rng):  # type: ignore[no-untyped-def]
    """Ask the question in one round of three."""
    return (0 if rng.random() < 1 / 3 else 1), 1


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
        "Both lose ⅔ δT, which at δ = T^(-1/3) is 3 times the floor. The couch is beaten by dice.",
        (
            (lambda: 1 - _even_share(), "That is the share of (a2, b1). We ask for the other one."),
            (lambda: 0.5, "At p = ½ she loses δ/2 a round in I, but the chatbot δ in Ĩ: what it misses there is 2δ."),
            (lambda: 0.25, "What the chatbot misses at (a1, b1) in Ĩ is 3δ − δ, for (a1, b1) does pay it something."),
        ),
        tolerance=0.002,
    ),
    "09.3": Exercise(
        f"A pair with at most {GOAL} times the floor on the family at T = {HORIZON}, δ = T^(-1/3).",
        lambda: (leaders.Custom(_dice), followers.Fixed([0, 0])),
        (
            "The couch loses only in I, and only she. If she asked in some rounds, who would lose less, and who more?",
            "09.2 is such a pair: she asks in a share p of the rounds, it always gives b1. Above the exercise "
            "stands se.leaders.Custom(one_in_seven). Which share would be better?",
            "A rule `plan(context, state, params, rng)` that returns (0, 1) with probability 1/3 and else (1, 1), as "
            "se.leaders.Custom(plan); and se.followers.Fixed([0, 0]). Here (0, 1) means: action a1, for 1 round.",
        ),
        "At most 3.2 times what nobody can avoid. The solutions learn a little as well, and get to about 2.4. Can you?",
        judge=_judge,
        wanted="a pair (leader, follower)",
    ),
}
