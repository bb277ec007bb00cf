"""Every explorer in a real browser, by mouse and by keyboard, with all that can go wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import Page, write_notebook

pytestmark = pytest.mark.browser

NAMES = ["game_explorer", "twin_instances", "duel", "what_the_leader_sees", "waiting_time", "promises", "play"]
CELLS = ["import stackedu as se\nse.warm_up()", *(f"se.widgets.{name}()" for name in NAMES)]
SLIDERS = {
    "game_explorer": ["ε (error)", "γ (tolerance)"],
    "twin_instances": ["δ (gap at a1)", "T (rounds)", "γ (tolerance)"],
    "duel": ["γ (tolerance)"],
    "what_the_leader_sees": ["overlap (share)", "noise σ"],
    "waiting_time": ["E (wait)", "T (rounds)"],
    "promises": [],
}
MENUS = {
    "game_explorer": ["game"],
    "twin_instances": ["leader", "follower", "benchmark"],
    "duel": ["game", "leader", "follower", "benchmark"],
    "what_the_leader_sees": [],
    "waiting_time": ["game"],
    "promises": ["follower", "game"],
}
TEXTS = {
    "game_explorer": {"leader's payoffs": ["0.6 0.2\n0.5 0.1", "0.1"], "follower's payoffs": ["0.7"]},
    "twin_instances": {"runs": [3, 4], "seed": [1, 2]},
    "duel": {
        "T (rounds)": [2000, 3000], "runs": [3, 4], "seed": [1, 2],
        "leader's parameters": ["confidence=1", "confidence=0.5"],
        "follower's parameters": ["confidence=1.5", "confidence=1"],
    },
    "what_the_leader_sees": {"leader's pulls of each action": [30, 40], "runs": [6, 7], "seed": [1, 2]},
    "waiting_time": {"runs": [4, 5], "seed": [1, 2]},
    "promises": {
        "T (rounds)": [3000, 4000], "runs": [5, 6], "seed": [1, 2],
        "follower's parameters": ["confidence=0.5", "confidence=0.01"],
    },
}  # fmt: skip


CHOICES = "button:not(:text('start again'), :text('stop and debrief'))"


@pytest.fixture(scope="module")
def page(lab):
    return lab("explorers.ipynb", *CELLS)


@pytest.fixture(autouse=True)
def no_faults(request):
    """No test may leave a page error or a request to an outside host behind."""
    yield
    if "page" in request.fixturenames:
        assert request.getfixturevalue("page").faults == []


@pytest.fixture
def other(lab, request):
    """A notebook of one's own, to be closed."""
    opened = lab(f"{request.node.name}.ipynb", CELLS[0], "se.widgets.twin_instances()", "se.widgets.duel()")
    yield opened
    opened.page.close()
    assert opened.faults == []


def box_of(page, name):
    return page.box(NAMES.index(name))


# ---------------------------------------------------------------- looking and moving


@pytest.mark.parametrize("name", NAMES)
def test_it_is_seen_whole_on_a_small_laptop(page, name):
    box = box_of(page, name)
    assert box.box.bounding_box()["height"] < 660, "controls, words and picture fit between the bars of 1280 × 800"
    width = box.box.evaluate("box => [box.scrollWidth, box.clientWidth]")
    assert width[0] <= width[1], "nothing is wider than the cell"
    image = box.box.locator("img")
    assert len(image.get_attribute("alt")) > 60
    assert image.bounding_box()["width"] == pytest.approx(float(image.get_attribute("width")), abs=20), "not shrunk"


