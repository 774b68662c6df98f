"""A workshop beside a notebook, and the command: ports, files, rules that change live, and what is said when it fails."""

from __future__ import annotations

import shutil
import socket

import pytest
from workshop.wire import ask, join

import twinkit
from twinkit.cli import main
from twinkit.tables import CaseError
from twinkit.workshop.exercise import find_exercise
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.session import Session


@pytest.fixture
def workshop(tmp_path):
    """One with a team of bots; the factory's seat orders what its policy says."""
    with twinkit.open_workshop("beer_game", tmp_path / "a.sqlite", port=0) as opened:
        opened.do("rehearse")
        opened.do("bot", "Bots", "factory", "benchmark rule")
        yield opened


def orders(workshop, role):
    moves = workshop.moves()
    return moves[moves["role"] == role]["order"].tolist()


def test_a_rule_that_is_changed_in_a_cell_holds_from_the_next_period_on(workshop):
    for period in range(7):
        workshop.do("advance", period)
    before = orders(workshop, "factory")

    @twinkit.one_at_a_time
    def thirteen(stock):
        return 13.0

    workshop.rule("thirteen", policies={("factory", "beer"): thirteen})
    workshop.do("advance", 7)
    assert orders(workshop, "factory") == [*before, 13.0] and 13.0 not in before
    workshop.do("rollback", 1)
    workshop.do("advance", 7)
    assert orders(workshop, "factory") == [*before, 13.0], "going back keeps the rule that held then"

    @twinkit.one_at_a_time
    def broken(stock):
        raise RuntimeError("no beer today")

    with pytest.raises(WorkshopError, match="no beer today"):
        workshop.rule("broken", policies={("factory", "beer"): broken})
    workshop.do("advance", 8)
    assert orders(workshop, "factory")[-1] == 13.0, "the game goes on as it was"


def test_it_is_closed_and_opened_again_where_it_was(workshop, tmp_path):
    file = tmp_path / "a.sqlite"
    for period in range(3):
        workshop.do("advance", period)
    before, address = workshop.moves(), workshop.address
    assert twinkit.open_workshop("beer_game", file) is workshop, "a cell that is run twice"
    with pytest.raises(WorkshopError, match="open already"):
        twinkit.open_workshop("beer_game", file, bots={"mine": lambda seat: 1.0})
    assert workshop.code in workshop._repr_html_()
    workshop.close()
    workshop.close()
    assert "closed" in workshop._repr_html_()
    with pytest.raises(WorkshopError, match="Open it again"):
        workshop.do("pause")
    with twinkit.open_workshop(path=file) as again:
        assert again.address == address and again.moves().equals(before)
        assert ask(again.address, "/")[0] == 200
    with pytest.raises(WorkshopError, match="holds a session of"):
        twinkit.open_workshop("disruption_day", file)
    with twinkit.open_workshop(path=file, bots={"mine": lambda seat: 5.0}) as third:
        third.do("bot", "Bots", "retailer", "mine")
        for period in range(3, 5):
            third.do("advance", period)
        assert orders(third, "retailer")[-1] == 5.0


def test_what_cannot_be_done_is_a_sentence(workshop, tmp_path):
    for call in (
        lambda: workshop.do("advence", 3), lambda: workshop.do("_open"), lambda: workshop.do("advance"),
        lambda: workshop.do("advance", 3, 4), lambda: workshop.debrief(), lambda: workshop.do("extend", 99),
        lambda: twinkit.open_workshop("beer_game", tmp_path / "b.sqlite", port=99999),
        lambda: twinkit.open_workshop("beer_game", tmp_path / "no" / "b.sqlite"),
    ):  # fmt: skip
        with pytest.raises(WorkshopError, match=r"[.?]$"):
            call()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(WorkshopError, match=r"cannot listen on 127\.0\.0\.1, port"):
        twinkit.open_workshop("beer_game", tmp_path / "c.sqlite", port=taken.getsockname()[1])
    with pytest.raises((FileNotFoundError, CaseError), match="there is no exercise"):
        twinkit.open_workshop("beer_gane", tmp_path / "d.sqlite")
    assert workshop.running


def test_a_rehearsal_is_cleared_away_and_people_keep_their_seats(workshop):
    for period in range(5):
        workshop.do("advance", period)
    workshop.do("inject", {"kind": "outage", "site": "factory", "duration": 2})
    workshop.do("start_over")
    assert workshop.moves().empty, "the team of bots is gone with its game"
    assert join(workshop.address, code=workshop.code, name="Ann", team="Reds", role="retailer")[0] == 200
    with pytest.raises(WorkshopError, match="rehearse before they come"):
        workshop.do("rehearse")
    with pytest.raises(WorkshopError, match="Ann sit"):
        workshop.do("remove_team", "Reds")
    workshop.do("start")
    workshop.do("advance", 0)
    workshop.do("start_over")
    assert join(workshop.address, code=workshop.code, name="Bob", team="Reds", role="retailer")[0] == 409


def test_the_debrief_is_there_in_the_notebook(workshop):
    workshop.do("extend", 12)
    for period in range(12):
        workshop.do("advance", period)
    found = workshop.debrief()
    assert set(found.table()["role"]) == {"retailer", "wholesaler", "distributor", "factory"}


def test_the_command_says_what_is_wrong_and_ends(tmp_path, capsys):
    def run(*words):
        code = main(["workshop", "--no-browser", "--file", str(tmp_path / "x.sqlite"), *words])
        return code, capsys.readouterr().err

    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = run("beer_game", "--port", str(taken.getsockname()[1]))
    assert code == 2 and "cannot listen on 127.0.0.1, port" in said
    code, said = run("no_such_game")
    assert code == 2 and "there is no exercise 'no_such_game'" in said
    code, said = run("disruption_day")
    assert code == 2 and "holds a session of “The beer game”" in said


def test_a_file_brings_no_code_of_its_own(tmp_path, capsys):
    """An exercise that a file names is not run, wherever it lies; its owner names it, and then it is."""
    evil = tmp_path / ".hidden" / "game; touch x"
    shutil.copytree(find_exercise("beer_game"), evil)
    session = Session(tmp_path / "s.sqlite", evil)
    session.log.close()
    with (evil / "exercise.py").open("a") as file:
        file.write(f"\nopen({str(tmp_path / 'run')!r}, 'w').close()\n")
    for call in (
        lambda: main(["workshop", "--no-browser", "--file", str(tmp_path / "s.sqlite")]),
        lambda: twinkit.open_workshop(path=tmp_path / "s.sqlite"),
    ):
        try:
            assert call() == 2
            said = capsys.readouterr().err
        except WorkshopError as error:
            said = str(error)
        assert "If you know and trust it, name it: twinkit workshop '" in said
        assert not (tmp_path / "run").exists()
    again = Session(tmp_path / "s.sqlite", evil)
    again.log.close()
    assert (tmp_path / "run").exists()
