"""The game between algorithms: its table by hand, its equilibria by brute force, its shares by simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stackedu as se
from stackedu.tournaments import Tournament

LEADERS = [se.leaders.Fixed(0), se.leaders.Fixed(1)]
FOLLOWERS = [se.followers.Fixed([0, 0]), se.followers.Fixed([0, 1]), se.followers.BestResponse()]
NOISY = [se.followers.UCB(), se.followers.ExploreThenCommit(explore=5)]


def meet(leaders=LEADERS, followers=FOLLOWERS, games=se.games.explore_trap(), horizons=10, **options):  # noqa: B008
    return se.tournament(leaders, followers, games, horizons, **{"n_runs": 4, "progress": False, **options})


def of(u1, u2, n_runs=2):
    """A tournament without noise."""
    tables = np.array([u1, u2], dtype=float)
    samples = np.repeat(tables[..., None], n_runs, axis=-1)
    names = [[f"{side}{i}" for i in range(n)] for side, n in zip("ab", tables.shape[1:], strict=True)]
    return Tournament(*names, samples, np.repeat(tables[None], 5, axis=0))


def test_utilities_by_hand():
    result = meet()
    np.testing.assert_allclose(result.utility[0], [[0.6, 0.6, 0.6], [0.5, 0.4, 0.5]])
    np.testing.assert_allclose(result.utility[1], [[0.4, 0.4, 0.4], [0.3, 0.2, 0.3]])
    assert (result.error < 1e-12).all()
    assert result.samples.shape == (2, 2, 3, 4)
    assert result.leaders == ["Fixed(action=0)", "Fixed(action=1)"]
    assert result.followers[2] == "BestResponse()"


def test_mean_over_games_and_horizons():
    games = se.games.impossibility_pair(0.1)
    result = meet(games=games, horizons=[10, 20], followers=[se.followers.Fixed([1, 1])])
    np.testing.assert_allclose(result.utility[1][:, 0], [0.1, 0.4])  # (0 + 2δ)/2, and 0.4 in both
    family = meet(games=lambda T: games[T // 20], horizons=[10, 20], followers=[se.followers.Fixed([1, 1])])
    np.testing.assert_allclose(family.utility[1][:, 0], [0.1, 0.4])


def test_equilibria_by_hand():
    # the leader's second algorithm is dominated; battle of the sexes beside it
    result = of([[3, 0, 0], [-1, -1, 0.5], [0, 2, 1]], [[2, 0, 0], [1, 1, 1], [0, 3, 0]])
    assert np.argwhere(result.nash()[0]).tolist() == [[0, 0], [2, 1]]
    assert np.argwhere(result.stackelberg()[0]).tolist() == [[0, 0]]
    assert result.dominated(0)[0].tolist() == [False, True, False]
    assert result.dominated(1)[0].tolist() == [False, False, False]
    assert result.nash()[1].max() == 1
    assert of([[0, 0]], [[0, 1]]).dominated(1)[0].tolist() == [True, False]


TABLES = st.lists(st.integers(0, 3), min_size=12, max_size=12).map(lambda numbers: np.reshape(numbers, (2, 2, 3)))


@settings(deadline=None, derandomize=True)
@given(TABLES)
def test_equilibria_by_brute_force(tables):
    u1, u2 = tables
    result = of(u1, u2)
    for a, b in itertools.product(range(2), range(3)):
        stable = all(u1[a, b] >= u1[k, b] for k in range(2)) and all(u2[a, b] >= u2[a, k] for k in range(3))
        assert result.nash()[0][a, b] == stable
    answers = [(a, b) for a in range(2) for b in range(3) if u2[a, b] == max(u2[a])]
    best = max(u1[pair] for pair in answers)
    kindest = max(u2[pair] for pair in answers if u1[pair] == best)  # ties as in `stackelberg(game, ties="leader")`
    expected = [list(pair) for pair in answers if u1[pair] == best and u2[pair] == kindest]
    assert np.argwhere(result.stackelberg()[0]).tolist() == expected
    for b in range(3):
        beaten = any(all(u2[a, k] > u2[a, b] for a in range(2)) for k in range(3))
        assert result.dominated(1)[0][b] == beaten


def test_shares_say_how_sure_the_choice_is():
    leaders = [se.leaders.UCB(), se.leaders.ThompsonSampling()]
    twins = [se.followers.UCB(), se.followers.UCB()]
    result = meet(leaders, twins, horizons=100, n_runs=50)
    assert result.followers == ["UCB(confidence=2.0)", "UCB(confidence=2.0) #2"]
    share = result.stackelberg()[1]
    assert share.sum() == pytest.approx(1)
    sure = meet([se.leaders.Fixed(0), se.leaders.Fixed(1)], [se.followers.UCB()], horizons=100, n_runs=50)
    assert sure.stackelberg()[1].tolist() == [[1], [0]]  # 0.4 to 0.6 against 0.45 at the most
    # ten standard errors apart; the bootstrap's spread is the standard error's
    spread = result.resampled.std(axis=0) / result.error
    assert ((spread > 0.7) & (spread < 1.3)).all()
    np.testing.assert_allclose(result.resampled.mean(axis=0), result.utility, atol=float(result.error.max()))
    low, high = result.interval()
    width = (high - low) / result.error
    assert ((width > 0.7 * 3.92) & (width < 1.3 * 3.92)).all()
    assert ((low < result.utility) & (result.utility < high)).all()


def test_as_game_and_table():
    result = meet()
    game = result.as_game()
    assert game.leader_actions == tuple(result.leaders)
    np.testing.assert_allclose(game.leader, result.utility[0])
    assert se.stackelberg(game).leader == pytest.approx(0.6)
    table = result.table()
    row = table[(table.leader == "Fixed(action=1)") & (table.follower == "Fixed(responses=(0, 1))")].iloc[0]
    assert row.leader_utility == pytest.approx(0.4)
    assert row.follower_utility == pytest.approx(0.2)
    assert not row.nash
    assert table.stackelberg.sum() == 3


def test_store_and_seed(tmp_path):
    first = meet(followers=NOISY, store=tmp_path, horizons=50)
    assert len(list(tmp_path.glob("*.npz"))) == 4
    np.testing.assert_array_equal(meet(followers=NOISY, store=tmp_path, horizons=50).samples, first.samples)
    assert (meet(followers=NOISY, horizons=50, seed=1).samples != first.samples).any()


def test_a_failed_cell_leaves_a_hole():
    with pytest.warns(RuntimeWarning, match="1 of 2 cells failed"):
        result = meet([se.leaders.Fixed(0), se.leaders.Fixed(7)], [se.followers.UCB()])
    assert np.isnan(result.utility[0]).tolist() == [[False], [True]]
    with pytest.raises(ValueError, match=r"Fixed\(action=7\) × UCB.*failed"):
        result.nash()
    with pytest.raises(ValueError, match="hole"):
        result.as_game()


def test_bad_input():
    with pytest.raises(TypeError, match=r"leaders must be a list of learners, or a dict.*got UCB"):
        se.tournament(se.leaders.UCB(), [se.followers.UCB()], se.games.explore_trap(), 10)
    with pytest.raises(ValueError, match="leaders must hold at least one"):
        meet(leaders=[])
    with pytest.raises(ValueError, match="followers must hold at least one"):
        meet(followers=[])
    with pytest.raises(TypeError, match="swapped"):
        meet(leaders=FOLLOWERS)
    with pytest.raises(ValueError, match="games must hold at least one, got none"):
        meet(games=[])
    with pytest.raises(TypeError, match="games must be a list of games, or a function of the horizon, got 3"):
        meet(games=3)
    with pytest.raises(ValueError, match="player must be from 0 to 1"):
        meet().dominated(2)


def test_plot():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    ax = meet().plot(player=1, ax=figure.add_subplot())
    shown = ["0.4 ● ★", "0.4 ● ★", "0.4 ● ★", "0.3", "0.2", "0.3"]  # by hand: the leader earns more with a1, always
    assert [text.get_text() for text in ax.texts] == shown
    assert "dominated leaders: Fixed(action=1) (100%)" in se.plots.alt_text(ax)


class Fragile:
    def choose(self):
        return 0

    def observe(self, action, reward):
        raise ZeroDivisionError("tired")


def test_a_tournament_with_a_hole_can_be_read():
    with pytest.warns(RuntimeWarning, match=r"2 of 4 cells failed.*`failures` of a tournament"):
        result = meet({"good": LEADERS[0], "bad": Fragile()}, FOLLOWERS[:2])
    assert result.failures == {
        (1, b): f"ZeroDivisionError: tired (run 0, after 1 rounds, Fragile × {FOLLOWERS[b]!r})" for b in (0, 1)
    }
    assert str(result).startswith(
        f"a game between algorithms with a hole: bad × {FOLLOWERS[0]!r} failed (ZeroDivisionError: tired"
    )
    table = result.table()
    assert table.failure.notna().tolist() == table.leader_utility.isna().tolist() == [False, False, True, True]
    with pytest.raises(ValueError, match=r"has a hole: bad × .*tired.*; leave it out, or mend it"):
        result.as_game()


def test_names_that_were_given():
    result = meet(dict(zip("ab", LEADERS, strict=True)), {1: FOLLOWERS[0]})
    assert (result.leaders, result.followers) == (["a", "b"], ["1"])
    assert str(result).splitlines()[0] == "pure Nash equilibria: a × 1 (100%)"
    with pytest.raises(ValueError, match="followers must hold at least one"):
        meet(followers={})


def test_a_reader_s_words():
    result = of([[3, 0, 0], [-1, -1, 0.5], [0, 2, 1]], [[2, 0, 0], [1, 1, 1], [0, 3, 0]])
    assert str(result).splitlines()[:4] == [
        "pure Nash equilibria: a0 × b0 (100%), a2 × b1 (100%)",
        "Stackelberg choice: a0 × b0 (100%)",
        "dominated leaders: a1 (100%)",
        "dominated followers: none",
    ]
    assert str(of([[1, 0], [0, 1]], [[0, 1], [1, 0]])).startswith("pure Nash equilibria: none\n")
