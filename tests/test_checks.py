"""Feedback is deterministic, fair to equivalent answers, and cannot be talked round."""

import decimal
import fractions
import re
import sys
from importlib import metadata

import numpy as np
import pytest

import stackedu as se
from stackedu import checks, compiling
from stackedu.exercises import EXERCISES, Exercise


def said(capsys, exercise, answer):
    checks.check(exercise, answer)
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def is_right(capsys, exercise, answer):
    return said(capsys, exercise, answer).startswith(f"{exercise} is right.")


class EqualsEverything:
    __array_priority__ = 1e9
    shape = (4,)

    def __eq__(self, other):
        return True

    def __le__(self, other):
        return True

    __lt__ = __ge__ = __gt__ = __le__

    def __sub__(self, other):
        return 0.0

    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__

    def __abs__(self):
        return 0.0

    def __float__(self):
        return 0.142857

    def __len__(self):
        return 4

    def __hash__(self):
        return 0


class FloatLike(float):
    __eq__ = EqualsEverything.__eq__
    __sub__ = EqualsEverything.__sub__
    __rsub__ = EqualsEverything.__sub__
    __hash__ = float.__hash__


class ArrayLike(np.ndarray):
    def tolist(self):
        return EXERCISES["04.1"].expected()


@pytest.mark.parametrize("name", EXERCISES)
def test_the_expected_answer_is_right_and_every_slip_is_wrong_in_its_own_words(name, capsys):
    task = EXERCISES[name]
    assert said(capsys, name, task.expected()) == f"{name} is right. {task.well_done}\n"
    for slip, remark in task.slips:
        text = said(capsys, name, slip())
        assert text.startswith(f"{name} is not right yet. {remark}\n")
        assert f'se.checks.hint("{name}")' in text
    assert len({remark for _, remark in task.slips}) == len(task.slips)


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("nothing", [..., None])
def test_an_unattempted_exercise_is_told_kindly_what_to_do(name, nothing, capsys):
    text = said(capsys, name, nothing)
    assert text.startswith(f"{name} is still open. Put ")
    assert "not right" not in text
    assert f'se.checks.hint("{name}")' in text


@pytest.mark.parametrize("name", EXERCISES)
def test_there_are_three_hints_from_a_nudge_on(name, capsys):
    hints = EXERCISES[name].hints
    assert len(set(hints)) == 3
    for level, hint in enumerate(hints, start=1):
        checks.hint(name, level)
        text = capsys.readouterr().out
        assert text.startswith(f"{name}, hint {level} of 3: {hint}\n")
        assert (f'se.checks.hint("{name}", {level + 1})' in text) == (level < 3)
    checks.hint(name)
    assert capsys.readouterr().out.startswith(f"{name}, hint 1 of 3")


@pytest.mark.parametrize("function", [checks.check, checks.hint])
def test_an_unknown_exercise_is_an_error_that_lists_those_of_its_lesson(function):
    form = r"exercise must be a lesson's two digits, a dot and a number, in quotes, such as \"04.1\"; "
    for name in ("4.1", 4.1, "04.7", 4, "4"):
        with pytest.raises(ValueError, match=rf"{form}lesson 04 has 04.1, 04.2, 04.3; got {name!r}$"):
            function(name, 1)
    for name in ("99.1", "lesson 4", "", None, ["04.1"], EqualsEverything()):
        with pytest.raises(ValueError, match=rf"{form}got "):
            function(name, 1)


def test_a_hint_that_does_not_exist_is_an_error():
    for level in (0, 4):
        with pytest.raises(ValueError, match=f"level must be from 1 to 3, got {level}"):
            checks.hint("04.1", level)
    with pytest.raises(TypeError, match="level must be a whole number"):
        checks.hint("04.1", "1")


