"""Lesson 12, by a second reader. Its idea: against a learner it pays to be bound to a threat, not to know best."""

import stackedu as se

HINTS = {"12.1": 0, "12.2": 0, "12.3": 0}

HERS = {"a1": {"b1": 0.6, "b2": 0.3}, "a2": {"b1": 0.5, "b2": 0.1}}
ITS = {"a1": {"b1": 0.1, "b2": 0.0}, "a2": {"b1": 0.3, "b2": 0.2}}


def earned(to_a1, to_a2):
    rule = {"a1": to_a1, "a2": to_a2}
    she_plays = max(HERS, key=lambda a: HERS[a][rule[a]])
    return ITS[she_plays][rule[she_plays]]


def equilibria(game):
    content = 0
    n_rows, n_columns = game.leader.shape
    for row in range(n_rows):
        for column in range(n_columns):
            she = max(game.leader[other, column] - game.leader[row, column] for other in range(n_rows))
            it = max(game.follower[row, other] - game.follower[row, column] for other in range(n_columns))
            content += she <= 0.01 and it <= 0.01
    return int(content)


# best answers: b1 to a1, b2 to a2; she goes to a1, and it earns 0.1. Bound to b2 everywhere it sends her to a2: 0.8
threat_pays = se.StackelbergGame([[0.9, 0.1], [0.3, 0.6]], [[0.1, 0.0], [0.2, 0.8]])

ANSWERS = {
    "12.1": [earned(x, y) for x in ("b1", "b2") for y in ("b1", "b2")],
    "12.2": equilibria,
    "12.3": threat_pays,
}
