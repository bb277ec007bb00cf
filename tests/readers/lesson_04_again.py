"""Lesson 04, by a second reader. Its idea: what one player cannot see may be all that matters to the other."""

from fractions import Fraction

HINTS = {"04.1": 0, "04.2": 0, "04.3": 0}  # how many were needed

leader_on_a1 = {"I": 0.6, "twin": 0.55}  # with the follower's best answer; small talk would bring 0.5
follower_on_a1 = {"I": 0.1, "twin": 2 * 0.1}


def information(pulls, delta, sigma):
    gap_in_noises = 3 * delta / sigma
    return pulls * gap_in_noises**2 / 2


her_loss, its_loss = Fraction(8, 10) - Fraction(5, 10), Fraction(6, 10)  # a round of (a2, b1) in I, of (a1, b1) in Ĩ

ANSWERS = {
    "04.1": [table[name] for name in ("I", "twin") for table in (leader_on_a1, follower_on_a1)],
    "04.2": information,
    "04.3": her_loss / (her_loss + its_loss),
}
