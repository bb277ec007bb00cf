"""Lesson 03, by a reader who had nothing else. Its idea: the follower learns on pages whose averages never change,
while the leader's one page averages over a follower that is still learning, so she gets sure, but not right."""

HINTS = {"03.1": 0, "03.2": 0, "03.3": 0}  # how many were needed


class SecondVisit:
    """Ask everything until the chatbot has settled, without notes; come back, and only then take notes."""

    def __init__(self, settle, listen):
        self.settle, self.listen = settle, listen

    def start(self, horizon, n_leader, n_follower, rng):
        self.asked = [0] * n_leader
        self.heard = [[] for _ in range(n_leader)]

    def choose(self):
        for enough in (self.settle, self.settle + self.listen):
            for action, times in enumerate(self.asked):
                if times < enough:
                    return action
        totals = [sum(notes) for notes in self.heard]
        return totals.index(max(totals))

    def observe(self, action, reward):
        if self.settle <= self.asked[action] < self.settle + self.listen:
            self.heard[action].append(reward)
        self.asked[action] += 1


ANSWERS = {
    "03.1": [(0.6 + 0.2) / 2, (0.5 + 0.4) / 2, 0.6, 0.5],
    "03.2": 4 * 5 + 1,
    "03.3": SecondVisit(settle=200, listen=20),
}
