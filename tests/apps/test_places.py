"""Room for visitors, and the order of the apps."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
from types import SimpleNamespace

import pytest
import tornado.web
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

import twinkit
from twinkit.apps import limits, places
from twinkit.apps.guard import HEADERS, Headed, wrong_with
from twinkit.apps.kit import visit
from twinkit.apps.limits import LimitedServer
from twinkit.apps.places import Places, room_for
from twinkit.apps.serve import CannotServeError, app_notebooks
from twinkit.apps.server import TemplateFile, without_token
from twinkit.apps.title import in_order, title_of
from twinkit.tables import write_case
from twinkit.workbench.data_panel import OWN_COPY
from twinkit.workbench.shell import Shell, case_and_source


class Manager:
    """Stands in for Voila's manager of kernels."""

    cull_idle_timeout, cull_interval = 1200, 60

    def __init__(self, kernels, pooled=()):
        self.kernels, self._kernel_connections = list(kernels), dict.fromkeys(kernels, 1)
        self._pools = {"app": [_done({"kernel_id": k}) for k in pooled]}
        self.last = datetime.datetime.now(datetime.UTC)

    def list_kernel_ids(self):
        return self.kernels

    async def shutdown_kernel(self, kernel, now):
        self.kernels.remove(kernel)

    def get_kernel(self, kernel):
        return SimpleNamespace(last_activity=self.last)


def _done(result):
    return SimpleNamespace(done=lambda: True, exception=lambda: None, result=lambda: result)


def test_kernels_that_wait_take_no_place():
    room = Places(Manager(["a", "b", "warm"], pooled=["warm"]), visitors=3)
    assert room.taken() == ["a", "b"] and room.take()
    assert not room.take()  # one is arriving
    room.arrived()
    assert room.take()


def test_whoever_loads_a_page_again_gets_the_place_that_is_left(monkeypatch):
    monkeypatch.setattr(places, "GLANCE", 0.001)
    monkeypatch.setattr(places, "PATIENCE", 0.05)
    manager = Manager(["a"])
    room = Places(manager, visitors=1)
    assert not asyncio.run(room.wait())

    async def leave_and_come():
        asyncio.get_running_loop().call_later(0.005, manager.kernels.clear)
        return await room.wait()

    assert asyncio.run(leave_and_come())


def test_a_page_that_never_calls_leaves_its_place(monkeypatch):
    monkeypatch.setattr(places, "UNSEEN", 0.01)
    manager = Manager(["seen", "unseen"])
    manager._kernel_connections["unseen"] = 0

    async def serve():
        for kernel in ("seen", "unseen", "gone"):
            Places(manager, visitors=2).watch(kernel)
        await asyncio.sleep(0.05)

    asyncio.run(serve())
    assert manager.kernels == ["seen"]


def test_it_is_said_when_there_is_room_again():
    manager = Manager(["a", "b"])
    room = Places(manager, visitors=2)
    assert room.free_again() == "as soon as somebody closes their page"
    manager._kernel_connections["b"] = 0  # its page has gone without a word
    manager.last -= datetime.timedelta(minutes=10)
    assert room.free_again().endswith("in about 11 min at the latest")


def test_there_is_room_by_memory():
    assert room_for(10e9) > room_for(5e9) > 1 and room_for(0) == 1
    assert room_for(20 * places.PER_KERNEL / (1 - places.KEPT_FREE) + 1) == 20
    shared = places.READY + 20 * places.PER_FORK
    assert room_for(shared / (1 - places.KEPT_FREE) + 1, forked=True) == 20 and room_for(0, forked=True) == 1
    assert room_for() >= 1


def notebook(folder, name, text, **metadata):
    cells = [{"cell_type": "markdown", "source": text}]
    (folder / name).write_text(json.dumps({"cells": cells, "metadata": metadata}))
    return folder / name


def test_apps_come_in_the_order_that_they_ask_for(tmp_path):
    notebook(tmp_path, "app_b.ipynb", "# B")
    notebook(tmp_path, "app_a.ipynb", "# A")
    notebook(tmp_path, "app_z.ipynb", "# What if?\n\nOne sentence.", title="Z", twinkit={"order": 1, "audience": "all"})
    notebook(tmp_path, "workbench.ipynb", "# W", twinkit={"order": 2})
    notebook(tmp_path, "other.ipynb", "# Other")
    assert [path.stem for path in app_notebooks(tmp_path)] == ["app_z", "workbench", "app_a", "app_b"]
    assert in_order([tmp_path / "app_b.ipynb", tmp_path / "app_a.ipynb"])[0].stem == "app_a"
    told = title_of(tmp_path / "app_z.ipynb")
    assert told == {"title": "Z", "question": "What if?", "about": "One sentence.", "order": 1, "audience": "all", "group": ""}


def test_a_folder_without_apps_is_a_sentence(tmp_path):
    with pytest.raises(CannotServeError, match="no notebook to serve"):
        app_notebooks(tmp_path)


