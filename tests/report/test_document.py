"""What a document is in every format: complete, in order, the same to the byte, and only text."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest
from openpyxl import load_workbook
from PIL import Image
from report.hostile import ALL, CONTROL, FORMULA, LONG, PATH, QUOTES, SCRIPT, hostile_outcomes
from report.results import DAY

from twinkit import CaseError, report_of, rerun
from twinkit.report import Branch, Code, Document, Fact, Facts, Heading, Picture, Points, Table, Text, Tree
from twinkit.report.book import sheet_names
from twinkit.report.pdf import printable
from twinkit.show.picture import drawing
from twinkit.tables.case import case_fingerprint

VOID = {"meta", "link", "img", "source"}


class Page(HTMLParser):
    """What stands in a page: elements with their attributes, the text of each kind, and whether all are closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.open:
            self.texts[tag][-1] += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def chart(theme: str):
    with drawing((5, 3), theme) as figure:
        figure.add_subplot().plot([1, 3, 2])
        figure.description = "A line that rises and falls."
    return figure


def hostile_document() -> Document:
    """Every block with every hostile text."""
    frame = pd.DataFrame(
        {"name": list(ALL), **{f"{a[:30]} {i}": range(len(ALL)) for i, a in enumerate(ALL)}, "n": [0.1] * len(ALL)}
    )
    told = {str(c): SCRIPT for c in frame}
    blocks = [*(Heading(a, 2 + i % 3) for i, a in enumerate(ALL)), *(Text(a, "lead") for a in ALL), Points(ALL),
              Facts([Fact(a, a, a, a) for a in ALL]), Table(frame, QUOTES, told, told, {a: a for a in ALL}, name=QUOTES),
              Tree([Branch(a, a, 0.5, [Branch(SCRIPT, a)]) for a in ALL], SCRIPT), Table(frame[:0], SCRIPT, name=QUOTES), Picture(chart, SCRIPT + CONTROL, QUOTES, PATH),
              Code(QUOTES + CONTROL + LONG, caption=SCRIPT)]  # fmt: skip
    return Document(SCRIPT, blocks, {a: a for a in ALL}, '{"a":"</script>"}', DAY)


@pytest.fixture(scope="module")
def hostile() -> Document:
    return hostile_document()


@pytest.fixture(scope="module")
def page(document_of) -> Page:
    return Page(document_of("outcomes").to_html())


def test_the_answer_comes_first_and_headings_are_in_order(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))
    assert page.all("html")[0]["lang"] == "en" and not page.open
    first = next(text for text in page.texts["p"] if "as it is" in text)
    assert first.startswith("Against 'as it is' on the same luck, the measures of 'more stock'")
    sections = [t for t in page.texts["h2"] if t != "Contents"]
    assert sections[0] == "In short" and sections[-3:] == ["How it was worked out", "Do it again", "Glossary"]


def test_links_lead_somewhere_and_every_picture_has_words(page):
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    links = [a["href"] for a in page.all("a")]
    assert links and all(link[0] == "#" and link[1:] in ids for link in links)
    assert len(ids) == sum("id" in attrs for _, attrs in page.elements)
    assert page.all("img") and all(
        len(img["alt"]) > 20 and img["src"].startswith("data:image/png") for img in page.all("img")
    )
    assert len(page.texts["caption"]) == len(page.all("table")) and all(
        th["scope"] in ("col", "row") for th in page.all("th")
    )
    hover = {a["title"] for a in page.all("a") if "title" in a}
    printed = set(page.texts["dd"])
    assert "units served at once from stock / units demanded" in hover & printed


def test_nothing_is_loaded_and_no_script_runs(document_of):
    text = document_of("outcomes").to_html()
    page = Page(text)
    assert not re.search(r"""(?:src|href|srcset|url)\s*[=(]\s*["']?(?:https?:)?//""", text)
    assert [s["type"] for s in page.all("script")] == ["application/json"]
    assert not [a for _, attrs in page.elements for a in attrs if a.startswith("on") or a == "style"]


def test_it_says_what_it_is_about(document_of, result_of):
    document = document_of("outcomes")
    about = document.about
    assert about["Worlds"] == "8" and about["Seed"] == "3" and "stock later" in about["Scenarios"]
    case = rerun_case(document)
    assert about["Fingerprint of the case"] == case_fingerprint(case)
    text = document.to_html()
    assert all(about[name] in text for name in ("Fingerprint of the case", "Made with", "Worlds"))


def rerun_case(document: Document):
    from twinkit.report.kept import Finder, json

    return Finder(json.loads(document.data)["cases"]).cases[0]


def test_the_same_inputs_give_the_same_bytes(result_of, document_of):
    again = report_of(result_of("one"), date=DAY, note="A remark.")
    assert document_of("one").to_zip() == again.to_zip()  # it holds all the others


