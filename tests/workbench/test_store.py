"""The file that keeps what is done: moves, undo across reopening, two people at once, files that cannot be used."""

import json
import random
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from twinkit.workbench.store import MAIN, Store, store_path

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "case.twinkit.sqlite"


@pytest.fixture
def opened(file):
    """Open the file as somebody; all are closed at the end."""
    stores = []

    def open_as(author="Ann"):
        stores.append(Store(file, author))
        return stores[-1]

    yield open_as
    for store in stores:
        store.close()


def moved(store, *numbers):
    for n in numbers:
        assert store.save({"n": n, "same": ["kept", "once"]}, f"n is {n}") is None


def test_a_state_comes_back_in_another_store(opened):
    moved(opened(), 1, 2)
    assert opened().state() == {"n": 2, "same": ["kept", "once"]}


def test_undo_and_redo_over_reopening(opened):
    moved(opened(), 1, 2, 3)
    again = opened()
    assert again.undo() and again.state()["n"] == 2
    third = opened()
    assert third.state()["n"] == 2, "what was taken back stays taken back"
    assert third.undo() and not third.undo()
    assert third.state()["n"] == 1
    assert third.redo() and third.redo() and not third.redo()
    assert third.state()["n"] == 3


def test_a_move_after_undo_keeps_what_was_taken_back(opened):
    store = opened()
    moved(store, 1, 2)
    store.undo()
    moved(store, 9)
    assert store.next_move() is None
    assert [store.state(m.id)["n"] for m in store.history()] == [9, 2, 1]


def test_equal_parts_are_kept_once(opened, file):
    moved(opened(), *range(20))
    with closing(sqlite3.connect(file)) as db, db:
        assert db.execute('select count(*) from parts where body = \'["kept", "once"]\'').fetchone() == (1,)
    db.close()


def test_the_file_can_be_read_without_twinkit(opened, file):
    moved(opened(), 7)
    db = sqlite3.connect(file)
    state = json.loads(db.execute("select state from moves order by id desc limit 1").fetchone()[0])
    bodies = {
        n: json.loads(db.execute("select body from parts where digest = ?", (d,)).fetchone()[0])
        for n, d in state.items()
    }
    db.close()
    assert bodies == {"n": 7, "same": ["kept", "once"]}


def test_the_page_about_the_workbench_says_how_to_read_it(opened, file, tmp_path, monkeypatch):
    store = opened()
    moved(store, 1, 7)
    monkeypatch.chdir(tmp_path)
    file.rename(tmp_path / "my-case.twinkit.sqlite")
    for left in tmp_path.glob("case.twinkit.sqlite-*"):
        left.rename(tmp_path / left.name.replace("case.", "my-case."))
    text = (ROOT / "docs" / "workbench.md").read_text(encoding="utf-8")
    code = text.split("with nothing but Python:\n")[1].split("\n## ")[0]
    found: dict = {}
    exec("\n".join(line[4:] for line in code.splitlines() if line.startswith("    ")), found)
    found["db"].close()
    assert found["parts"]["n"] == 7


def test_two_people_do_not_overwrite_each_other(opened):
    moved(opened("Ann"), 1)
    ann, ben = opened("Ann"), opened("Ben")
    assert ann.save({"n": 2}, "two by Ann") is None
    conflict = ben.save({"n": 3}, "three by Ben")
    assert conflict.theirs.words == "two by Ann" and conflict.mine.words == "three by Ben"
    assert "Ann" in conflict.sentence and "two by Ann" in conflict.sentence and "three by Ben" in conflict.sentence
    assert ben.line != MAIN and ann.line == MAIN
    assert ben.save({"n": 4}, "four by Ben") is None, "a line of one's own has no conflict"
    assert (opened("Ann").state()["n"], opened("Ben").state()["n"]) == (2, 4)
    ben.switch(MAIN)
    assert ben.state()["n"] == 2 and ben.save({"n": 5}, "five by Ben") is None
    assert {m.words for m in ben.history()} >= {"two by Ann", "three by Ben", "four by Ben", "five by Ben"}


