"""Payoff tables: values, checks, copies, files, what a notebook shows, and the named games of the paper."""

from __future__ import annotations

import copy
import math
import pickle
import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackedu import games
from stackedu.benchmarks import lipschitz_constant, stackelberg, tolerant
from stackedu.games import StackelbergGame

U1, U2 = [[0.6, 0.2], [0.5, 0.4]], [[0.4, 0.0], [0.3, 0.2]]
LABELS = {"leader_actions": ['a, "x"', "é\nb"], "follower_actions": ["<b>", "&"]}


def made(**changes):
    return StackelbergGame(**{"leader": U1, "follower": U2, "name": "trap", **changes})


def test_fields():
    game = StackelbergGame(U1, [[1, 0], [0, 1]])
    assert game.shape == (2, 2)
    assert (
        made(leader=[[1], [0], [1]], follower=[[1], [0], [1]]).n_leader_actions,
        game.n_follower_actions,
    ) == (3, 2)
    assert game.leader.dtype == game.follower.dtype == np.float64
    assert (game.noise_sd, game.rewards, game.name) == (1.0, "gaussian", "")
    assert (game.leader_actions, game.follower_actions) == (("a1", "a2"), ("b1", "b2"))
    assert made(**LABELS).follower_actions == ("<b>", "&")


def test_games_do_not_change():
    table = np.array(U1)
    game = made(leader=table)
    table[0, 0] = 0
    assert game.leader[0, 0] == 0.6
    with pytest.raises(AttributeError):
        game.noise_sd = 2.0
    with pytest.raises(AttributeError):
        game.new = 2.0
    with pytest.raises(AttributeError):
        del game.leader
    for clone in (game, copy.copy(game), copy.deepcopy(game), pickle.loads(pickle.dumps(game))):
        assert clone == game
        for array in (clone.leader, clone.follower):
            with pytest.raises(ValueError, match="read-only"):
                array[0, 0] = 0.1


def test_equality_and_hash_are_by_value():
    game = made()
    assert game == made()
    assert hash(game) == hash(made())
    assert game == made(leader=np.array(U1, dtype=object).astype(float), noise_sd=1)
    assert made(follower=[[0.4, -0.0], [0.3, 0.2]]) == game
    assert hash(made(follower=[[0.4, -0.0], [0.3, 0.2]])) == hash(game)
    assert StackelbergGame([[-0.0]], [[0]]) == StackelbergGame([[0]], [[0]])
    changed = [
        made(name="other"),
        made(noise_sd=2),
        made(rewards="bernoulli"),
        made(leader=U2),
        made(follower=U1),
        made(**LABELS),
        StackelbergGame([U1[0] + U1[1]], [U2[0] + U2[1]], name="trap"),
    ]
    assert len({game, *changed}) == len(changed) + 1
    assert made(rewards="bernoulli", noise_sd=2) == made(rewards="bernoulli")
    assert hash(made(rewards="bernoulli", noise_sd=2)) == hash(made(rewards="bernoulli"))
    assert game != "trap"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"leader": [0.5, 0.5]}, "leader"),
        ({"leader": [[]]}, "leader"),
        ({"leader": [[0.5], [0.5, 0.5]]}, "leader"),
        ({"leader": [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]}, r"follower.*\(2, 3\).*\(2, 2\)"),
        ({"follower": [[0.5, 0.5], [0.5, math.nan]]}, r"follower\[1, 1\].*nan"),
        ({"follower": [[0.5, -0.1], [0.5, 0.5]]}, r"follower\[0, 1\].*-0.1"),
        ({"leader": [[0.5, 0.1], [1.1, 0.5]]}, r"leader\[1, 0\].*1.1"),
        ({"noise_sd": -1}, "noise_sd.*-1"),
        ({"noise_sd": math.nan}, "noise_sd.*nan"),
        ({"noise_sd": math.inf}, "noise_sd.*inf"),
        ({"rewards": "poisson"}, "rewards.*poisson"),
        ({"leader_actions": ["x"]}, "leader_actions.*2.*1"),
        ({"follower_actions": ["x", "y", "z"]}, "follower_actions.*2.*3"),
        ({"follower_actions": ["x", "x"]}, "follower_actions.*different.*x"),
    ],
)
def test_bad_input(changes, message):
    with pytest.raises(ValueError, match=message):
        made(**changes)


