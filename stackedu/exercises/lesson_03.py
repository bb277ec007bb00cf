"""Exercises of lesson 03, Two learners."""

from typing import Any

import numpy as np

from stackedu import followers
from stackedu.benchmarks import follower_responses
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap
from stackedu.simulation import simulate

TRIES, ANSWERS_EACH, ROUNDS, ENOUGH = 10, 5, 1000, 900


def _beliefs() -> list[float]:
    game = explore_trap()
    return [*game.leader.mean(axis=1).tolist(), *game.leader[follower_responses(game)].tolist()]


def _blocks() -> int:
    return 4 * 5 + 1


class _InTurn:
    """Falls for 03.3; with ``wait`` it solves it."""

    wait = 0

    def start(self, horizon: int, n_leader: int, n_follower: int, rng: np.random.Generator) -> None:
        self.rewards: list[list[float]] = [[] for _ in range(n_leader)]

    def choose(self) -> int:
        tries = [len(each) for each in self.rewards]
        if min(tries) < self.wait + TRIES:
            return tries.index(min(tries))
        return int(np.argmax([np.mean(each[self.wait : self.wait + TRIES]) for each in self.rewards]))

    def observe(self, action: int, reward: float) -> None:
        self.rewards[action].append(reward)


class _Patient(_InTurn):
    wait = 2 * ANSWERS_EACH


def _no_object(answer: Any) -> str:
    if callable(getattr(answer, "choose", None)) and callable(getattr(answer, "observe", None)):
        return ""
    return (
        f"Your answer is of type {type(answer).__name__}, but a leader is an object with methods `choose` and "
        "`observe`: make one, as in `answer = CommitByHand(10)`."
    )


def _trapped(answer: Any) -> str:
    if fault := _no_object(answer):
        return fault
    trap = explore_trap()
    for order, which in ((slice(None), "as it stands"), (slice(None, None, -1), "with its rows swapped")):
        game = StackelbergGame(trap.leader[order], trap.follower[order], noise_sd=0)
        run = simulate(game, answer, followers.ExploreThenCommit(explore=ANSWERS_EACH), ROUNDS, n_runs=1)
        asked = run.counts[0, -1].sum(axis=1)
        best = int(np.argmax(game.leader[follower_responses(game)]))
        if asked[best] < ENOUGH:
            return (
                f"In the game {which}, it gives {asked[best]} of {ROUNDS} rounds to the better action "
                f"(a{best + 1}); we want at least {ENOUGH}."
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
        _Patient,
        (
            "Which of the rewards that she writes down tell the truth about what an action is worth in the end?",
            "The chatbot is done with a question after 2 · 5 tries of it. What came before misleads her.",
            "Ask each question 20 times. Ignore its first ten rewards, and average the other ten.",
        ),
        "Fewer data, better judgement: she ignored what she saw while it was learning. Lesson 08 is about that.",
        (
            (
                _InTurn,
                "In the game as it stands, it gives 10 of 1000 rounds to the better action (a1); we want at least 900.",
            ),
        ),
        judge=_trapped,
        wanted="a leader object, with methods `choose` and `observe`",
    ),
}  # fmt: skip