def test_a_third_store_never_undoes_unseen_moves(opened):
    moved(opened("Ann"), 1, 2)
    ann, ben = opened("Ann"), opened("Ben")
    moved(ann, 3)
    assert not ben.undo(), "Ben has not seen what he would take back"
    assert ben.state()["n"] == 2 and ann.state()["n"] == 3


OTHER_PROCESS = """
import sys
from contextlib import closing
from pathlib import Path
from twinkit.workbench.store import Store
store = Store(Path(sys.argv[1]), "Ben")
print("ready", flush=True)
sys.stdin.readline()
conflict = store.save({"n": "Ben"}, "by Ben")
print(conflict.sentence if conflict else "none", flush=True)
"""


def test_two_processes_keep_both_versions(opened, file):
    ann = opened("Ann")
    moved(ann, 1)
    with started(OTHER_PROCESS, file) as ben:
        assert ben.stdout.readline().strip() == "ready"
        moved(ann, 2)
        said, _ = ben.communicate("go\n", timeout=60)
    assert "Ann" in said and "n is 2" in said
    again = opened("Ann")
    assert again.state()["n"] == 2
    assert {again.state(m.id)["n"] for m in again.history()} == {1, 2, "Ben"}


WRITES_FOR_EVER = """
import sys
from contextlib import closing
from pathlib import Path
from twinkit.workbench.store import Store
store = Store(Path(sys.argv[1]), "Ann")
n = 0
while True:
    n += 1
    store.save({"n": n, "more": "x" * 5000}, f"n is {n}")
    print(n, flush=True)
"""


def test_a_killed_process_loses_at_most_the_move_under_way(opened, file):
    with started(WRITES_FOR_EVER, file) as process:
        for line in process.stdout:
            said = int(line)
            if said >= 25:
                process.kill()
                break
        rest = [int(line) for line in process.stdout.read().split()]
    said = max([said, *rest])
    store = opened()
    assert not store.trouble
    assert store.state()["n"] in (said, said + 1), "every move that was said to be kept is there"
    assert store.undo() and store.state()["n"] in (said - 1, said)


