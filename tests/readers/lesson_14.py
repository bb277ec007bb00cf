"""Lesson 14, by a reader who had nothing else. Its idea: let a search attack your learner before you believe in it."""

import stackedu as se

HINTS = {"14.1": 0, "14.2": 0, "14.3": 0}  # how many were needed


class LetItFinish:
    """Stay with each action long enough for the other to be done with it; only then look, and keep the best."""

    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        looks = int(horizon ** (2 / 3))
        patience = n_follower_actions * looks
        self.script = [(a, False) for a in range(n_leader_actions) for _ in range(patience)]
        self.script += [(a, True) for a in range(n_leader_actions) for _ in range(looks)]
        self.script.reverse()  # the next one is the last
        self.total = [0.0] * n_leader_actions
        self.seen = [0] * n_leader_actions

    def choose(self):
        if self.script:
            return self.script[-1][0]
        means = [total / seen for total, seen in zip(self.total, self.seen, strict=True)]
        return means.index(max(means))

    def observe(self, action, reward):
        if self.script and not self.script.pop()[1]:
            return
        self.total[action] += reward
        self.seen[action] += 1


ANSWERS = {
    "14.1": [0.6, max(0.3, 0.6, 0.62)],
    "14.2": se.StackelbergGame(leader=[[1.0, 0.0]], follower=[[0.5, 0.45]]),
    "14.3": LetItFinish(),
}
