"""Colours: readers with colour blindness tell the series apart, in the light and in the dark dress.

Simulated with the matrices of Machado, Oliveira and Fernandes (2009, IEEE TVCG 15(6), severity 1.0), applied to linear
RGB; distances are Euclidean in CIELAB (D65), where about 2.3 is just noticeable.
"""

import itertools

import numpy as np
import pytest

from simulator.report.charts.theme import COLOURS, SERIES

SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip
TO_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
WHITE = np.array([0.95047, 1.0, 1.08883])
APART = 14.0


def linear(colour):
    shares = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    x, y, z = (
        np.cbrt(share) if share > (6 / 29) ** 3 else share / (3 * (6 / 29) ** 2) + 4 / 29
        for share in TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one, other):
    """Give WCAG's contrast of two colours."""
    low, high = sorted(float(linear(colour) @ TO_XYZ[1]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dress", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_readers_tell_every_two_series_apart(sight, dress):
    seen = {role: lab(SIGHT[sight] @ linear(COLOURS[role][dress])) for role in SERIES}
    distances = {pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in itertools.combinations(SERIES, 2)}
    nearest = min(distances, key=distances.get)
    assert distances[nearest] >= APART, (nearest, distances[nearest])


@pytest.mark.parametrize("dress", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(dress):
    surface = COLOURS["surface"][dress]
    assert contrast(COLOURS["ink"][dress], surface) >= 7
    assert contrast(COLOURS["muted"][dress], surface) >= 4.5


def test_the_measure_of_distance_is_cielab():
    black, white = lab(linear("#000000")), lab(linear("#ffffff"))
    assert np.linalg.norm(white - black) == pytest.approx(100, abs=0.01)
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
