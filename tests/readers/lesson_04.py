"""Lesson 04, by a reader who had nothing else. Its idea: two games that look the same through the noise for all T
rounds ask for opposite play, so whatever a pair of learners does, one of its players loses a fixed amount per round in
one of the games."""

HINTS = {"04.1": 0, "04.2": 0, "04.3": 0}  # how many were needed

DELTA = 0.1
LEADER_IN_I = 0.6  # a1 is answered b1, because delta beats 0
FOLLOWER_IN_I = DELTA
LEADER_IN_TWIN = max(0.55, 0.5)  # a1 is now answered b2, which pays her 0.55, so she still takes a1
FOLLOWER_IN_TWIN = 2 * DELTA


def information(pulls, delta, sigma):
    gap = 3 * delta  # between the two possible means of the follower at (a1, b2)
    per_pull = (gap / sigma) ** 2 / 2
    return pulls * per_pull


# Her loss in I is 0.3 in every (a2, b1); the chatbot's in the twin is 0.6 in every (a1, b1).
# (1 - p) * 0.3 = p * 0.6
SHARE = 0.3 / (0.3 + 0.6)

ANSWERS = {
    "04.1": [LEADER_IN_I, FOLLOWER_IN_I, LEADER_IN_TWIN, FOLLOWER_IN_TWIN],
    "04.2": information,
    "04.3": SHARE,
}