@pytest.mark.parametrize("name", SLIDERS)
def test_texts_and_menus_answer(page, name):
    box = box_of(page, name)
    for label, values in TEXTS[name].items():
        for value, end in zip(values, ("Tab", "Enter"), strict=False):
            if "payoffs" in label and len(values) == 1:  # both tables must agree: the first edit is answered by words
                box.write(label, value)
                continue
            box.after(lambda: box.write(label, value, "Tab" if "payoffs" in label else end))  # noqa: B023
    for label in MENUS[name]:
        menu = box.field(label)
        if (name, label) == ("duel", "benchmark"):  # a game on which benchmarks differ
            box.after(lambda: box.field("game").select_option("Theorem 1: I, δ = 0.5/√T"))
        here = menu.evaluate("menu => menu.selectedIndex")
        box.after(lambda: menu.select_option(index=0 if here else 1))  # noqa: B023
        box.after(lambda: menu.press("ArrowDown" if here else "ArrowUp"))  # noqa: B023
    assert box.box.get_by_role("alert").all_inner_texts() == []


@pytest.mark.parametrize("name", SLIDERS)
def test_sliders_answer_to_mouse_and_keyboard(page, name):
    box = box_of(page, name)
    if name == "duel":  # a game on which γ matters
        box.field("game").select_option("Theorem 1: I, δ = 0.5/√T")
        box.settle()
    if name in ("duel", "twin_instances"):
        box.field("benchmark").select_option("γ-tolerant")
        box.settle()
    for label in SLIDERS[name]:
        handle = box.slider(label)
        keys, way = (["ArrowLeft", "ArrowRight"] if label[0] in "TE" else ["Home", "End"]), -400
        if label[0] == "ε":  # starts at its low end
            keys, way = ["End", "Home"], 400
        for key in keys:
            box.after(lambda: handle.press(key))  # noqa: B023

        def drag(handle=handle, way=way):
            place = handle.bounding_box()
            x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
            box.page.mouse.move(x, y)
            box.page.mouse.down()
            box.page.mouse.move(x + way, y, steps=4)
            box.page.mouse.up()

        box.after(drag)
    assert box.box.get_by_role("alert").all_inner_texts() == []


def test_rapid_moves_are_gathered_and_the_last_one_wins(page):
    box = box_of(page, "twin_instances")
    box.page.evaluate(
        "box => { window.drawn = 0; new MutationObserver(all => window.drawn += all.some(one => "
        "[...one.addedNodes].some(node => node.nodeName === 'IMG'))).observe(box, {childList: true, subtree: true}) }",
        box.box.element_handle(),
    )
    handle = box.slider("δ (gap at a1)")
    handle.press("Home")
    handle.focus()
    for _ in range(30):
        box.page.keyboard.press("ArrowRight")
    delta = float(handle.get_attribute("aria-valuetext"))
    assert delta == pytest.approx(0.031)
    box.box.get_by_text("2δ = 0.062").wait_for()
    assert box.page.evaluate("window.drawn") < 20, "31 moves"


