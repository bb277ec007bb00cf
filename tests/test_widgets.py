"""Explorers and the playable game, driven through their traits as a browser does."""

import asyncio
import re
import threading
import time
from itertools import pairwise

import ipywidgets as W
import numpy as np
import pytest

import stackedu as se
from stackedu import widgets
from stackedu.rules import record
from stackedu.widgets import explorers as plain
from stackedu.widgets import frame

SMALL = {
    "twin_instances": {"horizon": 200, "n_runs": 3},
    "game_explorer": {},
    "duel": {"horizon": 1000, "n_runs": 3},
    "what_the_leader_sees": {"pulls": 20, "n_runs": 5},
    "waiting_time": {"horizon": 1000, "n_runs": 3},
    "promises": {"horizon": 200, "n_runs": 3},
}
# another value for each control, and a bad one with the library's answer where a control takes text
CHANGES = {
    "twin_instances": {
        "delta": 0.2, "horizon": 400.0, "leader": 1, "follower": 2, "benchmark": 1, "n_runs": "4", "seed": "1",
    },
    "game_explorer": {"game": 2, "epsilon": 0.3, "gamma": 0.4, "leader": "0.5, 0.2\n0.1, 0.9", "follower": "1 0\n0 1"},
    "duel": {
        "game": 1, "seed": "1", "leader": 1, "leader_parameters": "explore=7", "follower": 2,
        "follower_parameters": "confidence=1", "benchmark": 0, "horizon": "2000", "n_runs": "4",
    },
    "what_the_leader_sees": {"overlap": 0.5, "noise": 0.5, "pulls": "30", "n_runs": "6", "seed": "1"},
    "waiting_time": {"explore": 10.0, "game": 1, "horizon": 2000.0, "n_runs": "4", "seed": "1"},
    "promises": {
        "follower": 1, "follower_parameters": "explore=5", "game": 1, "horizon": "300", "n_runs": "4", "seed": "1",
    },
}  # fmt: skip
BAD = [
    ("twin_instances", "n_runs", "1000000", "runs must be from 1 to 10000, got 1000000"),
    ("twin_instances", "n_runs", "0", "runs must be from 1 to 10000, got 0"),
    ("twin_instances", "seed", "-1", "seed must be at least 0, got -1"),
    ("game_explorer", "leader", "0.6, \n0.5, 0.4", "leader's payoffs[0, 1] must be a number in [0, 1], got ''"),
    ("game_explorer", "leader", "0.6, x\n0.5, 0.4", "leader's payoffs[0, 1] must be a number in [0, 1], got 'x'"),
    ("game_explorer", "follower", "0.6, 1.2\n0.5, 0.4", "follower's payoffs[0, 1] must be a number in [0, 1], got 1.2"),
    ("game_explorer", "follower", "0.6\n0.5", "follower's payoffs must have the shape of leader's payoffs, (2, 2)"),
    ("game_explorer", "leader", "", "leader's payoffs: the number of rows must be from 1 to 6, got 0"),
    ("game_explorer", "leader", "1 " * 7, "leader's payoffs[0]: the number of columns must be from 1 to 6, got 7"),
    ("duel", "horizon", "0", "T (rounds) must be from 1 to 9007199254740992, got 0"),
    ("duel", "horizon", "1e15", "T (rounds) must be at most 6.66667e+08 with 3 runs of UCB(confidence=2.0)"),
    ("duel", "horizon", "many", "T (rounds) must be a whole number, got 'many'"),
    ("duel", "horizon", "", "T (rounds) must be a whole number, got ''"),
    ("duel", "n_runs", "1e6", "runs must be from 1 to 10000, got 1000000"),
    ("duel", "leader_parameters", "confidence=-1", "confidence of leaders.UCB must be at least 0"),
    ("duel", "leader_parameters", "2", "leader's parameters of UCB are confidence; got '2'"),
    ("duel", "follower_parameters", "patience=3", "follower's parameters of UCB are confidence; got 'patience=3'"),
    ("what_the_leader_sees", "pulls", "1", "leader's pulls of each action must be from 2 to 1000000, got 1"),
    ("waiting_time", "n_runs", "none", "runs must be a whole number, got 'none'"),
    ("promises", "horizon", "0.5", "T (rounds) must be a whole number, got 0.5"),
    ("promises", "follower_parameters", "2", "follower's parameters of ActiveArmElimination are confidence; got '2'"),
]


def make(name, **options):
    return getattr(widgets, name)(**{**SMALL[name], **options})