@pytest.mark.parametrize(
    "convert",
    [list, tuple, np.array, lambda v: np.array(v, dtype=np.float32), lambda v: [np.float64(x) for x in v],
     lambda v: [fractions.Fraction(x).limit_denominator(100) for x in v], lambda v: [x + 0.0004 for x in v]],
)  # fmt: skip
def test_lists_tuples_arrays_and_numbers_near_enough_are_alike(convert, capsys):
    assert is_right(capsys, "04.1", convert(EXERCISES["04.1"].expected()))


SHARE = 1 / 3


@pytest.mark.parametrize(
    "share",
    [SHARE, fractions.Fraction(1, 3), np.float64(SHARE), np.float32(SHARE), np.array(SHARE), [SHARE], np.array([SHARE]),
     0.3333, 0.333],
)  # fmt: skip
def test_one_number_may_come_in_many_forms(share, capsys):
    assert is_right(capsys, "04.3", share)


def test_whole_numbers_of_any_kind_will_do(capsys):
    for number in (-150, -150.0, np.int64(-150), np.int16(-150)):
        assert is_right(capsys, "00.2", number)
    whole = round(EXERCISES["03.2"].expected())
    for number in (whole, np.uint16(whole)):
        assert is_right(capsys, "03.2", number)


def backwards(context, state, params, rng):
    for arm in (2, 1, 0):
        if state.pulls[context][arm] == 0:
            return arm, 1
    return (state.sums[context] / state.pulls[context]).argmax(), 1


def nearly_greedy(context, state, params, rng):
    n, total = state.pulls[context], state.sums[context]
    if n.min() == 0:
        return n.argmin(), 1
    return (total / n + np.sqrt(0.02 * np.log(params.horizon) / n)).argmax(), 1


class WhatLooksWorse:
    """Lesson 03's leader that explores and commits, but with the worse average: in the trap that is the better one."""

    def __init__(self, explore):
        self.explore = explore

    def start(self, horizon, n_leader, n_follower, rng):
        self.pulls, self.sums = [0] * n_leader, [0.0] * n_leader

    def choose(self):
        for action, pulls in enumerate(self.pulls):
            if pulls < self.explore:
                return action
        return self.sums.index(min(self.sums))

    def observe(self, action, reward):
        if self.pulls[action] < self.explore:
            self.pulls[action] += 1
            self.sums[action] += reward


def first_corner(game):
    hers, its = game.leader[:2, :2], game.follower[:2, :2]
    return int(((hers >= hers.max(axis=0) - 0.01) & (its >= its.max(axis=1, keepdims=True) - 0.01)).sum())


def within_one_percent(game):
    hers, its = game.leader, game.follower
    return int(((hers >= 0.99 * hers.max(axis=0)) & (its >= 0.99 * its.max(axis=1, keepdims=True))).sum())


def rounded(T):
    return round((T * np.sqrt(np.log(T)) / 2) ** (2 / 3))


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("02.3", backwards),  # each arm once, in whatever order
        ("08.2", rounded),
        ("01.2", [0.125, 0.062]),  # 1/16 to three places, either way
        ("01.2", [0.125, 0.063]),
        ("02.2", [2, 141, 71]),
        # just enough, though 0.7 - 0.2 < 0.5 and 0.8 - 0.7 > 0.1 in floating point
        ("12.3", se.StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.2, 0.1], [0.7, 0.2]])),
        ("14.2", se.StackelbergGame([[1, 0.2]], [[0.8, 0.7]])),
    ],
)
def test_what_is_right_in_another_way_or_just_enough_is_right(exercise, answer, capsys):
    assert is_right(capsys, exercise, answer)


@pytest.mark.parametrize("share", [1 / 3 + 0.0006, 1 / 3 - 0.0006, 0, 1, -1 / 3])
def test_outside_the_tolerance_is_wrong_and_says_in_which_direction(share, capsys):
    text = said(capsys, "04.3", share)
    assert f"Your number is {share:.6g}, which is too {'large' if share > 1 / 3 else 'small'}." in text