def test_two_explorers_at_once(page):
    first, second = box_of(page, "duel"), box_of(page, "promises")
    before = first.state(), second.state()
    first.write("seed", 77)
    second.write("seed", 78)
    for box, old in zip((first, second), before, strict=True):
        box.changed(old)
        assert box.box.get_by_role("alert").all_inner_texts() == []


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("name", "label", "value", "sentence"),
    [
        ("game_explorer", "leader's payoffs", "0.6, \n0.5, 0.4", "leader's payoffs[0, 1] must be a number in"),
        ("game_explorer", "leader's payoffs", "0.6, x\n0.5, 0.4", "leader's payoffs[0, 1] must be a number in"),
        ("game_explorer", "follower's payoffs", "1.2", "follower's payoffs[0, 0] must be a number in [0, 1], got 1.2"),
        ("game_explorer", "leader's payoffs", "", "leader's payoffs: the number of rows must be from 1 to 6, got 0"),
        ("duel", "T (rounds)", "0", "T (rounds) must be from 1 to"),
        ("duel", "T (rounds)", "1e15", "T (rounds) must be at most"),
        ("duel", "runs", "1e6", "runs must be from 1 to 10000, got 1000000"),
        ("duel", "seed", "-1", "seed must be at least 0, got -1"),
        ("duel", "leader's parameters", "confidence=-1", "confidence of leaders.UCB must be at least 0"),
        ("duel", "follower's parameters", "patience=3", "follower's parameters of"),
        ("duel", "leader's parameters", "2", "leader's parameters of UCB are confidence; got '2'"),
        ("twin_instances", "runs", "1e6", "runs must be from 1 to 10000"),
        ("what_the_leader_sees", "leader's pulls of each action", "1", "leader's pulls of each action must be from 2"),
        ("waiting_time", "runs", "none", "runs must be a whole number, got 'none'"),
        ("promises", "T (rounds)", "0.5", "T (rounds) must be a whole number, got 0.5"),
    ],
)
def test_a_bad_value_is_answered_beside_the_control(page, name, label, value, sentence):
    box = box_of(page, name)
    field = box.field(label)
    if label == "leader's parameters":
        box.field("leader").select_option("UCB")
        box.settle()
    good, picture = field.input_value(), box.box.locator("img").get_attribute("src")
    box.write(label, value)
    assert box.alert().startswith(f"⚠ {sentence}")
    assert (
        box.box.get_by_role("alert")
        .locator("xpath=ancestor::*[contains(@class, 'widget-hbox')][1]")
        .get_by_label(label, exact=True)
        .count()
    ), "beside its control"
    assert box.box.locator("img").get_attribute("src") == picture, "the result stays"
    box.write(label, good)
    box.box.get_by_role("alert").wait_for(state="detached")
    box.settle()


def test_a_slider_takes_no_value_below_its_range(page):
    box = box_of(page, "game_explorer")
    readout = box.box.get_by_role("textbox", name="γ (tolerance)")
    readout.fill("-1")
    readout.press("Enter")
    assert readout.inner_text() == "0.00"


def test_a_slow_run_is_cancelled(page):
    box = box_of(page, "duel")
    box.after(lambda: box.write("runs", 100))
    picture = box.box.locator("img").get_attribute("src")
    box.write("T (rounds)", 2e7)
    box.button("cancel").press("Enter")
    assert "Cancelled" in box.alert()
    assert box.button("cancel").count() == 0, "hidden again"
    assert box.box.locator("img").get_attribute("src") == picture
    box.write("runs", 5)
    box.after(lambda: box.write("T (rounds)", 1000))
    assert box.box.get_by_role("alert").all_inner_texts() == []


def test_a_notebook_closed_during_a_run_and_opened_again(other):
    box = other.box(1)
    box.write("T (rounds)", 1e8)
    box.button("cancel").wait_for()
    other.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    other.page.evaluate("() => { jupyterapp.commands.execute('application:close') }")
    other.page.locator(".stackedu").first.wait_for(state="detached")
    other.page.reload()
    other.run_all(3)
    other.box(1).after(lambda: other.box(1).write("seed", 5))


def test_the_kernel_restarted_under_a_live_explorer(other):
    box = other.box(0)
    other.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    box.slider("δ (gap at a1)").press("ArrowRight")  # nobody listens; nothing breaks
    other.run_all(3)
    again = other.box(0)
    again.after(lambda: again.slider("δ (gap at a1)").press("ArrowRight"))


# ---------------------------------------------------------------- a game


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_a_game_is_played_to_its_debrief(page, role):
    box = box_of(page, "play")
    box.field("you are the").select_option(role)
    box.field("against").select_option("UCB")
    box.write("rounds", "many")
    box.button("start again").click()
    assert "rounds must be a whole number, got 'many'" in box.alert()
    box.write("rounds", 4)
    box.after(lambda: box.button("start again").press("Enter"))  # the game before may say "Round 1 of 4" too
    assert "Round 1 of 4" in box.words()
    choices = box.box.locator(CHOICES)
    assert choices.count() == 3
    for i in range(4):
        act = choices.nth(i % 3).click if i % 2 else (lambda i=i: choices.nth(i % 3).press("Enter"))
        box.after(act)
    words = box.words()
    assert "Debrief" in words
    assert "Best in hindsight: " in words
    assert "▶ you" in words
    assert "ThompsonSampling" in words
    assert all(choices.nth(i).is_disabled() for i in range(3))
    box.button("start again").click()
    box.box.get_by_text("Round 1 of 4").wait_for()


