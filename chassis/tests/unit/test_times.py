"""Days, times and zones: only what is written as RFC 3339 has it, and zones that name a place."""

import zoneinfo
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from chassis.app import Api, build
from chassis.settings import ProcessSettings
from chassis.times import Day, LocalTime, Moment
from chassis.zones import TimeZone, use_packaged_zones, zone_names

DAY: TypeAdapter[date] = TypeAdapter(Day)
LOCAL_TIME: TypeAdapter[time] = TypeAdapter(LocalTime)
MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
ZONE: TypeAdapter[str] = TypeAdapter(TimeZone)


def test_what_is_written_as_rfc_3339_has_it_is_read() -> None:
    assert DAY.validate_python("2026-12-31") == date(2026, 12, 31)
    assert LOCAL_TIME.validate_python("18:30") == LOCAL_TIME.validate_python("18:30:00") == time(18, 30)
    noon = datetime(2026, 12, 31, 12, tzinfo=UTC)
    for written in ("2026-12-31T12:00:00Z", "2026-12-31T17:30:00+05:30", "2026-12-31t12:00:00.000z"):
        assert MOMENT.validate_python(written) == noon


@pytest.mark.parametrize(
    ("adapter", "bad"),
    [
        (
            DAY,
            [
                0,
                86400,
                "86400",
                "1798156800",
                "20261231",
                "2026-W53-4",
                "2026-366",
                "2026-12-31T00:00:00Z",
                "",
                "2026-02-30",
                "26-12-31",
                "2026-1-1",
                "２０２６-12-31",
                "-2026-12-31",
                " 2026-12-31",
                None,
                True,
                [],
            ],
        ),
        (
            LOCAL_TIME,
            [
                0,
                3600,
                "3600",
                "1830",
                "6:30",
                "18",
                "18:30Z",
                "18:30+05:30",
                "25:00",
                "PT18H",
                "18:30:60",
                "१८:३०",
                None,
            ],
        ),
        (
            MOMENT,
            [
                0,
                1798156800,
                "1798156800",
                "1798156800.5",
                "20261231T120000Z",
                "2026-12-31",
                "2026-12-31T12:00:00",
                "2026-W53-4T12:00:00Z",
                "2026-12-31T12Z",
                "2026-12-31T25:00:00Z",
                "2026-12-31T12:00:00+25:00",
                "0001-01-01T00:00:00+14:00",  # before the first and after the last year, in UTC
                "9999-12-31T23:59:59-14:00",
                "2026-12-31T12:00:00 Z",
                "now",
                None,
                {},
            ],
        ),
    ],
)
def test_numbers_digits_and_week_dates_are_no_days_and_times(adapter: TypeAdapter[Any], bad: list[Any]) -> None:
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Japan", "UTC"])
def test_a_zone_names_a_place_or_is_utc(zone: str) -> None:
    assert ZONE.validate_python(zone) == zone


@pytest.mark.parametrize(
    "zone",
    [
        "localtime",
        "Factory",
        "posixrules",
        "SystemV/EST5",
        "US/Pacific-New",
        "Etc/GMT+5",
        "right/Asia/Kolkata",
        "posix/Asia/Kolkata",
        "EST",
        "CET",
        "PST8PDT",
        "GMT",
        "+05:30",
        "asia/kolkata",
        "Asia",
        "Asia/Kolkata ",
        "",
        "../etc/passwd",
        "/usr/share/zoneinfo/UTC",
        "zone.tab",
    ],
)
def test_what_names_no_place_is_no_zone(zone: str) -> None:
    with pytest.raises(ValidationError):
        ZONE.validate_python(zone)


def test_zones_are_those_of_the_package_whatever_the_machine_has(tmp_path: Path) -> None:
    """On a machine whose Kolkata lies in Berlin."""
    berlin = resources.files("tzdata").joinpath("zoneinfo", "Europe", "Berlin").read_bytes()
    (tmp_path / "Asia").mkdir()
    (tmp_path / "Asia" / "Kolkata").write_bytes(berlin)
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    try:
        zoneinfo.reset_tzpath([tmp_path])
        assert noon.astimezone(zoneinfo.ZoneInfo.no_cache("Asia/Kolkata")).hour == 14
        use_packaged_zones()
        assert noon.astimezone(zoneinfo.ZoneInfo.no_cache("Asia/Kolkata")).hour == 17
    finally:
        zoneinfo.reset_tzpath()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {}


def test_a_process_reads_the_zones_of_the_package() -> None:
    try:
        build(Api("probe", ()), ProcessSettings(), lifespan=lifespan)
        assert zoneinfo.TZPATH == ()
    finally:
        zoneinfo.reset_tzpath()


def test_every_zone_that_is_accepted_can_be_read() -> None:
    for name in zone_names():
        assert resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).is_file(), name
