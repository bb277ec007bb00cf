"""Lesson 03, by a second reader. Its idea: its notes are on fixed things, hers on a chatbot that is still changing."""

import numpy as np

import stackedu as se

HINTS = {"03.1": 0, "03.2": 0, "03.3": 0}  # how many were needed

TRAP = se.games.explore_trap()


def notes_and_worth():
    likes_best = TRAP.follower.argmax(axis=1)
    return *TRAP.leader.mean(axis=1), *TRAP.leader[[0, 1], likes_best]


def blocks_counted():
    rng = np.random.default_rng(0)
    game = se.StackelbergGame(rng.random((4, 5)), rng.random((4, 5)))
    both = se.leaders.ExploreThenCommit(explore=5), se.followers.ExploreThenCommit(explore=1)
    return max(len(blocks) for blocks in se.simulate(game, *both, 1e12, n_runs=20, keep_blocks=True).blocks)


class LatestCounts:
    """Asks in turn, keeps only the latest reward of each action, and compares when the follower must have settled."""

    def __init__(self, wait):
        self.wait = wait

    def start(self, horizon, n_leader, n_follower, rng):
        self.asked, self.latest = 0, dict.fromkeys(range(n_leader), 0.0)

    def choose(self):
        in_turn = self.asked % len(self.latest)
        return in_turn if self.asked < self.wait * len(self.latest) else max(self.latest, key=self.latest.get)

    def observe(self, action, reward):
        self.asked += 1
        self.latest[action] = reward


ANSWERS = {"03.1": notes_and_worth(), "03.2": blocks_counted(), "03.3": LatestCounts(wait=210)}