def test_what_is_wrong_comes_before_what_is_right(capsys):
    text = said(capsys, "04.1", [0.6, 0.1, 0.55, 0.7])
    assert text.startswith(
        "04.1 is not right yet. The number for follower in Ĩ is 0.7, which is too large. (3 of 4 are"
    )
    assert "0.2" not in text  # the solution is not given away


@pytest.mark.parametrize(
    ("exercise", "answer", "remark"),
    [
        ("04.3", "1/7", "Your answer is text, '1/7'. Leave out the quotes."),
        ("04.3", True, "Your answer is of type bool."),
        ("04.3", np.True_, "Your answer is of type bool"),
        ("04.3", 1 / 7 + 0j, "Your answer is of type complex."),
        ("04.3", float("nan"), "Your answer is nan. It must be a finite number."),
        ("04.3", float("inf"), "Your answer is inf."),
        ("00.2", 10**400, "Your answer is inf."),
        ("04.3", decimal.Decimal(1) / 7, "Your answer is of type Decimal."),
        ("04.3", {1 / 7}, "Your answer is of type set."),
        ("04.3", [1, 7], "Your answer has 2 entries. We need a number (to within 0.0005)."),
        ("04.3", [], "Your answer has 0 entries."),
        ("04.3", lambda: 1 / 7, "This is a function. Call it, and answer with a number (to within 0.0005)."),
        (
            "04.1",
            [0.6, 0.1, 0.5],
            "Your answer has 3 entries. We need a list of 4 numbers (to within 0.0005): leader in I, follower in I",
        ),
        ("04.1", [0.6, 0.1, ..., 0.6], "Entry 3 still holds dots."),
        ("04.1", [0.6, 0.1, None, 0.6], "Entry 3 is None. Put a number there."),
        ("04.1", {0.6: 0.1}, "Your answer is of type dict. We need a list of 4 numbers"),
        ("04.1", True, "Your answer is of type bool. We need a list of 4 numbers"),
        ("04.1", [[0.6, 0.1], [0.5, 0.6]], "Your answer has 2 entries."),
        ("04.1", np.array(["a", "b", "c", "d"]), "Entry 1 is text, 'a'."),
        ("04.1", "0.6, 0.1", "Your answer is text, '0.6, 0.1'."),
        ("04.1", 0.6, "Your answer has 1 entry."),
        ("04.1", [[0.6, 0.1, 0.55, 0.2]], "Your answer has 1 entry. We need a list of 4 numbers"),
        ("02.2", [2.3, 141, 71], "The number for part 1 is 2.3, which is too large. (2 of 3 are right.)"),
        ("02.3", nearly_greedy, "In our run 2 yours plays the three arms 1, 249, 50 times"),
        ("03.3", WhatLooksWorse(200), "In the game with 0.9 for her at (a1, b2), it gives 200 of 1000 rounds"),
        ("07.2", lambda gaps: [0.0, 0.0], "Number 1 of what your function returns at ("),
        ("12.2", first_corner, "Your function at (a 2×3 game of ours) is 1, which is too small."),
        ("12.2", within_one_percent, "Your function at ([[0.5, 0.6]"),
        ("04.2", 0.5, "We need the function itself"),
        ("04.2", "kl", "We need the function itself: write its name, without quotes"),
        ("04.2", lambda pulls, delta, sigma: [..., 1], "Your function at (1, 0.5, 1) has 2 entries. It should return"),
        ("04.2", lambda pulls, delta, sigma: None, "Your function at (1, 0.5, 1) returns nothing. It should return a"),
        (
            "02.3",
            len,
            "While we tried your answer, it stopped: plan of followers.Custom must take (context, state, params, rng)",
        ),
        ("02.3", lambda *told: None, "While we tried your answer, it returned nothing. Is a `return` missing?"),
        ("02.3", lambda *told: 0, "While we tried your answer, it stopped: in round 1 the follower followers.Custom"),
    ],
)
def test_answers_of_the_wrong_kind_are_told_what_would_be_right(exercise, answer, remark, capsys):
    text = said(capsys, exercise, answer)
    assert text.startswith(f"{exercise} is not right yet. {remark}")
    assert f'se.checks.hint("{exercise}")' in text