@pytest.fixture(scope="module")
def explorers():
    return {name: make(name) for name in SMALL}


def tree(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def words(widget):
    value = widget.value if hasattr(widget, "value") else widget.text.value + widget.details.value
    return " ".join(re.sub("<[^>]+>", " ", value).split()).replace("&#x27;", "'")


def errors(explorer):
    shown = {name: words(line) for name, line in explorer.problems.items()}
    return {name: text.removeprefix("⚠ ") for name, text in shown.items() if text}


def turn(control, value):
    if isinstance(control, W.Dropdown) and isinstance(value, int):
        control.index = value if control.index != value else value + 1
    else:
        control.value = value


def from_browser(control, **state):
    control.set_state(state)


@pytest.mark.parametrize("name", SMALL)
def test_each_control_changes_words_and_picture(name):
    explorer = make(name)
    for key, value in CHANGES[name].items():
        before = words(explorer), explorer.picture.value
        turn(explorer.controls[key], value)
        assert not errors(explorer), key
        assert explorer.picture.value != before[1] or words(explorer) != before[0], key
    assert explorer.picture.value.startswith("<img width=")
    assert re.search(r'alt="[^"]{60,}"', explorer.picture.value)


@pytest.mark.parametrize("name", SMALL)
def test_every_control_is_labelled_and_no_output_widget_is_used(explorers, name):
    explorer = explorers[name]
    assert not [each for each in tree(explorer) if isinstance(each, W.Output)]
    for key, control in explorer.controls.items():
        assert control.description, key
        assert control in list(tree(explorer))
    assert isinstance(explorer.text, W.HTML)
    assert isinstance(explorer.picture, W.HTML)


@pytest.mark.parametrize(("name", "key", "value", "sentence"), BAD)
def test_a_bad_value_is_answered_beside_the_control_and_the_result_stays(explorers, name, key, value, sentence):
    explorer = explorers[name]
    before = explorer.text.value, explorer.picture.value
    good = explorer.controls[key].value
    explorer.controls[key].value = value
    assert list(errors(explorer)) == [key]
    assert errors(explorer)[key].startswith(sentence)
    assert ".0" not in (said := errors(explorer)[key].rpartition("got")[2]), said
    assert "str" not in said
    assert (explorer.text.value, explorer.picture.value) == before
    explorer.controls[key].value = good
    assert not errors(explorer)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("twin_instances", {"delta": 0.5}, "delta must be at least 0.001 and at most 0.3, got 0.5"),
        ("twin_instances", {"leader": "Greedy"}, "leader must be one of 'UCB', "),
        ("duel", {"horizon": 0}, "horizon must be from 1 to"),
        ("game_explorer", {"game": "chess"}, "game must be one of"),
        ("game_explorer", {"gamma": -0.1}, "gamma must be at least 0"),
        ("waiting_time", {"explore": 0}, "explore must be from 1 to"),
    ],
)
def test_a_bad_initial_value_is_the_callers_error(name, options, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        make(name, **options)


# ---------------------------------------------------------------- what the numbers are


def test_watched_counts_as_simulate_does():
    game, pair = se.games.explore_trap(), (se.leaders.UCB(), se.followers.EpsilonGreedy())
    shares = []
    ours = plain.watched(game, *pair, 300, 70, 5, shares.append)
    theirs = se.simulate(game, *pair, 300, n_runs=70, seed=5)
    assert (ours.counts == theirs.counts).all()
    assert (ours.rounds == theirs.rounds).all()
    assert shares == sorted(shares)
    assert shares[-1] < 1


def test_twins_show_what_simulate_and_the_bounds_say():
    explorer = widgets.twin_instances(delta=0.1, horizon=1000, n_runs=4, seed=3)
    first = se.games.impossibility_pair(0.1)[0]
    run = se.simulate(first, se.leaders.UCB(), se.followers.UCB(), 1000, n_runs=4, seed=3)
    loss = run.regret(se.stackelberg(first))[0, :, -1].mean() / 1000
    assert f"I (0.6, 0.1) {loss:.3g}" in words(explorer)
    floor = se.bounds.linear_regret_floor(1000, 0.1) / 1000
    assert f"can bring that below {floor:.3g}" in words(explorer)
    assert "1000, every round 20 0.998 0.000783" in words(explorer), "KL = 2 δ² T, and the best test's error"
    turn(explorer.controls["benchmark"], 1)
    assert "can bring that below" not in words(explorer), "the floor is about the original benchmark"


def test_learners_may_be_passed_as_objects():
    explorer = make("twin_instances", leader=se.leaders.ExploreThenCommit(5), follower=se.followers.BestResponse())
    assert explorer.controls["leader"].value == se.leaders.ExploreThenCommit(5)
    assert "can bring that below" not in words(explorer), "an oracle is not bound by the floor"


def test_duel_names_who_is_worse_off_and_plays_to_a_million_million_rounds():
    explorer = make("duel", leader="PhasedUCB", follower="ActiveArmElimination", horizon=1e12)
    assert "Both lose the same" in words(explorer), "as they always do in the explore trap"
    turn(explorer.controls["game"], 1)
    assert "is worse off" in words(explorer)
    turn(explorer.controls["horizon"], "1e15")
    assert not errors(explorer)


def test_duel_keeps_parameters_in_step_with_the_learner():
    explorer = make("duel")
    turn(explorer.controls["leader"], 1)
    assert explorer.controls["leader_parameters"].value == "explore=None"
    written = plain.with_parameters("leader_parameters", se.leaders.WaitThenCommit(), "wait=3, explore=None")
    assert written == se.leaders.WaitThenCommit(wait=3)


def test_numbers_may_be_written_as_the_lessons_write_them():
    explorer, board = make("duel"), widgets.play()
    for text in ("10 000", "10,000", "10\u2009000", "10\u202f000", " 10000 ", "10_000", "1e4"):
        explorer.controls["horizon"].value = text
        assert explorer.values()["horizon"] == 10_000, text
        assert not errors(explorer), text
    for text in ("10,00", "0,123", "1,5", "1 0000", "10,000,"):
        explorer.controls["horizon"].value = text
        assert errors(explorer) == {"horizon": f"T (rounds) must be a whole number, got {text!r}"}
    board.controls["rounds"].value = "1,000"
    board.start.click()
    assert board.match.rounds == 1000


def test_parameters_that_are_but_a_number_are_the_callers_error_too():
    with pytest.raises(ValueError, match=r"^leader_parameters of UCB are confidence; got '2'$"):
        widgets.duel("chatbot", leader_parameters="2")


def test_a_complaint_stays_beside_the_parameters_whatever_else_is_changed():
    explorer = make("duel")
    explorer.controls["follower_parameters"].value = "2"
    explorer.controls["seed"].value = "7"
    assert list(errors(explorer)) == ["follower_parameters"]


@pytest.mark.parametrize("options", [{"n_runs": 1}, {"horizon": 1}, {"horizon": 999}])
def test_where_there_is_no_rate_the_duel_says_what_it_takes(options):
    said = words(make("duel", **options))
    assert "There is no rate: it takes at least 2 runs of at least 1000 rounds." in said
    assert "shape" not in said
    assert "There is no rate: it" not in words(make("duel"))


def test_what_a_stored_lesson_shows_before_it_is_run():
    shown = "Sliders and fields appear here when this cell is run."
    assert make("duel")._repr_mimebundle_()["text/plain"] == shown
    shown = "A game to play appears here when this cell is run."
    assert widgets.play()._repr_mimebundle_()["text/plain"] == shown


class Stubborn:
    def choose(self):
        return 1

    def observe(self, action, reward):
        pass


def alternate(context, state, params, rng):
    return int(state.pulls[0, 0] <= state.pulls[0, 1]), 1


@pytest.mark.parametrize("leader", [Stubborn(), Stubborn, se.leaders.Custom(alternate), (alternate, record)])
def test_a_learner_of_ones_own_plays_a_duel_and_has_no_parameters_to_write(leader):
    explorer = se.widgets.duel(leader=leader, follower=se.followers.Fixed([1, 0]), horizon=100, n_runs=2)
    assert explorer.controls["leader_parameters"].value == ""
    assert "Both lose the same" in words(explorer)
    assert "0x" not in explorer.controls["leader"].label
    turn(explorer.controls["leader_parameters"], "explore=3")
    assert "are none; got 'explore=3'" in errors(explorer)["leader_parameters"]


@pytest.mark.parametrize("name", ["duel", "promises", "game_explorer"])
def test_a_game_of_ones_own_may_have_the_name_of_a_known_one(name):
    own = se.StackelbergGame([[1, 0]], [[0, 1]], name="chatbot")
    menu = make(name, game=own).controls["game"]
    assert menu.value == own
    assert menu.label == "chatbot (as given)"
    assert "chatbot" in menu._options_labels, "the known one can still be chosen"


def test_game_explorer_edits_become_a_game_of_ones_own():
    explorer = make("game_explorer")
    explorer.controls["leader"].value = "0.6, 0.3\n0.5, 0.4"
    assert explorer.controls["game"].label == "your own"
    assert "(0.6, 0.4), (0.3, 0)" in explorer.picture.value
    explorer.controls["game"].label = "chatbot"
    assert explorer.controls["leader"].value.startswith("0.6, 0.3, 0.3")
    own = se.games.random_game((6, 6), seed=1)
    assert not errors(widgets.game_explorer(own))
    assert not errors(widgets.game_explorer(se.StackelbergGame([[0.5]], [[0.5]])))
    explorer.controls["gamma"].value = 0
    assert "If nothing but a tie gone wrong is forgiven" in words(explorer)


def test_game_explorer_keeps_the_names_of_actions_for_as_long_as_they_fit():
    names = {"leader_actions": ["precise", "vague At ease"], "follower_actions": ["ask back", "write", "write twice"]}
    game = se.StackelbergGame([[0.5, 0.3, 0.2], [0.1, 0.7, 0.4]], [[0.2, 0.5, 0.2], [0.1, 0.6, 0.4]], **names)
    explorer = widgets.game_explorer(game)
    assert "At ε = 0: B_ε(precise) = {write}; B_ε(vague At ease)" in words(explorer)
    assert "The Stackelberg pair is (vague At ease, write)." in words(explorer)
    assert "The Stackelberg pair is (vague At ease, write)." in explorer.picture.value
    leader, follower = explorer.controls["leader"], explorer.controls["follower"]
    leader.value = "0.9, 0.9, 0.9\n0.1, 0.2, 0.3"
    assert explorer.controls["game"].label == "your own"
    for shown in (words(explorer), explorer.picture.value):
        assert "The Stackelberg pair is (precise, write)." in shown
    leader.value, follower.value = "0.9, 0.9\n0.1, 0.2", "0.2, 0.5\n0.1, 0.6"
    assert "The Stackelberg pair is (precise, b2)." in words(explorer), "two of three names would be a guess"
    explorer.controls["game"].label = "explore trap"
    leader.value = "0.6, 0.3\n0.5, 0.4"
    assert "The Stackelberg pair is (a1, b1)." in words(explorer), "not the names of the game before"
    theirs = widgets.game_explorer("your own", leader="0.5", follower="0.5")
    assert "The Stackelberg pair is (a1, b1)." in words(theirs)


def test_long_names_of_actions_neither_overlap_nor_are_cut_off():
    game = se.games.random_game((6, 6), seed=1)
    long = {f"{who}_actions": [f"{what} {i}" for i in range(6)] for who, what in (("leader", "a rather long question"),
        ("follower", "answer number"))}  # fmt: skip
    explorer = widgets.game_explorer(se.StackelbergGame(game.leader, game.follower, **long))
    ax = explorer._axes[0]
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert min(box.y1 for box in boxes) < ax.title.get_window_extent().y0
    assert min(label.get_window_extent().x0 for label in ax.get_yticklabels()) > 0
    explorer.controls["game"].label = "explore trap"
    assert ax.get_position().x0 == pytest.approx(0.75 / frame.WIDTH), "short names take no room"


@pytest.mark.parametrize(("pulls", "explore", "noise"), [(40, 20, 1.0), (40, 10, 0.5), (40, 4, 0.5), (30, 0, 1.0)])
def test_wrong_commitment_agrees_with_simulation(pulls, explore, noise):
    options = {"pulls": pulls, "noise": noise, "n_runs": 4000, "seed": 8}
    explorer, exact = (
        widgets.what_the_leader_sees(2 * explore / pulls, **options),
        plain.wrong_commitment(pulls, explore, noise),
    )
    measured = float(re.search("measured ([0-9.]+) at", explorer.picture.value)[1])
    # five standard deviations: a false alarm in 2 million
    assert abs(measured - exact) < 5 * np.sqrt(exact * (1 - exact) / 4000)


def test_wrong_commitment_is_at_least_half_at_full_overlap_however_long_both_explore():
    chances = [plain.wrong_commitment(2 * k, k) for k in (1, 10, 100, 1000, 10000)]
    assert min(chances) >= 0.5
    assert chances[-1] > 0.999
    assert plain.wrong_commitment(10**6, 300_000) < 0.01 < 0.99 < plain.wrong_commitment(10**6, 400_000)


def test_waiting_too_little_and_too_long_both_cost_more_than_theory():
    low, middle, high = (plain.waiting_regret("explore trap", 10_000, e, 40, 0) for e in (1, 100, 1600))
    assert middle < low
    assert middle < high


def test_best_test_at_the_ends():
    assert plain.best_test(0.1, 0)["error"] == 0.5
    assert plain.best_test(0.3, 1e6)["error"] == pytest.approx(0, abs=1e-12)


# ---------------------------------------------------------------- changes from a browser


def in_a_loop(scenario):
    async def both():
        await asyncio.wait_for(scenario(), 30)

    asyncio.run(both())


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


def test_rapid_changes_are_gathered_and_the_last_one_wins():
    explorer = make("twin_instances")
    answered, compute = [], explorer._compute
    explorer._compute = lambda delta, **rest: answered.append(delta) or compute(delta, **rest)

    async def scenario():
        before = explorer.text.value
        for delta in (0.06, 0.07, 0.08, 0.11):
            from_browser(explorer.controls["delta"], value=delta)
        assert explorer.text.value == before, "not answered one by one"
        await until(lambda: explorer.text.value != before)

    in_a_loop(scenario)
    assert answered == [0.11]
    assert "2δ = 0.22" in words(explorer)


def test_a_change_during_a_run_stops_it_and_wins():
    explorer = make("twin_instances")
    compute, stopped, started = explorer._compute, [], threading.Event()

    def slow(delta, tick, **rest):
        if delta == 0.2:
            started.set()
            try:
                while True:
                    tick(0.5)
                    time.sleep(0.005)
            except frame.Stopped:
                stopped.append(delta)
                raise
        return compute(delta, tick=tick, **rest)

    explorer._compute = slow

    async def scenario():
        from_browser(explorer.controls["delta"], value=0.2)
        await until(started.is_set)
        from_browser(explorer.controls["delta"], value=0.1)
        await until(lambda: "2δ = 0.2 " in words(explorer))
        await until(lambda: stopped)

    in_a_loop(scenario)
    assert explorer._busy.layout.display == "none"


def test_a_late_answer_to_an_older_question_is_dropped():
    explorer = make("twin_instances")
    compute, newer, late = explorer._compute, threading.Event(), threading.Event()

    def deaf(delta, tick, **rest):
        answer = compute(delta, **rest)
        if delta == 0.2:
            newer.wait(20)  # hears nothing of having been stopped
            late.set()
        return answer

    explorer._compute = deaf

    async def scenario():
        from_browser(explorer.controls["delta"], value=0.2)
        await asyncio.sleep(3 * frame.GATHER)
        from_browser(explorer.controls["delta"], value=0.1)
        await until(lambda: "2δ = 0.2 " in words(explorer))
        newer.set()
        await until(late.is_set)
        await asyncio.sleep(0.3)

    in_a_loop(scenario)
    assert "2δ = 0.2 " in words(explorer)


@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_cut_off_whatever_the_game(name):
    explorer = make(name)
    menu = explorer.controls.get("game")
    for label in reversed(menu._options_labels) if menu else [""]:
        if menu:
            menu.label = label
        for ax in explorer._axes:
            ax.figure.draw_without_rendering()
            box, canvas = ax.get_tightbbox(), ax.figure.bbox
            assert min(box.x0, box.y0) > -1, label
            assert box.x1 < canvas.width + 1, label
            assert box.y1 < canvas.height + 1, label
    # the last game is the first of the menu, with a short legend: its panels have their room back
    assert min(ax.get_position().height for ax in explorer._axes) > 0.5


def test_explorers_leave_the_settings_of_matplotlib_alone():
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # what has leaked before would not be seen
        before = dict(matplotlib.rcParams)
        explorer, board = make("twin_instances"), widgets.play(rounds=2)
        explorer.controls["delta"].value = 0.2
        board.choices.children[0].click()
        assert dict(matplotlib.rcParams) == before


def test_a_slow_run_shows_progress_and_is_cancelled_with_the_result_kept():
    explorer = make("twin_instances")
    before = explorer.text.value, explorer.picture.value
    threads = threading.active_count()

    async def scenario():
        from_browser(explorer.controls["horizon"], value=1e6)
        from_browser(explorer.controls["n_runs"], value="900")
        await until(lambda: explorer._busy.layout.display == "flex" and explorer.progress.value > 0)
        explorer.cancel.click()
        assert explorer._busy.layout.display == "none"
        await until(lambda: threading.active_count() <= threads)  # the run itself has stopped

    in_a_loop(scenario)
    assert "Cancelled" in words(explorer.problem)
    assert (explorer.text.value, explorer.picture.value) == before


def test_errors_from_a_run_in_a_browser_are_shown_beside_the_control():
    explorer = make("duel")

    async def scenario():
        from_browser(explorer.controls["horizon"], value="0")
        await until(lambda: errors(explorer))

    in_a_loop(scenario)
    assert errors(explorer)["horizon"].startswith("T (rounds) must be from 1 to")


def test_without_threads_a_change_is_answered_all_the_same(monkeypatch):
    explorer = make("twin_instances")

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    async def scenario():
        monkeypatch.setattr(threading.Thread, "start", refuse)
        from_browser(explorer.controls["delta"], value=0.25)
        await until(lambda: "2δ = 0.5" in words(explorer))

    in_a_loop(scenario)


def test_two_explorers_at_once_do_not_disturb_each_other():
    first, second = make("twin_instances"), make("duel", game="slow-follower trap")

    async def scenario():
        before = first.text.value, second.text.value
        from_browser(first.controls["delta"], value=0.25)
        from_browser(second.controls["gamma"], value=0.45)
        await until(lambda: first.text.value != before[0] and second.text.value != before[1])

    in_a_loop(scenario)
    assert "2δ = 0.5" in words(first)
    assert not errors(first)
    assert not errors(second)


# ---------------------------------------------------------------- play


@pytest.mark.parametrize("role", ["leader", "follower"])
@pytest.mark.parametrize("opponent", ["UCB", "ExploreThenCommit"])
def test_a_game_is_played_to_its_debrief(role, opponent):
    play = widgets.play(role=role, opponent=opponent, rounds=6, seed=2)
    assert not [each for each in tree(play) if isinstance(each, W.Output)]
    assert "Debrief" not in words(play)
    assert all(control.description for control in play.controls.values())
    pictures = set()
    for i in range(6):
        assert "Debrief" not in words(play), "the table is hidden until the end"
        play.choices.children[i % 3].click()
        pictures.add(play.picture.value)
    assert len(pictures) == 6
    text = words(play)
    assert "Debrief" in text
    assert "Best in hindsight" in text
    assert "▶ you" in text
    assert "same seed, 6 rounds" in text
    assert all(button.disabled for button in play.choices.children)
    play.choices.children[0].click()
    assert len(play.match.history) == 6, "the game is over"
    play.start.click()
    assert not play.match.history, "there is no undo, but there is replay"


@pytest.mark.parametrize("role", ["leader", "follower"])
@pytest.mark.parametrize("rival", ["UCB", "ExploreThenCommit", "ThompsonSampling"])
def test_a_reader_who_plays_one_action_scores_as_the_engine_says(role, rival):
    match = widgets.Match("recommender", role, rival, rounds=40, seed=7)
    while not match.over:
        match.choose(1)
    fixed = se.leaders.Fixed(1) if role == "leader" else se.followers.Fixed([1, 1, 1])
    pair = (fixed, match.opponent) if role == "leader" else (match.opponent, fixed)
    run = se.simulate(match.game, *pair, 40, n_runs=1, seed=7)
    expected = run.regret(se.stackelberg(match.game))[:, 0, -1]
    assert match.regrets(se.stackelberg(match.game))[:, -1] == pytest.approx(expected)


def test_the_same_choices_replay_the_same_game_and_another_seed_another():
    games = []
    for seed in (3, 3, 4):
        match = widgets.Match(seed=seed, rounds=5)
        for action in (0, 1, 2, 0, 1):
            match.choose(action)
        games.append(match.history)
    assert games[0] == games[1]
    assert games[0] != games[2]


def test_play_answers_bad_settings_and_bad_choices():
    play = widgets.play(rounds=3)
    play.controls["rounds"].value = "0"
    play.start.click()
    assert "rounds must be from 1 to 1000, got 0" in words(play.problem)
    play.controls["rounds"].value = "2"
    play.start.click()
    assert not play.problem.value
    play.stop.click()
    assert "Debrief" not in words(play), "nothing has been played"
    play.choices.children[0].click()
    play.stop.click()
    assert "same seed, 1 rounds" in words(play)
    with pytest.raises(ValueError, match="action must be from 0 to 2, got 3"):
        widgets.Match().choose(3)
    with pytest.raises(ValueError, match="opponent must be one of"):
        widgets.play(opponent="Oracle")
