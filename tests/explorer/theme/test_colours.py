"""Contrasts and distances of the colours (look.md, sections 2 and 4)."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from cmap import Colormap

from explorer.theme.ramps import VALUES, ramp
from explorer.theme.tokens import THEMES, Tokens, rgb

GROUNDS = ("chrome", "canvas", "panel", "raised", "hover")
LEAST = {
    "control": (3.9, 3.4, 5.5),
    "text": (12.3, 15.0, 14.4),
    "text2": (7.3, 7.0, 10.3),
    "text3": (4.9, 4.8, 7.5),
    "accent": (6.1, 5.4, 7.3),
    "ok": (7.1, 5.0, 8.8),
    "warn": (8.2, 5.3, 9.4),
    "danger": (6.0, 5.0, 7.1),
}
ON_ACCENT = {"dark": 8.0, "light": 6.3, "presenter": 10.1}
DARK_DISTANCES = (20.4, 13.8, 16.2, 13.5)
DISTANCES = {
    "dark": DARK_DISTANCES, "light": (21.5, 11.3, 12.4, 10.7), "presenter": DARK_DISTANCES,
}  # fmt: skip
TEXT = ("text", "text2", "text3", "accent", "ok", "warn", "danger")
# Machado, Oliveira, Fernandes 2009, severity 100, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "deuteran": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                          [-0.011820, 0.042940, 0.968881]]),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


def linear(colour: str) -> np.ndarray:
    c = np.array(rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """WCAG 2."""
    light = sorted(float(linear(c) @ (0.2126, 0.7152, 0.0722)) for c in (a, b))
    return (light[1] + 0.05) / (light[0] + 0.05)


def cam02_ucs(rgb_linear: np.ndarray) -> np.ndarray:
    """J', a', b' of CAM02-UCS (Luo, Cui, Li 2006) under D65, La = 64 / (5 pi), Yb = 20."""
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                       [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
    cat = np.array([[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061],
                    [0.0030, 0.0136, 0.9834]])  # fmt: skip
    hpe = np.array([[0.38971, 0.68898, -0.07868], [-0.22981, 1.18340, 0.04641], [0, 0, 1]])
    white = to_xyz @ np.ones(3) * 100
    la, yb = 64 / np.pi / 5, 20.0
    k = 1 / (5 * la + 1)
    fl = 0.2 * k**4 * (5 * la) + 0.1 * (1 - k**4) ** 2 * (5 * la) ** (1 / 3)
    n = yb / white[1]
    nbb, z = 0.725 * n**-0.2, 1.48 + n**0.5
    d = 1 - np.exp((-la - 42) / 92) / 3.6
    adapt = d * white[1] / (cat @ white) + 1 - d

    def response(xyz: np.ndarray) -> np.ndarray:
        cone = hpe @ np.linalg.inv(cat) @ (adapt * (cat @ xyz))
        power = (fl * np.abs(cone) / 100) ** 0.42
        return np.sign(cone) * 400 * power / (27.13 + power) + 0.1

    def achromatic(r: np.ndarray) -> float:
        return float((2 * r[0] + r[1] + r[2] / 20 - 0.305) * nbb)

    r = response(to_xyz @ rgb_linear * 100)
    a, b = r[0] - 12 * r[1] / 11 + r[2] / 11, (r[0] + r[1] - 2 * r[2]) / 9
    hue = np.arctan2(b, a)
    j = 100 * (max(achromatic(r), 0) / achromatic(response(white))) ** (0.69 * z)
    e = (np.cos(hue + 2) + 3.8) / 4
    t = 50000 / 13 * nbb * e * np.hypot(a, b) / (r[0] + r[1] + 21 * r[2] / 20)
    m = t**0.9 * (j / 100) ** 0.5 * (1.64 - 0.29**n) ** 0.73 * fl**0.25
    m = np.log1p(0.0228 * m) / 0.0228
    return np.array([1.7 * j / (1 + 0.007 * j), m * np.cos(hue), m * np.sin(hue)])


def nearest_pair(colours: tuple[str, ...], vision: str) -> float:
    seen = [cam02_ucs(np.clip(VISION[vision] @ linear(c), 0, 1)) for c in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


@pytest.mark.parametrize(("column", "name"), [(0, "dark"), (1, "light"), (2, "presenter")])
@pytest.mark.parametrize("token", tuple(LEAST))
def test_that_a_token_has_the_contrast_of_the_table(column: int, name: str, token: str) -> None:
    theme = THEMES[name]
    lowest = min(contrast(getattr(theme, token), getattr(theme, ground)) for ground in GROUNDS)
    assert lowest >= LEAST[token][column] - 0.06


@pytest.mark.parametrize("theme", tuple(THEMES.values()), ids=lambda t: t.name)
def test_that_text_and_controls_are_seen_on_every_ground(theme: Tokens) -> None:
    """What WCAG asks: 4.5 for words, 3 for the outline of a control."""
    for ground in GROUNDS:
        under = getattr(theme, ground)
        assert min(contrast(getattr(theme, token), under) for token in TEXT) >= 4.5
        assert contrast(theme.control, under) >= 3.0
    assert contrast(theme.onaccent, theme.accent) >= ON_ACCENT[theme.name] - 0.06


def test_that_the_table_covers_every_token() -> None:
    """A new token is judged here, or is a ground, or decoration."""
    judged = {*LEAST, *GROUNDS, "onaccent", "selbg", "line", "grid"}
    colours = {f.name for f in dataclasses.fields(Tokens) if f.type == "str"} - {"name"}
    assert judged == colours


@pytest.mark.parametrize("theme", tuple(THEMES.values()), ids=lambda t: t.name)
def test_that_words_can_be_read_on_the_accent_and_on_a_selected_row(theme: Tokens) -> None:
    assert contrast(theme.onaccent, theme.accent) >= 4.5
    assert contrast(theme.text, theme.selbg) >= 4.5
    assert contrast(theme.text2, theme.selbg) >= 4.5


@pytest.mark.parametrize("theme", tuple(THEMES.values()), ids=lambda t: t.name)
def test_that_every_run_colour_is_seen_on_canvas_and_panel(theme: Tokens) -> None:
    for colour in theme.runs:
        assert min(contrast(colour, theme.canvas), contrast(colour, theme.panel)) >= 3.0


@pytest.mark.parametrize("name", tuple(DISTANCES))
def test_that_run_colours_keep_their_distance_in_every_vision(name: str) -> None:
    found = [nearest_pair(THEMES[name].runs, vision) for vision in VISION]
    assert found == pytest.approx(DISTANCES[name], abs=0.6)


def test_that_every_colour_is_six_hexadecimal_digits() -> None:
    for theme in THEMES.values():
        for value in (*dataclasses.asdict(theme).values(), *theme.runs):
            if isinstance(value, str) and value.startswith("#"):
                assert len(value) == 7
                int(value[1:], 16)


def lightness(colour: np.ndarray) -> float:
    """J' of CAM02-UCS, 0 to 100, from sRGB in [0, 1]."""
    on_linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(cam02_ucs(on_linear)[0])


def test_that_the_colours_of_kl_rise_steadily_in_lightness() -> None:
    table = np.asarray(Colormap("crameri:lipari").lut(64)[:, :3], float)
    found = [lightness(colour) for colour in table]
    assert min(np.diff(found)) > 0
    assert (found[0], found[-1]) == pytest.approx((9, 97), abs=1.0)


@pytest.mark.parametrize("theme", tuple(THEMES.values()), ids=lambda t: t.name)
@pytest.mark.parametrize("name", VALUES)
def test_that_a_ramp_goes_one_way_and_stands_out_from_the_canvas(theme: Tokens, name: str) -> None:
    found = [lightness(colour) for colour in ramp(name, theme.canvas)[::8].astype(float)]
    steps = np.diff(found)
    assert (steps > -0.5).all() or (steps < 0.5).all()
    hexes = ["#" + "".join(f"{round(255 * c):02X}" for c in rgb_) for rgb_ in
             ramp(name, theme.canvas)[::16].astype(float)]  # fmt: skip
    assert min(contrast(colour, theme.canvas) for colour in hexes) >= 1.9
