"""Each help desk's file says all that reading its export takes, and its sample row is read as what it means."""

import csv
import pkgutil
from pathlib import Path

import numpy as np
import pytest

from simulator.calibration.exports import vendors
from simulator.calibration.exports.columns import recognise
from simulator.calibration.exports.reading import read_export
from simulator.calibration.exports.table import FIELDS
from simulator.calibration.exports.vendors import VENDORS
from simulator.calibration.exports.vendors.vendor import Vendor, plain

by_name = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])
KNOWN = {field.name for field in FIELDS}


def sample(vendor: Vendor, folder: Path) -> Path:
    file = folder / "export.csv"
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(vendor.sample)
        writer.writerow(vendor.sample.values())
    return file


def test_every_file_of_a_vendor_is_in_the_list() -> None:
    files = {module.name for module in pkgutil.iter_modules(vendors.__path__)} - {"vendor"}
    assert {vendor.name for vendor in VENDORS} == {getattr(vendors, file).VENDOR.name for file in files}
    assert len(files) == len(VENDORS)


@by_name
def test_a_vendor_says_how_its_columns_are_told_and_read(vendor: Vendor) -> None:
    assert vendor.signs
    assert vendor.columns.keys() <= KNOWN
    assert {"created_at", "intent", "agent", "id", "status"} <= vendor.columns.keys()
    named = {name for names in vendor.columns.values() for name in names}
    assert vendor.units.keys() <= named
    assert set(vendor.words) <= vendor.columns.keys()
    assert {caveat.field for caveat in vendor.caveats} <= vendor.columns.keys()
    assert all(name == plain(name) for name in (*vendor.signs, *named))
    for words in vendor.words.values():
        assert all(word == word.casefold() for word in words)


@by_name
def test_no_two_vendors_are_told_by_the_same_column(vendor: Vendor) -> None:
    assert not any(vendor.signs & other.signs for other in VENDORS if other is not vendor)


@by_name
def test_a_sample_row_is_recognised_and_each_field_that_it_holds_is_found(vendor: Vendor) -> None:
    found = recognise("export.csv", list(vendor.sample), FIELDS, None)
    assert found.vendor == vendor.name
    columns = {plain(column) for column in vendor.sample}
    held = {name for name, names in vendor.columns.items() if columns.intersection(names)}
    said_by_moments = {"first_response", "resolution", "first_resolution"}
    assert held - found.columns.keys() <= said_by_moments


@by_name
def test_a_sample_row_is_read_as_what_it_means(vendor: Vendor, tmp_path: Path) -> None:
    export = read_export(sample(vendor, tmp_path), zone="UTC", day_first=False).export
    assert len(export) == 1
    assert np.datetime64(int(export.created[0]), "s") == np.datetime64("2026-03-02T09:14:00")
    assert (export.resolved[0] - export.created[0]) / 60 == pytest.approx(110)
    if "handle" in vendor.columns:
        assert export.handle_minutes[0] == pytest.approx(15)
    if "satisfaction" in vendor.columns:
        assert export.satisfaction[0] == pytest.approx(5)
    if "met_sla" in vendor.columns:
        assert export.met_sla[0] == pytest.approx(1)
