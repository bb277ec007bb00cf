"""Lesson 14, by a second reader. Its idea: put in a game or a learner of your own, and attack it before you trust it.

A measured rate or a lead over UCB belongs to the games, partners and horizons on which it was measured.
"""

import math

import stackedu as se

HINTS = {"14.1": 0, "14.2": 0, "14.3": 0}  # how many were needed


class WaitThenRace:
    """Give the follower its rounds on every action, then let the actions race until one is clearly ahead."""

    def __init__(self, lead=35.0):
        self.lead = lead  # wrong with probability about exp(-0.1 * lead), if the means differ by 0.1

    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        pairs = n_leader_actions * n_follower_actions
        explores = math.ceil((horizon / pairs) ** (2 / 3) * math.log(horizon) ** (1 / 3))
        self.waiting = [n_follower_actions * explores] * n_leader_actions
        self.running = list(range(n_leader_actions))
        self.score = [0.0] * n_leader_actions
        self.turn = 0

    def choose(self):
        for action, left in enumerate(self.waiting):
            if left:
                return action
        return self.running[self.turn]

    def observe(self, action, reward):
        if self.waiting[action]:
            self.waiting[action] -= 1  # not to be judged yet
        elif len(self.running) > 1:
            self.score[action] += reward
            self.turn += 1
            if self.turn == len(self.running):  # everybody has had as many turns
                ahead = max(self.score[a] for a in self.running)
                self.running = [a for a in self.running if ahead - self.score[a] < self.lead]
                self.turn = 0


ANSWERS = {
    "14.1": [0.6, 0.62],
    "14.2": se.StackelbergGame([[0.95, 0.05], [0.1, 0.15]], [[0.5, 0.42], [0.5, 0.3]]),
    "14.3": WaitThenRace(),
}