def test_a_grader_gets_an_error_unless_the_answer_is_right(capsys):
    checks.check("04.3", 1 / 3, strict=True)
    assert capsys.readouterr().out.startswith("04.3 is right.")
    for answer, remark in (
        (1 / 7, "04.3 is not right yet."),
        (..., "04.3 is still open."),
        ("1/3", "04.3 is not right"),
    ):
        with pytest.raises(AssertionError, match=re.escape(remark)) as caught:
            checks.check("04.3", answer, strict=True)
        checks.check("04.3", answer)
        assert capsys.readouterr().out == f"{caught.value}\n"


def test_the_line_is_the_readers_where_the_package_itself_complains(capsys):
    def kl(pulls, delta, sigma):
        return se.Bounds  # a name that there is not

    assert "stopped, in line" in (text := said(capsys, "04.2", kl))
    assert "return se.Bounds  # a name that there is not" in text
    bare = {}
    exec("def kl(pulls, delta, sigma): return 1 / 0", bare)
    del bare["__builtins__"]
    assert "Python says ZeroDivisionError" in said(capsys, "04.2", bare["kl"])


@pytest.mark.parametrize("name", EXERCISES)
def test_an_object_that_equals_everything_satisfies_nothing(name, capsys):
    impostors = [
        EqualsEverything(),
        FloatLike(0.5),
        [EqualsEverything()] * 4,
        [EqualsEverything()] * 3,
        [FloatLike(1)] * 4,
    ]
    impostors += [
        np.array([EqualsEverything()] * 4, dtype=object),
        np.zeros(4).view(ArrayLike),
        type("L", (list,), {})(),
    ]
    impostors += [lambda *arguments: EqualsEverything(), lambda *arguments: FloatLike(1)]
    for impostor in impostors:
        assert not is_right(capsys, name, impostor)


def test_a_function_is_tried_at_several_points(capsys):
    assert is_right(capsys, "04.2", lambda pulls, delta, sigma: 4.5 * pulls * (delta / sigma) ** 2)
    assert is_right(capsys, "04.2", lambda n, d, s: np.array(4.5 * n * d**2 / s**2))
    assert "at (100, 0.05, 1) is 0.7" in said(capsys, "04.2", lambda n, d, s: 1.125 if n == 1 else 0.7)


def test_an_exception_becomes_a_message_with_the_readers_own_line(capsys):
    def helper(x):
        return x / 0  # boom

    def kl(pulls, delta, sigma):
        return helper(pulls)

    text = said(capsys, "04.2", kl)
    line = helper.__code__.co_firstlineno + 1
    assert f"Your function at (1, 0.5, 1) stopped, in line {line}: return x / 0  # boom\n" in text
    assert "Python says ZeroDivisionError: division by zero" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("name", [name for name in EXERCISES if EXERCISES[name].calls or name == "02.3"])
def test_a_function_whose_dots_are_still_there_counts_as_not_attempted(name, capsys):
    text = said(capsys, name, lambda *arguments: ...)
    assert text.startswith(f"{name} is still open. Your function still returns dots. Put your own code in their place")
    assert "not right" not in text
    assert f'se.checks.hint("{name}")' in text


@pytest.mark.parametrize("name", [name for name in EXERCISES if EXERCISES[name].calls])
def test_a_function_of_other_arguments_is_told_how_it_is_called(name, capsys):
    text = said(capsys, name, lambda: 1)
    assert re.search(r"is not right yet\. Your function must take \(\w.*\), but it takes \(\)\.\n", text)


def _leader(**methods):
    return type("Mine", (), methods)()


def _choose(self):
    return 0


def _see(self, action, reward):
    pass


