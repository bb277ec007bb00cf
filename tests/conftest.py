"""What every test run begins with."""

from __future__ import annotations

import stackedu as se


def pytest_sessionstart(session):
    """Compile everything once: a lesson's stored outputs know nothing of the line that says so."""
    if not session.config.option.collectonly:
        se.warm_up()
