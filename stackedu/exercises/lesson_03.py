"""Exercises of lesson 03, Two learners."""

from typing import Any

import numpy as np

from stackedu import followers
from stackedu.benchmarks import follower_responses
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap
from stackedu.simulation import simulate

TRIES, ANSWERS_EACH, ROUNDS, ENOUGH = 200, 100, 1000, 750


def _beliefs() -> list[float]:
    game = explore_trap()
    return [*game.leader.mean(axis=1).tolist(), *game.leader[follower_responses(game)].tolist()]


def _blocks() -> int:
    return 4 * 5 + 1


class _InTurn:
    """Falls for 03.3: asks each action ``tries`` times, and averages the last ``kept`` rewards of each."""

    def __init__(self, tries: int = TRIES, kept: int = TRIES) -> None:
        self.tries, self.kept = tries, kept

    def start(self, horizon: int, n_leader: int, n_follower: int, rng: np.random.Generator) -> None:
        self.rewards: list[list[float]] = [[] for _ in range(n_leader)]

    def choose(self) -> int:
        tries = [len(each) for each in self.rewards]
        if min(tries) < self.tries:
            return tries.index(min(tries))
        return int(np.argmax([np.mean(each[self.tries - self.kept : self.tries]) for each in self.rewards]))

    def observe(self, action: int, reward: float) -> None:
        self.rewards[action].append(reward)


def _patient() -> _InTurn:
    return _InTurn(2 * ANSWERS_EACH + 20, 20)


def _too_patient() -> _InTurn:
    """Averages all it sees, for so long that what came later outweighs what misled it: at least 301 tries of each."""
    return _InTurn(3 * ANSWERS_EACH + 1, 3 * ANSWERS_EACH + 1)


def _no_object(answer: Any) -> str:
    if callable(getattr(answer, "choose", None)) and callable(getattr(answer, "observe", None)):
        return ""
    return (
        f"Your answer is of type {type(answer).__name__}, but a leader is an object with methods `choose` and "
        "`observe`: make one, as in `answer = CommitByHand(200)`."
    )


def _trapped(answer: Any) -> str:
    if fault := _no_object(answer):
        return fault
    u1, u2 = explore_trap().leader, explore_trap().follower
    # the best reward of all is one that she only gets while it explores: what looks better is worse, then the reverse
    tempting, flattered = np.array([[0.6, 0.2], [0.5, 0.9]]), np.array([[0.6, 0.9], [0.5, 0.4]])
    ways = {
        "as it stands": (u1, u2),
        "with rows swapped": (u1[::-1], u2[::-1]),
        "with columns swapped": (u1[:, ::-1], u2[:, ::-1]),
        "with both swapped": (u1[::-1, ::-1], u2[::-1, ::-1]),
        "with 0.9 for her at (a2, b2)": (tempting, u2),
        "with 0.9 for her at (a1, b2)": (flattered, u2),
    }
    for which, tables in ways.items():
        game = StackelbergGame(*tables, noise_sd=0)
        run = simulate(game, answer, followers.ExploreThenCommit(explore=ANSWERS_EACH), ROUNDS, n_runs=1)
        asked = run.counts[0, -1].sum(axis=1)
        best = int(np.argmax(game.leader[follower_responses(game)]))
        if asked[best] < ENOUGH:
            late = " It finds out, but too late." if asked[best] > ROUNDS / 2 else ""
            return (
                f"In the game {which}, it gives {asked[best]} of {ROUNDS} rounds to the better action "
                f"(a{best + 1}); we want at least {ENOUGH}.{late}"
            )
    return ""


EXERCISES = {
    "03.1": Exercise(
        "What does the leader write down for a1 and a2, and what are both worth to her in the end?",
        _beliefs,
        (
            "She gets each answer once. Her average for an action is the mean of its two first numbers.",
            "What an action is worth in the end is the first number in the cell with the dot.",
            "a1: the mean of 0.6 and 0.2, and 0.6 at the dot. a2 goes the same way.",
        ),
        "What she sees says a2, what they are worth says a1. Hold that thought until lesson 06.",
        (
            (
                lambda: [*_beliefs()[:2], *explore_trap().follower.max(axis=1).tolist()],
                "Your first two are right. The last two are what a1 and a2 are worth to the follower; we want hers.",
            ),
            (
                lambda: [*explore_trap().follower.mean(axis=1).tolist(), *explore_trap().follower.max(axis=1).tolist()],
                "These are the follower's numbers (the second of a cell). She writes down her own.",
            ),
            (
                lambda: [*_beliefs()[2:], *_beliefs()[:2]],
                "The order: first her two averages, then what the two actions are worth.",
            ),
        ),
        labels=("her average for a1", "her average for a2", "the worth of a1", "the worth of a2"),
    ),
    "03.2": Exercise(
        "Both explore, equally long, then commit; 4 questions, 5 answers. How many blocks has a duel at most?",
        _blocks,
        (
            "A block ends when she changes her question, or it changes its answer. Nothing else happens.",
            "While exploring, each pair of a question and an answer is played in one go.",
            "4 · 5 pairs are explored, and then they commit to one, for all the rest.",
        ),
        "A million million rounds, and some twenty things happen. Those are what the library computes.",
        (
            (lambda: 4 * 5, "That is the exploring. What comes after it is a block, too."),
            (
                lambda: 4 * (5 + 1) + 1,
                "She goes on to her next question as soon as the chatbot has explored this one: no sixth block.",
            ),
            (lambda: 4 + 5 + 1, "Each answer is explored on *each* page: the follower has one page per question."),
        ),
    ),
    "03.3": Exercise(
        "A leader object that is not trapped while the follower explores.",
        _patient,
        (
            "Which of the rewards that she writes down tell the truth about what an action is worth in the end?",
            "The follower is done with an action after 2 · 100 tries of it. What came before misleads her.",
            "Try each action 220 times. Ignore its first 200 rewards, and average the other twenty.",
        ),
        "Fewer data, better judgement: what she saw while it was learning does not count. Lesson 08 is about that.",
        (
            (
                _InTurn,
                "In the game as it stands, it gives 200 of 1000 rounds to the better action (a1); "
                "we want at least 750.",
            ),
            (
                _too_patient,
                "In the game as it stands, it gives 699 of 1000 rounds to the better action (a1); "
                "we want at least 750. It finds out, but too late.",
            ),
        ),
        judge=_trapped,
        wanted="a leader object, with methods `choose` and `observe`",
    ),
}  # fmt: skip