STOPPED = "While we tried your answer, it stopped:"


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (_leader(choose=_choose), f"{STOPPED} observe of the leader Mine must be a function of (action, reward), got"),
        (type(_leader(choose=_choose)), f"{STOPPED} observe of the leader Mine must be a function of (action, rewar"),
        (_leader(choose=_see, observe=_see), f"{STOPPED} choose of the leader Mine must take (), but it takes (acti"),
        (_leader(choose=_choose, observe=_choose), f"{STOPPED} observe of the leader Mine must take (action, rewa"),
        (_leader(choose=_choose, observe=_see, sees_response=True), f"{STOPPED} observe of the leader Mine must take"),
        (_leader(choose=_choose, observe=_see, start=_choose), f"{STOPPED} start of the leader Mine must take (horizo"),
        (lambda *told: (0, 1), f"{STOPPED} leader must be a learner of stackedu.leaders, a pair of functions (plan, o"),
        ((lambda *told: (0, 1), lambda state: 0), f"{STOPPED} observe of leaders.Custom must take (context, state, p"),
        (_leader(choose=lambda self: None, observe=_see), "While we tried your answer, it returned nothing. Is a `ret"),
        (se.leaders.Custom(lambda *told: 0), "While we tried your answer, it stopped: in round 1 the leader lead"),
        (se.leaders.UCB(), "That is one of the library's leaders. Write one of your own."),
        (se.leaders.UCB, "While we tried your answer, it stopped: leader must be a learner, got the class UCB; write"),
        (se.followers.UCB(), "While we tried your answer, it stopped: leader must be one of stackedu.leaders, got the"),
    ],
)  # fmt: skip
def test_a_learner_of_ones_own_is_told_what_it_lacks(answer, remark, capsys):
    assert said(capsys, "14.3", answer).startswith(f"14.3 is not right yet. {remark}")


def test_exceptions_without_a_line_of_the_readers_are_readable_too(capsys):
    text = said(capsys, "12.2", len)
    assert "Your function at (explore trap) stopped: object of type 'StackelbergGame' has no len()\n" in text

    def inside_numpy(pulls, delta, sigma):
        return np.linalg.inv(np.zeros((2, 2)))

    text = said(capsys, "04.2", inside_numpy)
    assert ": return np.linalg.inv(np.zeros((2, 2)))\nPython says LinAlgError: Singular matrix" in text