def test_pictures_are_png_and_svg(document_of):
    found = document_of("one").pictures()
    stems = {name.rsplit(".", 1)[0] for name in found}
    assert stems and set(found) == {f"{s}.{k}" for s in stems for k in ("png", "svg")}
    for name, data in found.items():
        if name.endswith("png"):
            with Image.open(io.BytesIO(data)) as image:
                assert image.size[0] > 700
        else:
            assert ElementTree.fromstring(data).tag.endswith("svg")


def test_the_workbook_has_every_table_and_no_formula(document_of, result_of):
    document = document_of("outcomes")
    book = load_workbook(io.BytesIO(document.to_excel()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert len(book.sheetnames) == len(document.tables) + 3
    sheet = book["kpis as it is"]
    table = result_of("outcomes")["as it is"].table()
    assert [c.value for c in sheet[1]] == [*table.columns, "without"]
    assert sheet["C3"].value.startswith("mean over the worlds")
    read = [sheet.cell(4 + i, 3).value for i in range(len(table))]
    assert [r for r in read if r is not None] == table["mean"].dropna().tolist()


def test_the_zip_stays_in_its_place(document_of):
    with zipfile.ZipFile(io.BytesIO(document_of("one").to_zip())) as parts:
        names = parts.namelist()
        assert {"report.html", "report.pdf", "report.xlsx", "twinkit-report.json"} <= set(names)
        assert all(re.fullmatch(r"(pictures/)?[a-z0-9-]+\.[a-z]+", name) for name in names)


def test_hostile_names_are_text_on_a_page(hostile):
    page = Page(hostile.to_html())
    assert page.texts["h1"] == [SCRIPT] and not page.open
    assert [s["type"] for s in page.all("script")] == ["application/json"]
    assert not [a for _, attrs in page.elements for a in attrs if a.startswith("on")]
    shown = "".join(page.texts["main"])
    assert SCRIPT in shown and QUOTES in shown and "(10,500 characters)" in shown
    assert "bell␇ nul␀ half\ufffd esc␛[31m" in shown and not re.search("[\x00-\x08\u202e\ud800]", shown)


def test_hostile_names_are_text_in_a_workbook(hostile):
    book = load_workbook(io.BytesIO(hostile.to_excel()))
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in book.sheetnames)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    texts = {cell.value for cell in cells if isinstance(cell.value, str)}
    assert {FORMULA, SCRIPT, "-1+1", "@sum", LONG.rstrip() + " ", "''quoted"} <= texts | {LONG}
    risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in ("=", "+", "-", "@")]
    assert risky and all(cell.data_type in "s" and cell.number_format == "@" for cell in risky)


def test_hostile_names_are_text_on_paper(hostile):
    paper = hostile.to_pdf()
    assert paper.startswith(b"%PDF-") and paper.rstrip().endswith(b"%%EOF") and b"/JavaScript" not in paper
    assert b"/Outlines" in paper and b"/Lang" in paper and b"/Alt" in paper
    assert printable("a🏭b") == "a\ufffdb" and printable("אבג") == "גבא" and printable("x\u202ey") == "x\ufffdy"
    assert printable("nul\0") in ("nul␀", "nul\ufffd")


def test_a_hostile_case_makes_a_report_that_runs_again(tmp_path):
    document = report_of(hostile_outcomes(), title=SCRIPT + LONG, note=QUOTES + CONTROL, date=DAY)
    for suffix in (".pdf", ".xlsx"):
        found = rerun(document.save(tmp_path / f"report{suffix}"))
        assert found.same and found.note == QUOTES + CONTROL and found.case.name == PATH


def test_names_of_sheets_are_clean_and_unique():
    names = sheet_names(["x" * 40, "x" * 40, "X" * 31, "a:b", "A b", "", "'q'", "History", "data", "data"])
    assert len({n.casefold() for n in names}) == len(names) and max(map(len, names)) == 31 and names[-1] == "data"


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    document = Document("x", [Text("y")], date=DAY)
    for path, says in (
        (tmp_path / "a.docx", "no kind of report"), (tmp_path / "a", "has no ending"), (tmp_path / "no" / "a.html", "there is no folder"),
    ):  # fmt: skip
        with pytest.raises(CaseError, match=says):
            document.save(path)
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(CaseError, match="is a folder"):
        document.save(tmp_path / "folder.html")

    def in_use(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", in_use)
    with pytest.raises(CaseError, match="Close it elsewhere"):
        document.save(tmp_path / "a.html")
    assert [f.name for f in tmp_path.iterdir()] == ["folder.html"]
    with pytest.raises(CaseError, match="year-month-day"):
        Document("x", date="tomorrow")


def test_a_figure_and_an_empty_document_are_fine():
    document = Document("x", [Picture(chart("light"), caption="One look."), Table(pd.DataFrame(), "Nothing")], date=DAY)
    page = Page(document.to_html())
    assert page.all("img")[0]["alt"] == "A line that rises and falls." and not page.all("source")
    assert document.to_pdf() and document.to_excel() and Document("", date=DAY).to_pdf()