# ---------------------------------------------------------------- for everybody


@pytest.mark.parametrize("name", NAMES)
def test_every_control_is_reached_by_tab_has_a_name_and_shows_the_focus(page, name):
    box = box_of(page, name)
    wanted = box.box.evaluate(
        "box => [...box.querySelectorAll('input, select, textarea, button, [role=slider]')]"
        ".filter(one => one.offsetParent && !one.disabled).length"
    )
    reached = []
    box.box.locator("input, select, textarea, button, [role=slider]").first.focus()
    for _ in range(3 * wanted):
        here = box.page.evaluate(
            "box => { const one = document.activeElement; if (!box.contains(one)) return null;"
            "const style = getComputedStyle(one), label = one.labels?.[0]?.textContent || one.textContent;"
            "return [one.getAttribute('aria-label') || label, one.getAttribute('role') || one.nodeName,"
            " style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]; }",
            box.box.element_handle(),
        )
        if here is None:
            break
        reached.append(here)
        box.page.keyboard.press("Tab")
    assert len([role for _, role, _ in reached if role != "textbox"]) == wanted
    assert all(label.strip() for label, _, _ in reached)
    # the first was focussed by the test, not by a key
    assert [one for one in reached[1:] if not one[2]] == []
    tree = box.box.aria_snapshot()
    assert "- slider\n" not in tree + "\n"
    assert "- textbox\n" not in tree + "\n"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_is_found_by_axe(page, theme):
    from axe_playwright_python.sync_playwright import Axe

    page.page.evaluate(
        f"() => jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {theme.title()}'}})"
    )
    page.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(theme == 'light').lower()}'")
    box_of(page, "duel").write("runs", "0")
    box_of(page, "duel").alert()
    found = Axe().run(page.page, context={"include": [[".stackedu"]]}).response
    assert len(found["passes"]) > 10
    assert [
        (one["impact"], one["id"], one["nodes"][0]["html"])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ] == []


def test_the_same_notebook_in_voila(chromium, serve, tmp_path):
    write_notebook(tmp_path / "explorers.ipynb", CELLS)
    command = "voila explorers.ipynb --template=stackedu --no-browser --port={port} --Voila.ip=127.0.0.1"
    page = Page(chromium, serve(tmp_path, *command.split()))
    page.page.locator(".stackedu").nth(len(NAMES) - 1).locator("img").wait_for()
    box = page.box(NAMES.index("twin_instances"))
    box.after(lambda: box.slider("δ (gap at a1)").press("ArrowRight"))
    game = page.box(NAMES.index("play"))
    game.after(lambda: game.box.locator(CHOICES).first.click())
    duel = page.box(NAMES.index("duel"))
    duel.write("T (rounds)", "0")
    assert "T (rounds) must be from 1 to" in duel.alert()
    page.page.close()
    assert page.faults == []


@pytest.mark.skipif("STACKEDU_SCREENSHOTS" not in os.environ, reason="STACKEDU_SCREENSHOTS=folder asks for screenshots")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_screenshots(lab, theme):
    folder = Path(os.environ["STACKEDU_SCREENSHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    debrief = "game = se.widgets.play(rounds=9)\nfor i in range(9): game.choose(i % 3)\ngame"
    fresh = lab(f"{theme}.ipynb", *CELLS, debrief, theme=theme)
    for index, name in enumerate([*NAMES, "debrief"]):
        fresh.page.locator(".stackedu").nth(index).evaluate("box => box.scrollIntoView({block: 'start'})")
        fresh.page.wait_for_timeout(500)
        fresh.page.screenshot(path=folder / f"{theme}-{name}.png")
    fresh.page.close()
