"""The floors against the equations of sections 3 and 7, solved by SciPy, and the theory's printed values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from stackedu.bounds import linear_regret_floor, tolerant_regret_floor


def tv(kl):
    bretagnolle_huber = math.sqrt(1 - math.exp(-kl))
    return min(math.sqrt(kl / 2), bretagnolle_huber, 1 - math.exp(-kl) / 2)


def linear(T, delta, sigma=1.0):
    def equation(x):
        return x - (0.6 - delta) * (1 - 10 * x - tv(5 * x * T * delta**2 / sigma**2))

    return T * brentq(equation, 0, 1, xtol=1e-16, rtol=1e-14)


def tolerant(T, delta, B=2, sigma=1.0):
    def equation(x):
        return 3 * x - 2 * delta * T * (1 - tv(4 * delta**2 * x / (sigma**2 * (B - 1))))

    return brentq(equation, 0, delta * T, xtol=1e-16, rtol=1e-14)


@pytest.mark.parametrize("T", [1, 1000, 10**6, 10**12])
@pytest.mark.parametrize("kappa", [0.01, 0.1, 0.5, 1, 3])
@pytest.mark.parametrize("sigma", [0.5, 1, 2])
def test_linear_floor_solves_its_equation(T, kappa, sigma):
    delta = min(kappa / math.sqrt(T), 0.3)
    assert linear_regret_floor(T, delta, sigma) == pytest.approx(linear(T, delta, sigma), rel=1e-11)


@pytest.mark.parametrize("T", [1, 1000, 10**6, 10**12])
@pytest.mark.parametrize("kappa", [0.05, 0.5, 1, 3])
@pytest.mark.parametrize(("B", "sigma"), [(2, 1), (3, 0.5), (10, 2)])
def test_tolerant_floor_solves_its_equation(T, kappa, B, sigma):
    delta = min(kappa * ((B - 1) / T) ** (1 / 3), 1 / 3)
    assert tolerant_regret_floor(T, delta, B, sigma) == pytest.approx(tolerant(T, delta, B, sigma), rel=1e-11)


def test_printed_values_of_the_linear_floor():
    T = 10**8
    assert linear_regret_floor(T, 1e-9) / T == pytest.approx(0.6 / 7, rel=1e-4)
    assert linear_regret_floor(T, 0.5 / math.sqrt(T)) / T == pytest.approx(0.068, abs=5e-4)
    assert linear_regret_floor(100, 0.3) / 100 < linear_regret_floor(100, 0.03) / 100 < 0.6 / 7


def test_printed_values_of_the_tolerant_floor():
    T = 10**6

    def y(kappa, B=2):
        return tolerant_regret_floor(T, kappa * ((B - 1) / T) ** (1 / 3), B) / (T ** (2 / 3) * (B - 1) ** (1 / 3))

    assert y(1) == pytest.approx(0.222, abs=5e-4)
    assert y(0.72) == pytest.approx(0.240, abs=5e-4)
    kappas = np.arange(0.5, 1.2, 0.01)
    assert kappas[np.argmax([y(kappa) for kappa in kappas])] == pytest.approx(0.72, abs=0.015)
    assert y(1, B=9) == pytest.approx(y(1), rel=1e-10)


def test_floors_fall_as_players_learn_more():
    for floor, delta in ((linear_regret_floor, 0.01), (tolerant_regret_floor, 0.1)):
        values = [floor(10**5, delta, noise_sd=sigma) for sigma in (0, 1e-200, 1e-6, 0.01, 0.1, 1, 10)]
        assert values[0] == values[1] == 0
        assert values == sorted(values)
        assert values[2] > 0
    assert tolerant_regret_floor(10**5, 0.1, 2) < tolerant_regret_floor(10**5, 0.1, 5)
    assert linear_regret_floor(2**53, 0.3) / 2**53 < 1e-10


@pytest.mark.parametrize("floor", [linear_regret_floor, tolerant_regret_floor])
@pytest.mark.parametrize(
    ("name", "bad", "error"),
    [
        ("delta", 0, ValueError),
        ("delta", -0.1, ValueError),
        ("delta", 0.34, ValueError),
        ("delta", math.nan, ValueError),
        ("delta", "0.1", TypeError),
        ("noise_sd", -1, ValueError),
        ("noise_sd", math.nan, ValueError),
        ("horizon", 0, ValueError),
        ("horizon", 10.5, ValueError),
        ("horizon", 2**54, ValueError),
        ("rewards", "poisson", ValueError),
    ],
)
def test_bad_arguments(floor, name, bad, error):
    arguments = {"horizon": 1000, "delta": 0.1, name: bad}
    with pytest.raises(error, match=name):
        floor(**arguments)


def test_ranges_of_delta():
    with pytest.raises(ValueError, match="delta"):
        linear_regret_floor(1000, 0.31)
    assert linear_regret_floor(1e3, 0.3) > 0
    assert tolerant_regret_floor(1e3, 1 / 3) > 0
    with pytest.raises(ValueError, match="n_follower_actions"):
        tolerant_regret_floor(1000, 0.1, 1)


@pytest.mark.parametrize("floor", [linear_regret_floor, tolerant_regret_floor])
def test_bernoulli_rewards_are_refused_with_the_reason(floor):
    with pytest.raises(ValueError, match=r"rewards.*bernoulli.*false, because"):
        floor(1000, 0.1, rewards="bernoulli")