def test_the_message_names_the_line_within_a_notebook_cell(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("def kl(pulls, delta, sigma):\n    twice = 2\n    return pulls[0]")
    text = said(capsys, "04.2", shell.user_ns["kl"])
    assert "in line 3: return pulls[0]\nPython says TypeError: 'int' object is not subscriptable" in text


def _exercise(**kind):
    return Exercise("?", hints=("a", "b", "c"), well_done="Well done.", **kind)


def _judge(answer):
    if not isinstance(answer, se.StackelbergGame):
        return "We need a game."
    return "" if answer.shape == (2, 2) and answer.leader[0, 0] > answer.leader[1, 1] else "The diagonal must fall."


@pytest.fixture
def other_kinds(monkeypatch):
    made = {
        "word": _exercise(expected=lambda: "a1", choices=("a1", "a2", "both"), slips=[(lambda: "both", "Only one.")]),
        "pairs": _exercise(expected=lambda: lambda game: game.leader[0], calls=[(se.games.explore_trap(),)]),
        "game": _exercise(
            expected=lambda: se.games.explore_trap(), judge=_judge, wanted="a 2×2 game whose diagonal falls"
        ),
    }
    monkeypatch.setattr(checks, "EXERCISES", made)


@pytest.mark.parametrize(
    ("exercise", "answer", "remark"),
    [
        ("word", ..., "still open. Put one of 'a1', 'a2', 'both' in place"),
        ("word", "a1", "right. Well done."),
        ("word", "a2", "not right yet. It is not 'a2'."),
        ("word", "both", "not right yet. Only one."),
        ("word", "A1", "not right yet. Your answer is 'A1'. We need one of 'a1', 'a2', 'both', with the quotes."),
        ("word", EqualsEverything(), "not right yet. Your answer is of type EqualsEverything."),
        ("word", type("S", (str,), {"__eq__": lambda self, other: True, "__hash__": str.__hash__})("a2"), "not right"),
        ("pairs", lambda game: list(game.leader[0]), "right."),
        ("pairs", lambda game: game.leader[1], "not right yet. Number 1 of what your function returns at (explore"),
        ("pairs", lambda game: 0.6, "not right yet. Your function at (explore trap) has 1 entry."),
        ("pairs", lambda game: [0.6, EqualsEverything()], "not right yet. Entry 2 is of type EqualsEverything."),
        ("game", ..., "still open. Put a 2×2 game whose diagonal falls in place of the dots"),
        ("game", EqualsEverything(), "not right yet. We need a game."),
        ("game", se.games.explore_trap(), "right."),
        ("game", se.games.zero_sum([[0.1, 0], [0, 0.9]]), "not right yet. The diagonal must fall."),
    ],
)  # fmt: skip
def test_words_lists_from_functions_and_judged_answers(exercise, answer, remark, other_kinds, capsys):
    assert said(capsys, exercise, answer).startswith(f"{exercise} is {remark}")


def test_what_a_judge_stumbles_over_is_told_with_the_readers_line(monkeypatch, capsys):
    def use(answer):
        return "" if answer.shape == 2 else "?"

    monkeypatch.setattr(checks, "EXERCISES", {"x": _exercise(expected=lambda: None, judge=use, wanted="a game")})

    class Broken:
        @property
        def shape(self):
            return 1 / 0  # here

    text = said(capsys, "x", Broken())
    assert re.search(r"While we tried your answer, it stopped, in line \d+: return 1 / 0  # here\n", text)
    assert "Python says ZeroDivisionError" in text


def test_an_interrupt_is_not_swallowed():
    def impatient(pulls, delta, sigma):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.check("04.2", impatient)


def test_a_good_installation_says_so_and_prints_no_versions(capsys):
    checks.installation()
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "All is well." in printed.out
    assert not re.search(r"\d", printed.out)


def test_what_is_said_while_compiling_stays_out_of_the_lesson(monkeypatch, capsys):
    monkeypatch.setattr("stackedu.simulation.warm_up", lambda: print("compiling …", file=sys.stderr))
    checks.installation()
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "All is well." in printed.out


def test_a_missing_or_old_package_is_named_with_its_remedy(monkeypatch, capsys):
    have = metadata.version

    def version(name):
        if name == "ipywidgets":
            raise metadata.PackageNotFoundError(name)
        return {"numpy": "1.9.3", "matplotlib": "3.10.0"}.get(name) or have(name)

    monkeypatch.setattr(checks.metadata, "version", version)
    checks.installation()
    text = capsys.readouterr().out
    assert text.startswith(
        "Something is missing:\n- numpy is 1.9.3, but 1.26 or later is needed. In a new cell: %pip install"
    )
    assert '- ipywidgets is not installed. In a new cell: %pip install "ipywidgets>=8.0"' in text
    assert "matplotlib" not in text  # 3.10 is newer than 3.8
    assert "pytest" not in text
    assert "Restart" in text
    assert "All is well" not in text


def test_a_simulation_that_fails_is_explained(monkeypatch, capsys):
    def broken():
        raise RuntimeError("llvm is ill")

    monkeypatch.setattr("stackedu.simulation.warm_up", broken)
    checks.installation()
    assert "- the simulation stopped with RuntimeError: llvm is ill." in capsys.readouterr().out


def test_numba_switched_off_is_noticed(monkeypatch, capsys):
    monkeypatch.setattr(compiling, "has_numba", lambda: False)
    checks.installation()
    assert "- numba is switched off" in capsys.readouterr().out
    monkeypatch.setattr(sys, "platform", "emscripten")
    checks.installation()
    assert "All is well" in capsys.readouterr().out


def test_checks_are_reached_from_the_package():
    assert se.checks.check is checks.check