def test_no_message_of_a_page_freezes_the_server():
    """What is no message is refused before its numbers are taken for sizes."""
    good = serialize_msg_to_ws_v1([b"{}", b"{}", b"{}", b"{}", b"array"], "shell")
    assert wrong_with(good) == ""
    assert deserialize_msg_from_ws_v1(good) == ("shell", [b"{}", b"{}", b"{}", b"{}", b"array"])
    for bad in (b"\xff" * 8, b"", b"\xff" * 8000, good[:8] + b"\xff" * 8 + good[16:], good[:60], "text", b"\0" * 8, good[:20]):
        assert wrong_with(bad), bad


def test_every_answer_has_its_headers_and_the_token_leaves_the_address():
    class Page(tornado.web.RequestHandler):
        def get(self):
            if not without_token(self):
                self.write("here")

    class Broken(tornado.web.RequestHandler):
        def get(self):
            raise tornado.web.HTTPError(500)

    pages = tornado.web.Application([("/app", Page), ("//evil", Page), ("/broken", Broken), (r"/t/(.*)", TemplateFile)])

    async def ask() -> list:
        server = HTTPServer(Headed(pages))
        (taken,) = bind_sockets(0, "127.0.0.1")
        server.add_sockets([taken])
        client, found = AsyncHTTPClient(), []
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for path in ("/app", "/app?token=secret&x=1", "//evil?token=a", "/broken", "/none", "/t/x", "/t/a/b", "/t/../static/x", "/t/%00/static/x"):
            found.append(await client.fetch(base + path, follow_redirects=False, raise_error=False))
        server.stop()
        await server.close_all_connections()
        return found

    answers = asyncio.run(ask())
    assert [a.code for a in answers] == [200, 302, 302, 500, 404, 404, 404, 404, 404]
    assert [a.headers["Location"] for a in answers[1:3]] == ["/app?x=1", "/evil"]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_who_holds_too_many_connections_is_turned_away_and_half_a_request_is_not_waited_for(monkeypatch, caplog):
    monkeypatch.setattr(limits, "FROM_ONE", 5)
    monkeypatch.setattr(limits, "HEADERS_WITHIN", 0.5)

    async def story():
        [listening] = bind_sockets(0, "127.0.0.1")
        server = LimitedServer(tornado.web.Application([]))
        server.add_sockets([listening])
        port = listening.getsockname()[1]
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        for _, writer in lines:
            writer.write(b"GET / HTTP/1.1\r\nHost:")  # and no more
        turned = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
        ends = [await asyncio.wait_for(reader.read(), 5) for reader, _ in turned]
        assert ends == [b""] * 30
        waited = [await asyncio.wait_for(reader.read(), 5) for reader, _ in lines]  # closed, as they say nothing
        answer = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/", raise_error=False)
        server.stop()
        for _, writer in [*lines, *turned]:
            writer.close()
        await server.close_all_connections()
        return waited, answer.code

    with caplog.at_level("WARNING", "tornado.general"):
        waited, code = asyncio.run(story())
    assert waited == [b""] * 5 and code == 404
    assert sum("turned away" in record.getMessage() for record in caplog.records) == 1


def test_a_kernel_that_takes_too_much_memory_is_ended_and_its_page_told_why(monkeypatch):
    monkeypatch.setattr(places, "WEIGH_EVERY", 0.01)
    manager = Manager(["big"])
    manager.get_kernel = lambda kernel: SimpleNamespace(provisioner=SimpleNamespace(pid=os.getpid()))
    room = Places(manager, visitors=2)

    async def story(most):
        watch = asyncio.create_task(room.keep_within(most))
        await asyncio.sleep(0.2)
        watch.cancel()

    asyncio.run(story(1e12))
    assert manager.kernels == ["big"] and not room.ended
    asyncio.run(story(1e6))
    assert manager.kernels == [] and "memory" in room.ended["big"]


def test_a_visitor_of_a_public_server_works_on_a_copy(tmp_path, monkeypatch):
    place = tmp_path / "mine" / "camera"
    place.parent.mkdir()
    write_case(twinkit.example("camera"), place)
    before = {f.name: f.read_bytes() for f in place.iterdir()}
    monkeypatch.setenv("TWINKIT_CASE", str(place))
    assert visit.served_case() == str(place) and not visit.visiting()
    monkeypatch.setenv(visit.COPIES, str(tmp_path / "copies"))
    monkeypatch.setenv("TWINKIT_STORE", "")
    monkeypatch.chdir(tmp_path)
    shell = Shell(*case_and_source(None))
    data = shell.panel("data")
    assert data.save() and data.said == [OWN_COPY]
    assert data.save("other") and not (place.parent / "other").exists()
    assert {f.name: f.read_bytes() for f in place.iterdir()} == before
    assert [p.name for p in place.parent.iterdir()] == ["camera"]
    shell.journal.store.close()
    own = tmp_path / "copies" / str(os.getpid())
    assert (own / "camera").is_dir()
    gone = own.with_name("999999999")
    own.rename(gone)
    visit.sweep()
    assert not gone.exists()
