"""A small folder of extracts in the habits of one region, and the mapping of it."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "Artikel_20260105.csv": "Nummer;Gewicht;ME;Preis;je;Währung\n007;1.250,5;G;12,50;10;USD\nNA;2,0;KG;3,00;1;EUR\n".encode("cp1252"),
    "Lager.csv": b"Ort,Artikel,Bestand,Regel\nshop,007,5,PD\nshop,007,2,PD\nshop,NA,1,PD\nmill,007,0,X\nmill,NA,0,X\n",
    "Auftrag.csv": b"Datum\tArt\tMenge\tStatus\n03.01.2026\t007\t4\t\n03.01.2026\t007\t1\t\n05.01.2026\t007\t2\tcancelled\n06.01.2026\t007\t3-\t\n12.01.2026\t007\t6\t\n12.01.2026\tNA\t2\t\n",
}
MAPPING = """
case = "small"
[settings]
currency = "EUR"
[rates]
USD = 0.5
[[products]]
from = "Artikel"
[products.columns]
product = "Nummer"
mass = { column = "Gewicht", unit_column = "ME" }
value = { column = "Preis", per = "je", currency_column = "Währung" }
[[sites]]
[sites.columns]
site = { value = "shop" }
kind = { value = "retailer" }
[[sites]]
[sites.columns]
site = { value = "mill" }
kind = { value = "supplier" }
[[stocks]]
from = "Lager"
[stocks.columns]
site = "Ort"
product = "Artikel"
on_hand = { column = "Bestand", combine = "sum" }
policy = { column = "Regel", words = { PD = "on_demand", X = "unlimited" } }
[[lanes]]
from = "Artikel"
[lanes.columns]
origin = { value = "mill" }
destination = { value = "shop" }
product = "Nummer"
lead_time = { assume = 3, because = "nobody knows" }
[[markets]]
from = "Auftrag"
[markets.derive]
what = "demand"
date = "Datum"
units = "Menge"
cancelled = { Status = ["cancelled"] }
[markets.columns]
market = { value = "town" }
site = { value = "shop" }
product = "Art"
"""


def put(folder: Path) -> Path:
    """Write the extracts and their mapping into a folder."""
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    (folder / "intake.toml").write_text(MAPPING, encoding="utf-8")
    return folder