def test_bad_types():
    with pytest.raises(TypeError, match="noise_sd"):
        made(noise_sd="1")
    with pytest.raises(TypeError, match="leader_actions"):
        made(leader_actions="xy")
    with pytest.raises(TypeError, match="leader"):
        made(leader=[["a", "b"]])


def test_text():
    assert repr(made()) == "<StackelbergGame 'trap', 2×2, gaussian rewards, noise_sd=1>"
    assert "noise" not in repr(made(rewards="bernoulli"))
    assert str(made()).splitlines() == [
        "    b1          b2",
        "a1  0.6, 0.4●★  0.2, 0",
        "a2  0.5, 0.3●   0.4, 0.2",
    ]
    assert len(str(games.random_game((300, 300), seed=1))) < 5000


class Table(HTMLParser):
    """Cells of a table as (tag, scope, text), and a check that tags nest."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag in ("th", "td", "caption", "p"):
            self.cells.append([tag, dict(attributes).get("scope"), ""])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.cells[-1][2] += data


def test_the_notebook_shows_best_responses_without_relying_on_colour():
    text = made()._repr_html_()
    assert Table(text).cells == [
        ["caption", None, "trap: payoffs of leader, follower"],
        ["th", "col", "leader \\ follower"],
        ["th", "col", "b1"],
        ["th", "col", "b2"],
        ["th", "row", "a1"],
        ["td", None, "0.6, 0.4●★"],
        ["td", None, "0.2, 0"],
        ["th", "row", "a2"],
        ["td", None, "0.5, 0.3●"],
        ["td", None, "0.4, 0.2"],
        ["p", None, games.LEGEND],
    ]
    assert text.count('<strong style="text-decoration: underline">') == 2
    # whatever the theme: no colour of its own
    assert set(re.findall(r"(?:^|[\s;\"-])color: *([^;\"]+)", text)) == {"inherit"}
    assert "background" not in text


def test_labels_are_escaped_and_ties_all_marked():
    cells = Table(made(name="<script>", **LABELS)._repr_html_()).cells
    assert [cell[2] for cell in cells if cell[0] == "th"][1:3] == ["<b>", "&"]
    assert cells[0][2].startswith("<script>")
    tied = StackelbergGame([[0.5, 0.5], [0.5, 0.1]], [[0.3, 0.3], [0.3, 0.3]])
    assert [cell[2][-2:] for cell in Table(tied._repr_html_()).cells if cell[0] == "td"] == ["●★"] * 3 + ["3●"]
    better = StackelbergGame([[0.5], [0.5]], [[0.2], [0.3]])
    assert [cell[2] for cell in Table(better._repr_html_()).cells if cell[0] == "td"] == ["0.5, 0.2●", "0.5, 0.3●★"]


@pytest.mark.parametrize("shape", [(13, 2), (2, 13), (500, 400)])
def test_large_tables_are_abbreviated_with_a_note(shape):
    game = games.random_game(shape, seed=1)
    cells = Table(game._repr_html_()).cells
    rows, columns = min(shape[0], 12), min(shape[1], 12)
    assert sum(cell[0] == "td" for cell in cells) == rows * columns
    assert sum(cell[0] == "th" for cell in cells) == rows + columns + 1
    assert f"{rows}×{columns} of {shape[0]}×{shape[1]}" in cells[-1][2]
    assert f"{rows}×{columns} of {shape[0]}×{shape[1]}" in str(game)


payoffs = st.floats(0, 1) | st.sampled_from([0.1 + 0.2, 5e-324, 1 / 3, 1 - 2**-53])
labels = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)


@st.composite
def any_games(draw):
    n_rows, n_columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    tables = (
        draw(st.lists(st.lists(payoffs, min_size=n_columns, max_size=n_columns), min_size=n_rows, max_size=n_rows))
        for _ in range(2)
    )
    return StackelbergGame(
        *tables,
        noise_sd=draw(st.floats(0, 1e9)),
        rewards=draw(st.sampled_from(["gaussian", "bernoulli"])),
        name=draw(labels),
        leader_actions=draw(st.lists(labels, min_size=n_rows, max_size=n_rows, unique=True)),
        follower_actions=draw(st.lists(labels, min_size=n_columns, max_size=n_columns, unique=True)),
    )


@given(any_games())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_tables_come_back_to_the_last_bit(tmp_path_factory, game):
    path = tmp_path_factory.mktemp("games") / "game.csv"
    game.to_csv(path)
    for other in (StackelbergGame.from_csv(path), StackelbergGame.from_pandas(game.to_pandas())):
        assert other == game
        assert other.noise_sd == game.noise_sd
    Table(game._repr_html_())


def test_the_tidy_format(tmp_path):
    game = games.recommender()
    frame = game.to_pandas()
    assert list(frame.columns) == list(games.COLUMNS)
    assert frame.shape == (9, 7)
    path = tmp_path / "game.csv"
    game.to_csv(path)
    assert path.read_text(encoding="utf-8").splitlines()[:2] == [
        "leader_action,follower_action,leader,follower,noise_sd,rewards,name",
        "article on top,article,0.35,0.8,1.0,gaussian,recommender",
    ]
    pd.testing.assert_frame_equal(pd.read_csv(path), frame)
    # the last three columns and the order of the rows may be anything, more columns too, and Excel's mark
    few = frame[["follower", "leader", "follower_action", "leader_action"]].assign(comment=None)
    plain = StackelbergGame(
        game.leader, game.follower, leader_actions=game.leader_actions, follower_actions=game.follower_actions
    )
    assert StackelbergGame.from_pandas(few) == plain
    few.to_csv(path, index=False, encoding="utf-8-sig")
    assert StackelbergGame.from_csv(path) == plain
    assert StackelbergGame.from_csv(path, name="x", noise_sd=0.5).noise_sd == 0.5
    back = StackelbergGame.from_pandas(frame.iloc[::-1], rewards="bernoulli")
    assert back.leader_actions == game.leader_actions[::-1]
    assert back.leader.tolist() == game.leader[::-1, ::-1].tolist()
    assert back.rewards == "bernoulli"
    # pandas reads an empty name as NaN
    made(name="").to_csv(path)
    assert StackelbergGame.from_pandas(pd.read_csv(path)) == made(name="")


GOOD = "leader_action,follower_action,leader,follower,noise_sd\nx,b,0.5,0.5,1\ny,b,0.25,0.75,1\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("leader,follower,noise_sd", "leader,u2,noise_sd", "column 'follower'"),
        ("noise_sd", "leader", "column 'leader' must be there exactly once"),
        ("0.25", "abc", "line 3, column 'leader'.*'abc'"),
        ("0.75", "nan", "line 3, column 'follower'.*'nan'"),
        ("0.75", "1.5", "line 3, column 'follower'.*'1.5'"),
        ("0.75", "", "line 3, column 'follower'.*''"),
        ("0.75,1", "0.75,2", "line 3, column 'noise_sd'.*1.0.*2.0"),
        ("0.75,1", "0.75,-1", "line 3, column 'noise_sd'.*'-1'"),
        ("0.75,1", "0.75,1,9", "line 3.*9"),
        ("0.25,0.75,1", "0.25", "line 3, column 'follower'.*None"),
        ("y,b,0.25,0.75,1", "y", "line 3.*'y'"),
        ("y,b", "x,b", r"line 3.*\['x', 'b'\]"),
        ("y,b", "y,c", r"\['x', 'c'\] is missing"),
        ("x,b,0.5,0.5,1\ny,b,0.25,0.75,1\n", "", "leader.*at least one row"),
        (GOOD, "", "column 'leader_action'"),
    ],
)
def test_bad_files(tmp_path, old, new, message):
    path = tmp_path / "game.csv"
    path.write_text(GOOD)
    assert StackelbergGame.from_csv(path).shape == (2, 1)
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(ValueError, match=message):
        StackelbergGame.from_csv(path)


def test_tables_that_are_dataframes_keep_their_labels_and_must_agree():
    leader = pd.DataFrame([[0.1, 0.9], [0.3, 0.4]], index=["u", "d"], columns=["l", "r"])
    game = StackelbergGame(leader, leader / 2)
    assert (game.leader_actions, game.follower_actions) == (("u", "d"), ("l", "r"))
    assert StackelbergGame(leader, (leader / 2).to_numpy(), leader_actions=list("xy")).leader_actions == ("x", "y")
    assert StackelbergGame(leader, leader, name=None).name == ""
    plain = pd.DataFrame([[0.1, 0.9]])
    assert StackelbergGame(plain, plain).follower_actions == ("b1", "b2")
    with pytest.raises(ValueError, match=r"follower must have the labels of leader, .*'u', 'd'.*got .*'d', 'u'"):
        StackelbergGame(leader, leader.iloc[::-1])
    with pytest.raises(TypeError, match=r"frame must be a pandas.DataFrame, got ndarray"):
        StackelbergGame.from_pandas(leader.to_numpy())
    with pytest.raises(ValueError, match="leader must have no masked entries"):
        StackelbergGame(np.ma.array([[0.1, 0.2]], mask=[[0, 1]]), [[0, 0]])


def test_bad_frames():
    frame = made().to_pandas()
    with pytest.raises(ValueError, match="column 'follower'"):
        StackelbergGame.from_pandas(frame.drop(columns="follower"))
    with pytest.raises(ValueError, match=r"\['a2', 'b2'\] is missing"):
        StackelbergGame.from_pandas(frame.iloc[:-1])
    with pytest.raises(ValueError, match=r"row 3 repeats the pair \['a2', 'b2'\]"):
        StackelbergGame.from_pandas(pd.concat([frame, frame.iloc[-1:]]))
    with pytest.raises(ValueError, match=r"row 2, column 'leader'.*'high'"):
        StackelbergGame.from_pandas(frame.assign(leader=[0.1, 0.2, "high", 0.3]))
    with pytest.raises(ValueError, match=r"row 1, column 'leader'.*None"):
        StackelbergGame.from_pandas(frame.assign(leader=[0.1, math.nan, 0.2, 0.3]))
    with pytest.raises(ValueError, match=r"rewards.*poisson"):
        StackelbergGame.from_pandas(frame, rewards="poisson")


def tables(game):
    return game.leader.tolist(), game.follower.tolist()


def test_games_of_the_paper():
    first, second = games.impossibility_pair(0.125, noise_sd=2)
    assert tables(first) == ([[0.6, 0.2], [0.5, 0.4]], [[0.125, 0], [0.6, 0.4]])
    assert tables(second) == ([[0.6, 0.2], [0.5, 0.4]], [[0.125, 0.25], [0.6, 0.4]])
    assert first.noise_sd == second.noise_sd == 2
    assert tables(games.explore_trap()) == (U1, U2)
    assert tables(games.slow_follower_trap()) == (U1, [[0.05, 0], [0.3, 0.2]])
    family = games.lower_bound_family(0.125, 3, noise_sd=0.5)
    assert [game.leader.tolist() for game in family] == [[[0.625, 0, 0], [0.5, 0.5, 0.5]]] * 3
    assert [game.follower[1].tolist() for game in family] == [[0.375] * 3] * 3
    assert [game.follower[0].tolist() for game in family] == [
        [0.125, 0, 0],
        [0.125, 0.25, 0],
        [0.125, 0, 0.25],
    ]
    assert {game.noise_sd for game in family} == {0.5}
    assert tables(games.unfinished_follower(0.125)) == ([[0.6, 0.6], [1, 0]], [[0.5, 0.5], [0.5, 0.375]])
    assert tables(games.zero_sum(U1)) == (U1, (1 - np.array(U1)).tolist())
    assert tables(games.common_interest(U1)) == (U1, U1)
    every = [first, second, *family, games.explore_trap(), games.slow_follower_trap(), games.chatbot()]
    every += [
        games.unfinished_follower(0.1),
        games.zero_sum(U1),
        games.common_interest(U1),
        games.recommender(),
    ]
    assert len({game.name for game in every} - {""}) == len(every)


@pytest.mark.parametrize(
    ("function", "name", "largest"),
    [
        (games.impossibility_pair, "delta", 0.3),
        (games.lower_bound_family, "delta", 1 / 3),
        (games.unfinished_follower, "gap", 0.5),
        (games.slow_follower_trap, "gap", 1),
    ],
)
def test_parameters_of_the_games_of_the_paper(function, name, largest):
    function(largest)
    function(1e-12)
    for bad in (0, -0.1, largest * 1.001, math.nan):
        with pytest.raises(ValueError, match=name):
            function(bad)
    with pytest.raises(TypeError, match=name):
        function("0.1")


def test_other_bad_parameters():
    for bad in (1, 2.5):
        with pytest.raises(ValueError, match="n_follower_actions"):
            games.lower_bound_family(0.1, bad)
    with pytest.raises(ValueError, match="leader"):
        games.zero_sum([[2.0]])
    with pytest.raises(ValueError, match="payoffs"):
        games.common_interest([0.5])
    for bad in (3, (2,), (2, 2, 2)):
        with pytest.raises(ValueError, match="shape"):
            games.random_game(bad, seed=1)
    with pytest.raises(ValueError, match=r"shape\[1\]"):
        games.random_game((2, 0), seed=1)
    for bad in (-1, 0.5):
        with pytest.raises(ValueError, match="seed"):
            games.random_game((2, 2), seed=bad)
    with pytest.raises(TypeError, match="seed"):
        games.random_game((2, 2), seed=None)
    for bad in (0.5, math.inf, math.nan):
        with pytest.raises(ValueError, match="lipschitz"):
            games.random_game((2, 2), seed=1, lipschitz=bad)
    with pytest.raises(ValueError, match="lipschitz"):
        games.random_game((1, 1), seed=1, lipschitz=2)


def test_random_games_depend_on_the_seed_alone():
    sequence = np.random.SeedSequence(5)
    for bound in (None, 3.0):
        one = games.random_game((2, 3), seed=5, lipschitz=bound)
        assert one == games.random_game((2, 3), seed=5, lipschitz=bound)
        assert one == games.random_game((2, 3), seed=sequence, lipschitz=bound)
        assert one == games.random_game((2, 3), seed=sequence, lipschitz=bound)
        assert one != games.random_game((2, 3), seed=6, lipschitz=bound)
    assert sequence.n_children_spawned == 0


def test_random_games_are_uniform():
    # 40,000 payoffs: the largest deviation from uniform exceeds 0.0136 with probability 2 exp(-2n d²) < 1e-6
    game = games.random_game((100, 200), seed=7)
    values = np.sort(np.concatenate([game.leader, game.follower], axis=None))
    assert np.abs(values - (np.arange(40000) + 0.5) / 40000).max() < 0.0136


@pytest.mark.parametrize("bound", [1, 1.5, 4, 100, 1e4])
@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (3, 4), (50, 50)])
def test_random_games_have_the_lipschitz_constant_asked_for(shape, bound):
    directions = set()
    for seed in range(12):
        game = games.random_game(shape, seed=seed, lipschitz=bound)
        assert lipschitz_constant(game) == pytest.approx(bound, rel=1e-9)
        order = game.follower.ravel().argsort()
        steps = np.sign(np.diff(game.leader.ravel()[order]))
        assert len(set(steps)) == 1
        directions.add(steps[0])
        assert max(game.leader.max(), game.follower.max()) == pytest.approx(1)
        assert 0 == game.leader.min() == game.follower.min()
    assert directions == {-1, 1}
    assert games.random_game((1, 1), seed=1, lipschitz=1).shape == (1, 1)


@pytest.mark.parametrize("game", [games.chatbot(), games.recommender()], ids=lambda game: game.name)
def test_examples_have_conflicting_interests(game):
    assert game.leader.argmax() != game.follower.argmax()
    original, relaxed = stackelberg(game), tolerant(game, 0.1)
    assert original == stackelberg(game, "adverse")
    assert original.leader - relaxed.leader > 0.04
    assert original.follower - relaxed.follower > 0.09
    # no other breakpoint in floats than on paper: gaps keep away from 0.1
    gaps = game.follower.max(axis=1, keepdims=True) - game.follower
    assert all(abs(Fraction(gap) - Fraction(1, 10)) > Fraction(1, 100) for gap in gaps.ravel().tolist())
    assert len(set(game.leader_actions + game.follower_actions)) == sum(game.shape)
