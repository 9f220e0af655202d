"""A soak's verdict: what rises is found, however its process was replaced, and the curves are whole SVG."""

import os
import xml.etree.ElementTree as ET

from bench.soak import drawn, verdict
from bench.soak_samples import Sample, lives, of_process, slope_an_hour


def a_run(*, grows_an_hour: float) -> list[Sample]:
    """Ten minutes of a process that was replaced after one."""
    return [
        Sample(
            at=at,
            processes={("booking", 1 if at < 60 else 2): (100 + grows_an_hour * at / 3600, 30.0, 12.0)},
            queued=0,
            latencies=[10.0, 20.0, 30.0],
        )
        for at in range(0, 600, 5)
    ]


def test_what_stays_level_is_flat_and_what_rises_is_named() -> None:
    rows, is_flat = verdict(a_run(grows_an_hour=5))
    assert is_flat
    assert not any("BEYOND" in row[2] for row in rows)
    rows, is_flat = verdict(a_run(grows_an_hour=60))
    assert not is_flat
    assert [row[0] for row in rows if "BEYOND" in row[2]] == ["booking, MB"]


def test_each_life_of_a_process_has_a_curve_of_its_own() -> None:
    assert [len(life) for life in lives(a_run(grows_an_hour=0), 0)["booking"]] == [12, 108]


def test_a_life_too_short_has_no_slope() -> None:
    assert slope_an_hour([(0.0, 1.0), (5.0, 2.0), (10.0, 3.0)]) is None


def test_curves_are_whole_svg() -> None:
    picture = ET.fromstring(drawn(a_run(grows_an_hour=5), [(30.0, "kill -9 <booking>")]))  # noqa: S314  our own
    assert len(picture.findall("{http://www.w3.org/2000/svg}polyline")) == 2 * 3 + 1 + 2


def test_a_process_that_runs_is_measured_and_one_that_does_not_is_none() -> None:
    measured = of_process(os.getpid())
    assert measured is not None
    assert measured[0] > 1
    assert measured[1] >= measured[2]
    assert of_process(2**22) is None
