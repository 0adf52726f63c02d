"""The tables, as a spreadsheet reads them."""

import csv
import io

from zerosweep.config.schemas import Objective
from zerosweep.report.repeats import Group, PairedDifference
from zerosweep.report.table import difference_table, format_cell, group_table, run_table


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_for_each_run(run):
    runs = [
        run({"bn": "false"}, status="FAILED", error="ValueError: one line\nand more"),
        run({"bn": "true"}, 0.5, metrics={"train/loss": 0.25}),
        run({"bn": "false", "seed": "1"}, 1 / 3, verdict="diverged", diverged_at="12"),
        run({"bn": "true", "seed": "1"}, 0.9),
    ]
    table = run_table(runs, ["bn"], Objective())
    rows = read(table.csv())
    assert [row["run_id"] for row in rows] == [runs[i].run_id for i in (3, 1, 2, 0)]
    columns = "run_id,status,verdict,bn,seed,objective,train/loss,val/accuracy,seconds,diverged_at,error,config_id"
    assert table.csv().splitlines()[0] == columns
    assert [row["objective"] for row in rows] == ["0.9", "0.5", "", ""]
    assert rows[1]["train/loss"] == "0.25"
    assert rows[2] | {"run_id": "", "config_id": ""} == {
        "run_id": "",
        "status": "FINISHED",
        "verdict": "diverged",
        "bn": "false",
        "seed": "1",
        "objective": "",
        "train/loss": "",
        "val/accuracy": repr(1 / 3),
        "seconds": "0.5",
        "diverged_at": "12",
        "error": "",
        "config_id": "",
    }
    assert rows[3]["status"] == "FAILED"
    assert rows[3]["error"] == "ValueError: one line"


def test_commas_quotes_and_lines_survive(run):
    name = 'a "b", [100,100]\nc'
    rows = read(
        run_table([run({"model.hidden": name}), run({"model.hidden": "x"})], ["model.hidden"], Objective()).csv()
    )
    assert rows[0]["model.hidden"] == name


def test_no_runs_are_a_head_alone():
    assert run_table([], [], Objective()).csv().splitlines() == [
        "run_id,status,verdict,seed,objective,seconds,diverged_at,error,config_id"
    ]


def test_statistics_as_tables():
    groups = [Group(("true",), 2, 1, 0, 0.5, 0.1, (0.4, 0.6)), Group(("false",), 1, 0, 2, 0.25, None, None)]
    rows = read(group_table(groups, ["bn"]).csv())
    assert list(rows[0].values()) == ["true", "2", "1", "0", "0.5", "0.1", "0.4", "0.6"]
    assert list(rows[1].values()) == ["false", "1", "0", "2", "0.25", "", "", ""]
    (row,) = read(difference_table([PairedDifference("bn", "false", "true", 3, 1, 0.5, (0.1, 0.9), 0.01, 0.02)]).csv())
    assert list(row.values()) == ["bn", "true", "false", "3", "1", "0.5", "0.1", "0.9", "0.01", "0.02"]


def test_cells_for_people():
    assert [format_cell(cell) for cell in (None, "", 0.123456, 3, "adam", 1e-12)] == [
        "–",
        "–",
        "0.1235",
        "3",
        "adam",
        "1e-12",
    ]
