"""The widget around a `Match`: settings, one button per action, what was seen, regret so far, and the debrief."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any

import ipywidgets as W
import numpy as np

from stackedu import plots
from stackedu.catalogue import BENCHMARKS, FOLLOWERS, LEADERS, TOLERANT
from stackedu.match import STORIES, Match
from stackedu.widgets.controls import choice, entry, read, slider
from stackedu.widgets.frame import alert, dressed, flow, in_labels, panels, table, tables


class Board(W.VBox):  # type: ignore[misc]
    """What `play` shows: ``match`` is the game, ``choices`` its buttons; ``text``, ``picture``, ``details``."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.controls, self._axes = settings, panels(2.5, (1,), 0.55)
        self.start = W.Button(description="start again", tooltip="a new game with these settings")
        self.stop = W.Button(description="stop and debrief", tooltip="end the game here")
        self.start.on_click(lambda _: self.begin())
        self.stop.on_click(lambda _: self.finish())
        self.choices, (self.problem, self.text, self.picture, self.details) = flow(()), (W.HTML() for _ in range(4))
        settings_row = flow([*settings.values(), self.start, self.stop])
        dressed(self, settings_row, self.problem, self.text, self.choices, self.details, self.picture)
        for name in ("benchmark", "gamma"):
            settings[name].observe(lambda _: self.redraw(), "value")
        self.begin()

    def __repr__(self) -> str:
        return "A game to play appears here when this cell is run."  # what a stored lesson shows before

    def begin(self) -> None:
        """Start again; there is no undo."""
        try:
            match = Match(**{setting.name: read(self.controls[setting.name]) for setting in fields(Match)})
        except (ValueError, TypeError) as error:
            self.problem.value = alert(in_labels(str(error), self.controls))
            return
        self.match, self.ended = match, False
        buttons = [W.Button(description=label, layout=W.Layout(width="max-content")) for label in match.labels]
        for action, button in enumerate(buttons):
            button.on_click(lambda _, action=action: self.choose(action))
        self.choices.children = buttons
        self.redraw()

    def choose(self, action: int) -> None:
        """Play one round, as a click on the button does."""
        if not self.ended:
            self.match.choose(action)
            self.ended = self.match.over
            self.redraw()

    def finish(self) -> None:
        """Stop early and see what the game was, once there is something to talk about."""
        self.ended = bool(self.match.history)
        self.redraw()

    def redraw(self) -> None:
        """Show where the game stands."""
        match = self.match
        level = BENCHMARKS[self.controls["benchmark"].value](match.game, self.controls["gamma"].value)
        for button in self.choices.children:
            button.disabled = self.ended
        lost = match.regrets(level)
        ax = plots.recycle(self._axes[0])
        t = np.arange(1, lost.shape[1] + 1)
        for values, style in zip(lost, plots.PLAYERS, strict=True):
            ax.plot(t, values, **style, marker="o", markersize=3)
        ax.axhline(0, color=plots.QUIET, linewidth=0.8)
        ax.set(xlim=(0.5, match.rounds + 0.5), ylim=(min(lost.min(initial=0) - 0.2, -0.5), lost.max(initial=0) + 0.8))
        end = f"leader {lost[0, -1]:.3g}, follower {lost[1, -1]:.3g}" if len(t) else "nothing yet"
        alt = f"Regret so far of both players after {len(t)} of {match.rounds} rounds: {end}."
        plots.finish(ax, alt, "round", "regret so far", f"You are the {match.role}", 2)
        self.problem.value, self.text.value = "", f"<p>{self._now()}</p>"
        self.details.value = self._debrief(level, lost) if self.ended else self._seen()
        self.picture.value = plots.img(ax.figure)  # last, as in every explorer

    def _now(self) -> str:
        match = self.match
        words = STORIES[match.story, match.role]
        if match.history:
            a, b, reward = match.history[-1]
            words = f"You chose “{escape(match.labels[a if match.leads else b])}” and got <b>{reward:.2f}</b>."
        if self.ended:
            return f"{words} That was the last of {len(match.history)} rounds."
        words += f" Round {len(match.history) + 1} of {match.rounds}:"
        if match.asked is None:
            return f"{words} your choice?"
        return f"{words} the other side chose “<b>{escape(match.game.leader_actions[match.asked])}</b>”. Your answer?"

    def _seen(self) -> str:
        """What the player could have noted so far."""
        match = self.match
        rewards: dict[tuple[str, ...], list[float]] = {}
        for a, b, reward in match.history:
            key = (match.labels[a],) if match.leads else (match.game.leader_actions[a], match.labels[b])
            rewards.setdefault(key, []).append(reward)
        head = (*(() if match.leads else ("asked",)), "you chose", "times", "average reward")
        rows = [(*key, len(each), float(np.mean(each))) for key, each in sorted(rewards.items())]
        return table("What you have seen", head, rows) if rows else ""

    def _debrief(self, level: Any, lost: np.ndarray) -> str:
        match, scores = self.match, self.match.scores(level)
        place = [name for name, *_ in scores].index("you") + 1
        rows = [(f"{'▶ ' * (name == 'you')}{name}", first, second) for name, first, second in scores]
        words = f"<b>Debrief.</b> Place <b>{place} of {len(scores)}</b> against {escape(repr(match.opponent))}."
        return f"<p>{words} Best in hindsight: {escape(match.best())}.</p>" + tables(
            f'<div style="max-width: 475px">{match.game._repr_html_()}{self._seen()}</div>',
            table(f"Regret, same seed, {len(match.history)} rounds", ("in your place", "leader", "follower"), rows),
        )


def play(
    story: str = "chatbot", role: str = "leader", opponent: Any = "UCB", rounds: int = 30, seed: int = 0,
    noise_sd: float = 0.2, benchmark: str = TOLERANT, gamma: float = 0.1,
) -> Board:  # fmt: skip
    """Be the leader or the follower of a hidden game against a learner; in the end see what it was.

    >>> play(rounds=3).match.over
    False
    """
    settings: dict[str, tuple] = {
        "story": (choice, story, "story", ["chatbot", "recommender"]),
        "role": (choice, role, "you are the", ["leader", "follower"]),
        "opponent": (choice, opponent, "against", {**FOLLOWERS, **LEADERS}.keys()),
        "rounds": (entry, rounds, "rounds", 120),
        "seed": (entry, seed, "seed", 100),
        "noise_sd": (slider, noise_sd, "noise σ", 0, 1, 0.05),
        "benchmark": (choice, benchmark, "benchmark", BENCHMARKS.keys()),
        "gamma": (slider, gamma, "γ (tolerance)", 0, 0.5, 0.005),
    }
    Match(story, role, opponent, rounds, seed)  # a wrong initial value is the caller's error
    return Board({name: kind(name, value, {}, *rest) for name, (kind, value, *rest) in settings.items()})
