"""The command: bad input gets one sentence with the remedy, the right exit code, and loses nothing."""

import json
import logging
import os
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from crawler import answers
from crawler.cli import app
from crawler.command.terminal import open_settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def command(tmp_path: Path, gxcrawl: Any) -> Any:
    """Run `gxcrawl` with an empty data folder."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GXCRAWL_")}

    def run(*words: str, **environment: str) -> Any:
        return gxcrawl(*words, environment={**clean, "GXCRAWL_DATA": str(tmp_path / "data"), **environment})

    return run


def one_sentence(done: Any, code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for part in said:
        assert part in done.stderr


# ---- sites and settings


def test_an_unknown_site_suggests_the_nearest(command: Any) -> None:
    one_sentence(command("run", "--site", "ninxia", "--replica"), 2, "Did you mean 'ningxia'")


def test_a_run_without_a_site_says_which_there_are(command: Any) -> None:
    one_sentence(command("run"), 2, "--site NAME", "henan, hunan, jiangsu")


def test_a_host_that_is_not_the_sites_is_refused(command: Any) -> None:
    one_sentence(
        command("run", "--site", "henan", "--portal", "www.nx.gov.cn", "--replica"), 2, "www.jiyuan.gov.cn"
    )


def test_a_broken_site_file_names_file_and_line(command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "sites"
    folder.mkdir(parents=True)
    (folder / "henan.toml").write_text('name = "henan\n')
    done = command("run", "--site", "henan", "--replica", GXCRAWL_CONFIG=str(tmp_path / "config"))
    one_sentence(done, 2, "henan.toml is not valid TOML", "line 1")


def test_what_is_due_is_told_beside_a_broken_site_file_and_exits_in_part(
    command: Any, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "sites"
    config.mkdir(parents=True)
    (config / "shandong.toml").write_bytes(Path("config/sites/shandong.toml").read_bytes())
    (config / "broken.toml").write_text('name = "broken"\ntitle = ', "utf-8")
    done = command("schedule", "next", "--json", GXCRAWL_CONFIG=str(tmp_path / "config"))
    assert [entry["site"] for entry in json.loads(done.stdout)] == ["shandong"]
    assert (done.returncode, "broken.toml" in done.stderr) == (3, True)


def test_a_broken_settings_file_names_file_and_key(command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "gxcrawl.toml").write_text('timeout = "soon"\n')
    done = command("status", GXCRAWL_CONFIG=str(folder))
    one_sentence(done, 1, str(folder / "gxcrawl.toml"), "timeout")


def test_a_setting_that_there_is_not_is_called_unknown(command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "gxcrawl.toml").write_text('proxi = "http://127.0.0.1:9"\n')
    done = command("status", GXCRAWL_CONFIG=str(folder))
    one_sentence(done, 1, "key proxi is unknown")
    assert "GXCRAWL_PROXI" not in done.stderr


def test_a_misspelt_variable_is_refused_and_the_one_that_is_meant_named(command: Any) -> None:
    done = command("status", GXCRAWL_PROXI="http://127.0.0.1:9")
    one_sentence(done, 1, "The variable GXCRAWL_PROXI", "Is GXCRAWL_PROXY meant?")


def test_a_data_folder_that_cannot_be_made_is_said_so(command: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one_sentence(command("status", GXCRAWL_DATA=str(tmp_path / "file" / "data")), 1, "GXCRAWL_DATA")


# ---- the store


@pytest.mark.parametrize("words", [("status",), ("verify",), ("query", "st_r01"), ("history", "x", "2018")])
def test_a_store_that_is_absent_is_said_to_be_absent(
    command: Any, words: tuple[str, ...], tmp_path: Path
) -> None:
    one_sentence(command(*words), 1, "There is no store at", "gxcrawl run --site NAME")
    assert not (tmp_path / "data" / "store.db").exists()


def test_an_archive_that_is_absent_is_not_said_to_be_indexed(command: Any) -> None:
    one_sentence(command("archive", "index"), 1, "There is no archive at", "gxcrawl run --site NAME")


def test_a_newer_store_is_refused_and_left_as_it_is(command: Any, tmp_path: Path) -> None:
    assert command("db", "upgrade").returncode == 0
    store = tmp_path / "data" / "store.db"
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (("status",), ("run", "--site", "henan", "--replica"), ("db", "upgrade"), ("verify",)):
        one_sentence(command(*words), 1, "made by a newer gxcrawl", "Nothing was changed")
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_an_empty_store_file_is_refused_by_questions_and_filled_by_the_upgrade(
    command: Any, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "store.db").write_bytes(b"")
    one_sentence(command("status"), 1, "gxcrawl db upgrade")
    assert command("db", "upgrade").returncode == 0
    assert command("status").returncode == 3


def test_a_store_that_is_no_database_is_said_so(command: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "store.db").write_text("not a database at all, but long enough to be one" * 50)
    one_sentence(command("status"), 1, "no SQLite database")


def test_a_log_that_cannot_be_opened_does_not_hide_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the whole folder is read-only: the command goes on to say its sentence."""
    monkeypatch.setenv("GXCRAWL_DATA", str(tmp_path))
    monkeypatch.setattr(logging, "raiseExceptions", True)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    (tmp_path / "log" / "gxcrawl.log").mkdir(parents=True)
    open_settings()
    logging.getLogger("crawler").error("the store cannot be used")
    assert list((tmp_path / "log" / "gxcrawl.log").iterdir()) == []


