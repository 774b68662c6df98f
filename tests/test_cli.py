"""The command line, without a browser."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from twinkit import cli, content
from twinkit.apps import serve
from twinkit.apps.kit import log
from twinkit.apps.title import slug, title_of


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A small shipped content: one case, one notebook."""
    root = tmp_path / "shipped"
    (root / "data" / "tiny").mkdir(parents=True)
    (root / "data" / "tiny" / "sites.csv").write_text("site\nA\n")
    (root / "notebooks").mkdir()
    (root / "notebooks" / "app_one.ipynb").write_text('{"cells": [], "metadata": {}}')
    monkeypatch.setattr(content, "PACKAGE", root / "twinkit")
    return root


@pytest.fixture(autouse=True)
def log_file(tmp_path, monkeypatch):
    """The log file of these tests."""
    monkeypatch.setenv("TWINKIT_LOG", str(tmp_path / "twinkit.log"))
    return tmp_path / "twinkit.log"


def test_help_answers_without_heavy_imports():
    code = (
        "import sys, twinkit.cli; twinkit.cli.build_parser().format_help(); "
        "print(sorted({'numpy', 'pandas', 'mesa', 'voila', 'matplotlib', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_module_can_be_run():
    done = subprocess.run([sys.executable, "-m", "twinkit", "--version"], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("twinkit ")


def test_without_a_command_it_prints_help(capsys):
    assert cli.main([]) == cli.OK
    assert "open the apps in the browser" in capsys.readouterr().out


def test_run_passes_its_words_on(monkeypatch):
    seen = {}
    monkeypatch.setattr(cli, "run", lambda args: seen.update(vars(args)))
    words = ["run", "tiny", "--events", "port, surge", "--replications", "64", "--seed", "3"]
    assert cli.main(words) == cli.OK
    assert (seen["case"], seen["events"]) == ("tiny", ["port", "surge"])
    assert (seen["replications"], seen["seed"]) == (64, 3)
    assert seen["out"] is seen["scenario"] is seen["periods"] is None


def test_a_number_of_worlds_is_at_least_one(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["run", "tiny", "--replications", "0"])
    assert stopped.value.code == cli.PROBLEMS
    assert "less than 1" in capsys.readouterr().err


def test_problems_of_a_case_are_numbered_sentences(monkeypatch, capsys):
    error = ValueError("two problems")
    error.problems = ["sites.csv: row 3 …", "lanes.csv: row 9 …"]
    monkeypatch.setattr(cli, "run", lambda args: (_ for _ in ()).throw(error))
    assert cli.main(["run", "tiny"]) == cli.PROBLEMS
    assert capsys.readouterr().err == "1. sites.csv: row 3 …\n2. lanes.csv: row 9 …\n"


def test_an_unknown_error_is_a_sentence_and_a_log_file(monkeypatch, capsys, log_file):
    monkeypatch.setattr(cli, "run", lambda args: 1 / 0)
    assert cli.main(["run", "tiny"]) == cli.FAILED
    said = capsys.readouterr().err
    assert "division by zero" in said
    assert str(log_file) in said
    assert "Traceback" not in said
    assert "Traceback" in log_file.read_text()
    with pytest.raises(ZeroDivisionError):
        cli.main(["run", "tiny", "--debug"])


def test_ctrl_c_is_quiet(monkeypatch, capsys):
    monkeypatch.setattr(cli, "run", lambda args: (_ for _ in ()).throw(KeyboardInterrupt))
    assert cli.main(["run", "tiny"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_init_copies_and_keeps_what_was_changed(shipped, tmp_path, capsys):
    mine = tmp_path / "mine"
    assert cli.main(["init", str(mine)]) == cli.OK
    assert "2 files copied" in capsys.readouterr().out
    changed = mine / "data" / "tiny" / "sites.csv"
    changed.write_text("site\nB\n")
    (mine / "notebooks" / "app_one.ipynb").unlink()
    assert cli.main(["init", str(mine)]) == cli.OK
    said = capsys.readouterr().out
    assert said.startswith("1 file copied")
    assert str(changed) in said
    assert changed.read_text() == "site\nB\n"


def test_a_case_is_found_by_path_or_by_name(shipped, tmp_path):
    assert content.shipped_cases() == ["tiny"]
    assert content.find_case("tiny") == shipped / "data" / "tiny"
    shutil.copytree(shipped / "data" / "tiny", tmp_path / "own")
    assert content.find_case(tmp_path / "own") == (tmp_path / "own").resolve()
    with pytest.raises(FileNotFoundError, match="tiny"):
        content.find_case("tinny")


def test_a_missing_case_is_a_sentence(shipped, capsys):
    assert cli.main(["app", "tinny"]) == cli.PROBLEMS
    assert "there is no case 'tinny'" in capsys.readouterr().err


def test_a_wheel_has_its_content_inside(shipped):
    inside = shipped / "twinkit" / "_content" / "data"
    assert content.content_dir("data") == shipped / "data"
    inside.mkdir(parents=True)
    assert content.content_dir("data") == inside
    with pytest.raises(FileNotFoundError, match="has no films"):
        content.content_dir("films")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--public"], "needs a token"),
        (["--host", "0.0.0.0"], "add --public"),
        (["--notebook", "nowhere"], "no notebook to serve"),
    ],
)
def test_what_cannot_be_served_is_a_sentence(shipped, capsys, monkeypatch, words, sentence):
    monkeypatch.delenv("TWINKIT_TOKEN", raising=False)
    assert cli.main(["app", *words]) == cli.PROBLEMS
    assert sentence in capsys.readouterr().err


def test_the_next_port_is_taken_and_a_named_one_is_not_replaced():
    with serve.take_port("127.0.0.1", None) as first, serve.take_port("127.0.0.1", None) as second:
        ports = [one.getsockname()[1] for one in (first, second)]
        assert serve.FIRST_PORT <= ports[0] < ports[1]
        with pytest.raises(serve.CannotServeError, match=f"port {ports[0]}"):
            serve.take_port("127.0.0.1", ports[0])


@pytest.mark.parametrize(
    ("env", "wanted"),
    [({"BROWSER": "none"}, False), ({"BROWSER": "firefox"}, True), ({"DISPLAY": ":0"}, True)],
)
def test_no_browser_without_a_screen(monkeypatch, env, wanted):
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert serve.browser_wanted() is wanted


@pytest.mark.skipif(os.name != "posix", reason="another way to start it")
def test_lab_stays_on_this_computer_and_keeps_its_token(monkeypatch, tmp_path):
    started = []
    monkeypatch.chdir(tmp_path)  # and back afterwards
    monkeypatch.setattr(cli.os, "execv", lambda program, command: started.extend(command))
    (tmp_path / "book").mkdir()
    assert cli.main(["lab", "book", "--no-browser"]) == cli.OK
    assert os.getcwd() == str(tmp_path / "book")
    assert "--ServerApp.ip=127.0.0.1" in started
    assert not [word for word in started if "token" in word]
    assert cli.main(["lab", "nowhere"]) == cli.PROBLEMS


def test_the_title_of_an_app_comes_from_its_first_text(tmp_path):
    path = tmp_path / "app_port_strike.ipynb"
    text = ["# Port strike\n", "\n", "What if?"]
    path.write_text(json.dumps({"metadata": {}, "cells": [{"cell_type": "markdown", "source": text}]}))
    assert slug(path) == "port_strike"
    found = title_of(path)
    assert (found["title"], found["question"], found["about"]) == ("Port strike", "Port strike", "What if?")


def test_the_terminal_gets_a_sentence(log_file):
    error = KeyError("site")
    words = "Error at server while executing cell: …"
    record = logging.LogRecord("x", logging.ERROR, "f", 1, words, (), (KeyError, error, None))
    said = log.OneSentence().format(record)
    assert said == f"A page could not be built: KeyError: 'site' (more in {log_file})"


def test_check_says_what_a_case_holds_or_what_is_wrong(tmp_path, capsys):
    own = tmp_path / "own"
    shutil.copytree(content.content_dir("data") / "camera", own)
    assert cli.main(["check", str(own)]) == cli.OK
    assert "no problem found" in capsys.readouterr().out
    (own / "lanes.csv").unlink()
    assert cli.main(["check", str(own)]) == cli.PROBLEMS
    said = capsys.readouterr().err
    assert said.startswith("1. ")
    assert "lane" in said


def test_a_template_is_written_once(tmp_path, capsys):
    new = tmp_path / "new"
    assert cli.main(["template", str(new)]) == cli.OK
    assert any(new.iterdir())
    assert cli.main(["template", str(new)]) == cli.PROBLEMS
    assert "exists already" in capsys.readouterr().err


def test_tables_prints_the_page(capsys):
    assert cli.main(["tables"]) == cli.OK
    assert "lead_time" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="a place where nobody may write")
@pytest.mark.parametrize("command", ["template /sys/mine", "template /sys/mine.xlsx", "init /sys/mine"])
def test_a_place_that_cannot_be_written_is_a_sentence(command, capsys):
    assert cli.main(command.split()) == 2
    said = capsys.readouterr().err
    assert said.startswith("twinkit: /sys/mine") and "cannot be read or written" in said and "Traceback" not in said


def test_a_notebook_that_became_a_page_opens_that_page(tmp_path):
    (tmp_path / "questions.ipynb").write_text("{}")
    assert cli.page_of_question(tmp_path / "app_disruption.ipynb") == (tmp_path / "questions.ipynb", "disruption")
    assert cli.page_of_question(tmp_path / "app_survival.ipynb")[1] == "stress"
    for other in ("app_nothing.ipynb", "disruption.ipynb", "questions.ipynb"):
        assert cli.page_of_question(tmp_path / other) == (tmp_path / other, "")
    (tmp_path / "app_disruption.ipynb").write_text("{}")
    assert cli.page_of_question(tmp_path / "app_disruption.ipynb")[1] == "", "a notebook that is there is served itself"
