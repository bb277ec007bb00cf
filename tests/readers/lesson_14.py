"""Lesson 14, by a reader who had nothing else. Its idea: a game is two tables and a learner two small methods,
so build yours, let a search attack it, and trust a measured rate no further than its games and horizons."""

import stackedu as se

HINTS = {"14.1": 0, "14.2": 0, "14.3": 0}  # how many were needed


class PatientLooker:
    """Give the follower each action long enough to settle, discard those rewards, then look, then choose for good."""

    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        self.turn = 0
        self.totals = [0.0] * n_leader_actions
        unit = int(horizon ** (2 / 3))
        actions = range(n_leader_actions)
        waiting = [a for a in actions for _ in range(unit * n_follower_actions)]
        self.first_look = len(waiting)
        self.schedule = waiting + [a for _ in range(unit) for a in actions]

    def choose(self):
        if self.turn < len(self.schedule):
            return self.schedule[self.turn]
        return max(range(len(self.totals)), key=self.totals.__getitem__)

    def observe(self, action, reward):
        if self.first_look <= self.turn < len(self.schedule):
            self.totals[action] += reward
        self.turn += 1


careless = se.StackelbergGame(
    leader=[[0.95, 0.05], [0.1, 0.1]],
    follower=[[0.5, 0.48], [0.3, 0.9]],
)

ANSWERS = {"14.1": [0.6, 0.62], "14.2": careless, "14.3": PatientLooker()}
