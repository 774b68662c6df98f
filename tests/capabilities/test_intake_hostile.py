"""Files that would become far larger than they are, and odd ones that can be read."""

from __future__ import annotations

import json
import sqlite3
import time
import zipfile
from contextlib import closing

from twinkit.capabilities.intake.extracts import read_extracts

VIEW = "create view v as with recursive c(x) as (select 1 union all select x + 1 from c) select x from c"
STEP = "ISO-10303-21;\nDATA;\n#1=PRODUCT('A','A','',());\n#2=PRODUCT('B','B','',());\n#3=PRODUCT_DEFINITION('','',#1,$);\n#4=PRODUCT_DEFINITION('','',#2,$);\n{}\nEND-ISO-10303-21;"
USE = "#5=(NEXT_ASSEMBLY_USAGE_OCCURRENCE() PRODUCT_DEFINITION_RELATIONSHIP('','','',#3,#4) QUANTIFIED_ASSEMBLY_COMPONENT_USAGE(#6));\n#6=MEASURE_WITH_UNIT(COUNT_MEASURE({}),$);"
BOMBS = {
    "wide.csv": b"," * 15_000 + b"\n" + b"x\n" * 400_000, "columns.csv": b"," * 100_000 + b"\nx\n", "lines.csv": b"a\n" + b"\n" * 2_200_000 + b"1\n",
    "keys.json": json.dumps([{f"k{i}": 1} for i in range(15_000)]).encode(), "attributes.xml": b"<a>" + b"".join(b'<b k%d="1"/>' % i for i in range(15_000)) + b"</a>",
    "elements.xml": b"<a>" * 4_100_000, "charset.xml": b'<?xml version="1.0" encoding="foo-8"?><a><b/></a>', "endless.sqlite": b"",
    "inf.stp": STEP.format(USE.format("1E999")).encode(), "minus.stp": STEP.format(USE.format("-5.")).encode(),
}  # fmt: skip
"""Small files that would become very large, or nothing that there is."""
STRANGE = {
    "half.csv": b"\xff\xfea\0,\0b", "half.stp": STEP.format("#9=PRODUCT('\\X2\\D800\\X0\\','C','',());").encode(), "remark.stp": STEP.format("/* " * 100_000).encode(),
    "lists.json": b'[{"a": [1, 2], "\\u0000row": "x"}, {"a": true, "\\u0000row": 99999999999999999999}, {"a": 1}]', "fields.json": b'[{"model": "m", "fields": 7}]',
    "lots.xml": b"<SyncB2MML>" + b"<MaterialLot><ID>7</ID></MaterialLot>" * 8_000 + b"</SyncB2MML>", "line.jsonl": '{"a": "x\u2028y"}'.encode(),
}  # fmt: skip
"""Files that are odd, and can be read."""


def test_small_files_that_would_become_very_large_are_refused_and_odd_ones_read(tmp_path):
    for name, data in {**BOMBS, **STRANGE}.items():
        (tmp_path / name).write_bytes(data)
    with closing(sqlite3.connect(tmp_path / "endless.sqlite")) as base, base:
        base.execute(VIEW)
    base.close()
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("a.csv", b"a\n" + b"0" * 60_000_000)
    begun = time.process_time()
    found = read_extracts(tmp_path)
    assert time.process_time() - begun < 20
    said = "\n".join(p.sentence for p in found.problems)
    assert all(name in said for name in (*BOMBS, "bomb.zip")) and len(found.problems) == len(BOMBS) + 1, said
    assert found.tables["lists"].frame["a"].tolist() == ["[1, 2]", "yes", "1"]
    assert found.tables["line"].frame["a"].tolist() == ["x\u2028y"] and len(found.tables["b2mml_lots"].frame) == 8_000
    assert {"half.stp", "remark.stp"} == set(found.structures)