def started(program, file):
    return subprocess.Popen(
        [sys.executable, "-c", program, str(file)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


# --- files that cannot be used


def broken(file, how):
    if how == "text":
        file.write_bytes(b"this is no database" * 100)
    elif how == "something else":
        db = sqlite3.connect(file)
        db.execute("create table cats (name text)")
        db.commit()
        db.close()
    else:
        store = Store(file, "Ann")
        moved(store, *range(40))
        store.close()
        content = bytearray(file.read_bytes())
        if how == "newer":
            db = sqlite3.connect(file)
            db.execute("update about set value = '2' where key = 'format'")
            db.commit()
            db.close()
        else:
            content[4096 : len(content) - 2048] = b"\xff" * (len(content) - 4096 - 2048)
            file.write_bytes(bytes(content))


@pytest.mark.parametrize("how", ["text", "something else", "newer", "damaged"])
def test_a_file_that_cannot_be_used_is_kept_and_work_goes_on(file, opened, how):
    broken(file, how)
    before = file.read_bytes()
    store = opened()
    assert str(file) in store.trouble and "left as it is" in store.trouble
    moved(store, 1, 2)
    assert store.undo() and store.state()["n"] == 1
    assert file.read_bytes() == before


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path):
    store = Store(tmp_path / "nowhere" / "x.sqlite", "Ann")
    assert "cannot be opened" in store.trouble
    moved(store, 1)
    store.close()


def test_where_the_file_is(tmp_path, monkeypatch):
    monkeypatch.delenv("TWINKIT_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert store_path(tmp_path / "mine", "mine") == tmp_path / "mine.twinkit.sqlite"
    assert store_path(tmp_path / "mine.xlsx", "mine") == tmp_path / "mine.xlsx.twinkit.sqlite"
    shipped = ROOT / "data" / "camera"
    assert store_path(shipped, "camera") == tmp_path / "camera.twinkit.sqlite"
    assert store_path(None, "../odd name") == tmp_path / "odd_name.twinkit.sqlite"
    monkeypatch.chdir(ROOT / "notebooks")
    assert ROOT not in store_path(shipped, "camera").parents


def shell_of(file):
    from tiny_case import tiny_case

    from twinkit.workbench.shell import Shell

    return Shell(tiny_case(), store=file, author="Ann")


def names(shell):
    return list(shell.desk.scenarios)[1:]


def made(shell, name):
    panel = shell.panel("scenarios")
    panel.new()
    assert panel.change(name=name)


def test_a_kernel_that_waited_shows_what_was_done_meanwhile(file):
    """Two names, reloads, kernels that were made ready before the first visit."""
    pool = [shell_of(file) for _ in range(4)]
    first, second, third, fourth = pool
    first.catch_up()
    made(first, "Alpha")
    second.catch_up()  # a reload: the next kernel of the pool
    assert names(second) == ["Alpha"] and second.desk.chosen == "Alpha"
    made(second, "Beta")
    third.catch_up()
    assert names(third) == ["Alpha", "Beta"] and not third.journal.conflict
    assert third.panel("scenarios").names() == ["as it is", "Alpha", "Beta"]
    made(first, "Gamma")  # another tab, which has not seen Beta
    assert names(first) == ["Alpha", "Beta", "Gamma"] and "Both changes are kept" in first.journal.conflict
    fourth.catch_up()
    assert names(fourth) == ["Alpha", "Beta", "Gamma"] and fourth.journal.store.lines() == [MAIN]
    made(fourth, "Delta")
    fourth.catch_up()
    assert names(fourth)[-1] == "Delta", "what was done here stays"
    for shell in pool:
        shell.journal.store.close()


def test_two_tabs_that_give_one_name_keep_both(file):
    one, two = shell_of(file), shell_of(file)
    for shell in (one, two):
        shell.panel("scenarios").new()
    assert names(two) == ["new scenario", "new scenario 2"]
    one.panel("scenarios").change(note="mine")
    assert one.desk.about["new scenario"]["note"] == "mine" and len(names(one)) == 2
    for shell in (one, two):
        shell.journal.store.close()


def test_two_who_change_one_scenario_go_on_in_two_lines(file):
    one = shell_of(file)
    made(one, "Alpha")
    two = shell_of(file)
    one.panel("scenarios").change(note="one")
    two.panel("scenarios").change(note="two")
    assert "Choose under History" in two.journal.conflict and len(two.journal.store.lines()) == 2
    for shell in (one, two):
        shell.journal.store.close()


def spoilt(content, luck):
    """The bytes of a file, damaged in one of the ways in which disks, copies and hands damage them."""
    found, at = bytearray(content), luck.randrange(len(content))
    how = luck.choice(["bits", "noise", "short", "zeros", "words"])
    if how == "bits":
        for _ in range(luck.choice([1, 5, 50])):
            found[luck.randrange(len(found))] ^= 1 << luck.randrange(8)
    elif how == "words":
        at = luck.choice([m.start() for m in re.finditer(rb"[A-Za-z]{4,}", content)])
        found[at : at + 3] = luck.choice([b'"}{', b"nul", b"[[[", b"999"])
    else:
        length = luck.choice([16, 200, 4096])
        found[at : at + length] = b"" if how == "short" else bytes(length) if how == "zeros" else luck.randbytes(length)
        found = found[:at] if how == "short" else found
    return bytes(found)


def test_a_damaged_file_opens_in_some_state_and_says_so(file):
    shell = shell_of(file)
    for n in range(3):
        made(shell, f"plan {n}")
    shell.journal.store.close()
    content, luck, told = file.read_bytes(), random.Random(3), 0
    for _ in range(30):
        for old in file.parent.glob(f"{file.name}*"):
            old.unlink()
        file.write_bytes(spoilt(content, luck))
        again = shell_of(file)
        told += bool(again.notices)
        assert set(names(again)) <= {*names(shell), "new scenario"} and made(again, "new") is not False
        again.journal.store.close()
    assert told >= 8


def test_the_newest_state_that_can_be_read_is_shown(file):
    shell = shell_of(file)
    made(shell, "first")
    made(shell, "second")
    shell.journal.store.close()
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("update moves set state = '[]' where id = (select max(id) from moves)")
    again = shell_of(file)
    assert "first" in names(again) and "second" not in names(again)
    assert any("is damaged. This is the state of" in s for s in again.notices)
    again.journal.store.close()
