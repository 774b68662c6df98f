"""The page with the apps, room for visitors, and what visitors cannot do."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from openpyxl import load_workbook

from browser.drive import App
from twinkit.content import content_dir

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
READY = "import ipywidgets; ipywidgets.Label('ready at last')"
SLOW = "import time; time.sleep({}); " + READY


def write(folder: Path, name: str, code: str = READY, text: str = "# An app", **metadata) -> None:
    """An app notebook of one code cell."""
    folder.mkdir(exist_ok=True)
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / f"{name}.ipynb")


def answer(url: str, method: str = "GET", data: bytes | None = None) -> tuple[int, str]:
    """Status and text of what an address answers."""
    asked = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as found:
            return found.status, found.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")


def test_the_cards_of_the_landing_page(served, page, axe, tmp_path):
    apps = tmp_path / "apps"
    write(apps, "app_zebra", text="# How long?\n\nOne sentence.", title="First", twinkit={"order": 1, "group": "What may happen"})
    write(apps, "app_alpha", text="# What if?\n\nAnother.", title="Second", twinkit={"order": 2, "group": "What may happen"})
    write(apps, "workbench", title="Workbench", twinkit={"order": 99, "audience": "analysts", "group": "What may happen"})
    write(apps, "other", title="Not an app")
    url = served(apps, "camera", "--pool", "0", "--base-url", "twin")
    for width, scheme in ((390, "dark"), (1920, "light")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        page.goto(url)
        assert page.get_by_role("heading", level=2).all_inner_texts() == ["What may happen", "Your own chain"]
        assert page.get_by_role("heading", level=3).all_inner_texts() == ["First", "Second", "Workbench"]
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("heading", level=1).inner_text().startswith("Digital camera")
    assert page.get_by_text("8 sites, 7 lanes, 6 products and 1 market").is_visible()
    cards = page.get_by_role("listitem").all_inner_texts()
    assert "How long?" in cards[0] and "One sentence." in cards[0] and "For analysts" in cards[2]
    with page.expect_download() as taken:
        page.get_by_role("link", name="workbook to fill in").click()
    taken.value.save_as(tmp_path / "taken.xlsx")
    with closing(load_workbook(tmp_path / "taken.xlsx", read_only=True)) as book:
        assert {"sites", "columns"} <= set(book.sheetnames)
    assert page.get_by_text("Nothing leaves this computer.").is_visible()
    page.get_by_role("link", name="First").click()
    page.get_by_text("ready at last").wait_for()
    assert page.url == url + "zebra" and page.title() == "First"
    page.get_by_role("navigation", name="Apps").get_by_role("link", name="Workbench").click()
    page.get_by_text("ready at last").wait_for()


def test_last_answers_are_those_of_this_browser_alone(shared, page, tiny, axe):
    url, last = shared(NOTEBOOKS / "questions.ipynb", str(tiny), "--pool", "0"), page.get_by_role("region", name="Last answers")
    page.goto(url)
    assert last.count() == 0, "nothing was asked yet"
    app = App(page).open(url + "loss")
    said, link = app.said().split("\n")[0], page.url
    page.wait_for_function("said => (localStorage.getItem('twinkit answers') || '').includes(said)", arg=said.split('"')[0])
    page.goto(url)
    last.get_by_role("link", name="What if we lose one of them?").wait_for()
    assert said in last.inner_text() and "other tables" not in last.inner_text()
    axe(page)
    other = page.context.browser.new_context()
    stranger = other.new_page()
    stranger.goto(url)
    assert stranger.get_by_role("heading", name="One loss").is_visible() and stranger.get_by_text("Last answers").is_hidden()
    other.close()
    last.get_by_role("link").first.click()
    app.settle()
    assert page.url == link and app.said().split("\n")[0] == said
    page.goto(url)
    assert last.get_by_role("listitem").count() == 1, "the same asked again is no other answer"
    page.evaluate("localStorage.setItem('twinkit answers', localStorage.getItem('twinkit answers').replace(/(\"tables\":\")./, '$1?'))")
    page.goto(url)
    assert "of other tables than today's" in last.inner_text()
    last.get_by_role("button", name="Forget them").click()
    assert last.count() == 0


@pytest.mark.parametrize(
    ("words", "said"), [(("--public",), "is gone when you close the page"), (("--public", "--write"), "others who use it may see what is saved there")]
)
def test_where_own_tables_go_is_told(served, page, tmp_path, words, said):
    apps = tmp_path / "apps"
    for name in ("app_one", "workbench"):
        write(apps, name)
    url = served(apps, "camera", "--pool", "0", "--host", "127.0.0.1", *words, TWINKIT_TOKEN="word-for-visitors")
    page.goto(f"{url}?token=word-for-visitors")
    assert page.get_by_text(said).is_visible() and page.get_by_text("Nothing leaves").count() == 0


def test_the_shipped_apps_have_their_order():
    from twinkit.apps.serve import app_notebooks
    from twinkit.apps.title import pages_of

    pages = pages_of(app_notebooks(NOTEBOOKS))
    assert next(iter(pages.values()))["title"] == "What if?" and pages["confidence"]["title"] == "How sure are we?"
    assert all(page["question"] and page["about"] and page["group"] for page in pages.values())


def test_the_landing_page_follows_the_tables_of_the_case(tmp_path):
    from twinkit.apps.front import Front
    from twinkit.apps.title import pages_of
    from twinkit.tables import read_case, write_case

    folder = write_case(read_case(content_dir("data") / "automotive"), tmp_path / "cars")
    front = Front(folder)
    assert front.read().title.startswith("Aurora") and "61 sites" in front.about and "61 sites" in front.alt
    pictures = {theme: front.picture(theme) for theme in ("light", "dark")}
    assert all(p.startswith(b"\x89PNG") for p in pictures.values()) and pictures["light"] != pictures["dark"]
    pages = pages_of([content_dir("notebooks") / "questions.ipynb"])
    assert {k for k, page in pages.items() if front.lacks(page)} >= {"forecast", "cash", "siting", "to_order", "bottleneck", "relief"}
    assert not any(front.lacks(pages[key]) for key in ("disruption", "stress", "advice", "loss", "resilience"))
    assert not Front(content_dir("data") / "drinks").read().lacks(pages["forecast"])
    sites = folder / "sites.csv"
    sites.write_text(sites.read_text().replace("supplier", "no such kind", 1))
    os.utime(sites, (2e9, 2e9))
    assert front.read().title in ("cars", "Aurora Motors: a car maker and four tiers of suppliers") and not front.picture("light")
    assert Front(tmp_path / "nowhere").read().title == "nowhere"


@pytest.mark.slow
def test_the_title_is_there_while_the_page_is_built(served, page, tmp_path):
    write(tmp_path, "app_slow", SLOW.format(4), "# What if?\n\nIt takes a moment.", title="Slow")
    page.goto(served(tmp_path / "app_slow.ipynb", "--pool", "0"), wait_until="commit")
    page.get_by_text("It takes a moment.").wait_for(timeout=3_500)
    assert page.get_by_role("status").get_by_text("being built").is_visible()
    page.get_by_text("ready at last").wait_for()


@pytest.mark.slow
def test_a_visitor_above_the_limit_is_told(served, page, axe, tmp_path):
    write(tmp_path, "app_one")
    url = served(tmp_path / "app_one.ipynb", "--pool", "1", "--visitors", "1")
    page.goto(url)
    page.get_by_text("ready at last").wait_for()
    status, text = answer(url)
    assert status == 503 and "The one place is taken." in text and 'http-equiv="refresh"' in text
    late = page.context.new_page()
    late.goto(url)
    late.get_by_role("heading", name="The one place is taken.").wait_for()
    assert late.get_by_text("as soon as somebody closes their page").is_visible()
    axe(late)
    page.expected_errors.append("503")
    page.close(run_before_unload=True)  # says goodbye
    late.get_by_text("ready at last").wait_for(timeout=60_000)  # the page looks again by itself
    late.close()


def test_visitors_cannot_run_code_or_read_files(served, page, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hush 42")
    write(tmp_path, "app_one")
    url = served(tmp_path / "app_one.ipynb", "--pool", "0")
    page.goto(url)
    page.get_by_text("ready at last").wait_for()
    body = json.dumps({"name": "python3"}).encode()
    for place in ("api/kernels", "api/sessions", "api/terminals", "api/contents"):
        assert answer(url + place, "POST", body)[0] in (403, 404, 405), place
    traversal = [
        "api/contents/../secret.txt", "api/contents/%2e%2e/secret.txt", "voila/files/secret.txt", "voila/files/../secret.txt",
        "voila/files/%2e%2e%2fsecret.txt", "voila/templates/twinkit/static/../../../../../secret.txt",
        "voila/static/..%2f..%2fsecret.txt", f"voila/files{urllib.parse.quote(str(secret))}", "files/secret.txt",
    ]  # fmt: skip
    for place in traversal:
        status, text = answer(url + place)
        assert status >= 400 and "hush" not in text, (place, status)
    page.expected_errors.append("WebSocket connection to .* failed")
    kernel = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    assert not page.evaluate(RUN, [url, kernel, f"open({str(tmp_path / 'harm')!r}, 'w').close()"]), "a socket of the older form"
    assert not os.path.exists(tmp_path / "harm")


RUN = """async ([url, kernel, code]) => {
  const address = `${url.replace("http", "ws")}api/kernels/${kernel}/channels?session_id=mine`;
  const opened = (socket) => new Promise((done) => { socket.onopen = () => done(true); socket.onerror = () => done(false); });
  const old = new WebSocket(address), taken = await opened(old);
  if (taken) old.close();
  const socket = new WebSocket(address, ["v1.kernel.websocket.jupyter.org"]), text = new TextEncoder();
  socket.binaryType = "arraybuffer";
  if (!await opened(socket)) throw new Error("the page's own form of socket is refused");
  const send = (msg_type, content) => {
    const header = { msg_id: String(Math.random()), msg_type, session: "mine", username: "me", version: "5.3", date: new Date().toISOString() };
    const parts = [text.encode("shell"), ...[header, {}, {}, content].map((part) => text.encode(JSON.stringify(part)))];
    const count = parts.length + 1, ends = [8 * (1 + count)];
    for (const part of parts) ends.push(ends.at(-1) + part.length);
    const bytes = new Uint8Array(ends.at(-1)), view = new DataView(bytes.buffer);
    [count, ...ends].forEach((value, i) => view.setBigUint64(8 * i, BigInt(value), true));
    parts.forEach((part, i) => bytes.set(part, ends[i]));
    socket.send(bytes);
  };
  send("execute_request", { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false });
  const answered = new Promise((done) => { socket.onmessage = ({ data }) => new TextDecoder().decode(data).includes("kernel_info_reply") && done(true); });
  send("kernel_info_request", {});
  await answered;  // what came before it has been dealt with
  socket.close();
  return taken;
}"""
"""Sends code to the visitor's own kernel, past the page."""


@pytest.mark.parametrize("wrong", ["0", "-1", "many"])
def test_a_limit_is_a_number(wrong, capsys):
    from twinkit.cli import main

    with pytest.raises(SystemExit):
        main(["app", "--visitors", wrong])
    assert "--visitors" in capsys.readouterr().err