def test_a_store_url_that_is_none_is_said_so(command: Any) -> None:
    one_sentence(command("status", GXCRAWL_STORE_URL="nonsense"), 1, "no database URL")


# ---- questions


def test_an_unknown_indicator_names_the_nearest(command: Any) -> None:
    one_sentence(command("query", "ar.t3.new_recieved.total"), 2, "ar.t3.new_received.total")


@pytest.mark.parametrize("years", ["20", "2025-2019", "soon", "2019-"])
def test_years_that_are_none_are_refused(command: Any, years: str) -> None:
    one_sentence(command("query", "st_r01", "--years", years), 2, "2019-2025")


# ---- parse


def test_a_missing_file_and_a_folder_are_said_to_be_that(command: Any, tmp_path: Path) -> None:
    one_sentence(command("parse", str(tmp_path / "absent.html")), 1, "does not exist")
    one_sentence(command("parse", str(tmp_path)), 1, "is a folder")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.html", b"", "empty"),
        ("noise.bin", bytes(range(256)) * 40, "no report"),
        ("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        ("nul.txt", b"\x00" * 5000, "empty"),
        ("story.txt", "今天天气很好，我们去公园。\n".encode() * 20, ""),
        ("list.html", b"<html><body><ul><li><a href=a.html>2020</a></ul></body></html>", ""),
    ],
)
def test_a_file_that_is_no_report_prints_null_and_why(
    command: Any, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    done = command("parse", "--json", str(path))
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert (done.returncode, found["report"]) == (3, None)
    assert found["source"]["path"] == str(path)
    assert found["findings"]
    assert said in found["findings"][0]["message"]
    plain = command("parse", str(path))
    assert (plain.returncode, "no annual report" in plain.stdout) == (3, True)


def test_one_bad_file_does_not_keep_the_others_from_being_read(command: Any, tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text(
        "试县司法局2020年政府信息公开工作年度报告\n\n一、总体情况\n\n2020年，我局未收到政府信息公开申请。\n\n"
        "六、其他需要报告的事项\n\n无。\n",
        "utf-8",
    )
    done = command("parse", "--json", str(tmp_path / "absent.txt"), str(good))
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert json.loads(done.stdout)["report"]["year"] == 2020


def test_a_fact_is_told_in_words() -> None:
    assert answers._fact({"行政许可": 6, "行政处罚": 14}) == "行政许可 6, 行政处罚 14"
    assert (answers._fact(True), answers._fact(["一", "二"]), answers._fact(170)) == ("yes", "一, 二", "170")


# ---- what is written about the command


def commands(group: Any, prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, entry in group.commands.items():
        deeper = getattr(entry, "commands", None)
        found += commands(entry, f"{prefix}{name} ") if deeper else [prefix + name]
    return found


def test_every_command_has_help_and_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in commands(typer.main.get_command(app)):
        first, *rest = name.split()
        assert re.search(rf"gxcrawl {first}|{first} ", readme), name
        assert all(word in readme for word in rest), name
        done = CliRunner().invoke(app, [*name.split(), "--help"])
        assert done.exit_code == 0
        assert "Usage" in done.stdout


def test_sites_can_be_listed_shown_and_checked(command: Any, tmp_path: Path) -> None:
    assert "ningxia" in command("sites", "list").stdout
    shown = command("sites", "show", "ningxia").stdout
    assert "known until" in shown
    assert "inferred" in shown
    checked = command("sites", "check", "shandong", "--replica", "--json")
    assert checked.returncode == 0, checked.stderr
    (column,) = json.loads(checked.stdout)["columns"]
    assert (column["host"], column["verdict"], column["reports"]) == ("www.weishan.gov.cn", "ok", 5)
    assert not (tmp_path / "data" / "store.db").exists()


def test_a_column_that_gives_nothing_is_shown_by_the_check(command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "sites"
    shutil.copytree(ROOT / "config" / "sites", folder)
    text = (folder / "henan.toml").read_text("utf-8")
    (folder / "henan.toml").write_text(
        text.replace('path = "/zfxxgk/zfxxgknb/"', 'path = "/wrong/"'), "utf-8"
    )
    done = command("sites", "check", "henan", "--replica", "--json", GXCRAWL_CONFIG=str(tmp_path / "config"))
    assert done.returncode == 3
    verdicts = {column["column"]: column["verdict"] for column in json.loads(done.stdout)["columns"]}
    assert verdicts["/wrong/"] == "not_found"
