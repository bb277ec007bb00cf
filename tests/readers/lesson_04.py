"""Lesson 04, by a reader who had nothing else. Its idea: a difference too small for the follower to see in T rounds
can turn round what the leader should do, so on one of two look-alike games any two learners lose linearly.
"""

HINTS = {"04.1": 0, "04.2": 0, "04.3": 0}  # how many were needed

# 04.1: in Ĩ waffle (0.2) beats a straight answer (0.1), and is worth 0.55 to her: more than the 0.5 of small talk
promised = {("leader", "I"): 0.6, ("follower", "I"): 0.1, ("leader", "Ĩ"): 0.55, ("follower", "Ĩ"): 2 * 0.1}


def kl(pulls, delta, sigma):
    distance = (3 * delta - 0) / sigma  # between the two means, in standard deviations
    return pulls * distance**2 / 2


# 04.3: she loses (0.8 - 0.5) (1 - p) a round in I, the chatbot (0.6 - 0) p in Ĩ
her_cost, its_cost = 0.8 - 0.5, 0.6
p = her_cost / (her_cost + its_cost)

ANSWERS = {"04.1": list(promised.values()), "04.2": kl, "04.3": p}
