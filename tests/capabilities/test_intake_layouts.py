"""Folders of extracts as systems and people write them, read by the mapping that is proposed for them: every number against a pencil."""

from __future__ import annotations

import datetime
import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from openpyxl import Workbook

from twinkit.capabilities.intake.assemble import Intake, intake
from twinkit.capabilities.intake.extracts import read_extracts
from twinkit.capabilities.intake.propose import propose
from twinkit.capabilities.intake.values import numbers, spans
from twinkit.capabilities.intake.written import toml_of
from twinkit.inventory import fit_lead_times


def taken(folder, files, edit=lambda text: text) -> Intake:
    """What the proposed mapping makes of files."""
    for name, data in files.items():
        data(folder / name) if callable(data) else (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    text = toml_of(propose(read_extracts(folder)), "proposed").replace("accepted = false", "accepted = true")
    (folder / "intake.toml").write_text(edit(text), encoding="utf-8")
    return intake(folder)


def column(result: Intake, table: str, keys, name: str) -> dict:
    return result.require()[table].set_index(keys)[name].dropna().to_dict()


SAP = {
    "Materialstamm.csv": "Material;Basismengeneinheit;Nettogewicht;Gewichtseinheit\n007;ST;1.250,5;G\n100;KG;1,0;KG\n200;ST;2,0;KG\n",
    "Werke.csv": "Werk;Name 1;Land\n1000;Windhoek;NA\n2000;Graz;AT\n", "Lieferanten.csv": "Lieferant;Name 1;Land\n4711;Müller;DE\n",
    "Werksdaten.csv": "Material;Werk;Dispomerkmal;Meldebestand;Feste Losgröße;Beschaffungsart;Eigenfertigungszeit\n007;1000;PD;0;0;E;3\n007;2000;PD;0;0;F;0\n100;1000;VB;20;400;F;0\n200;1000;VB;20;400;F;0\n",
    "Lagerbestand.csv": "Lagerbestandsliste;;;\nStand: 05.01.2026;;;\n;;;\nMaterial;Werk;Lagerort;Frei verwendbar\n007;1000;0001;1.234\n007;1000;0002;0,5\n100;1000;0001;7\n* Summe;;;1.241,5\n",
    "Bewertung.csv": "Material;Bewertungskreis;Preissteuerung;Standardpreis;Gleitender Preis;Preiseinheit\n007;1000;S;1.250,00;98,00;100\n100;1000;V;9,00;3,00;1\n",
    "Mengeneinheiten.csv": "Material;Alternativmengeneinheit;Zähler;Nenner\n007;PAL;24;1\n",
    "Stücklistenkopf.csv": "Stückliste;Basismenge\n11;10\n12;1\n",
    "Stücklistenpositionen.csv": "Stückliste;Komponente;Menge;Mengeneinheit;Komponentenausschuss\n11;100;5.000;G;10\n11;200;20,0;ST;0\n12;100;99;KG;0\n",
    "Stücklistenzuordnung.csv": "Material;Werk;Stücklistenverwendung;Stückliste\n007;1000;1;11\n007;1000;2;12\n",
    "Bestellkopf.csv": "Einkaufsbeleg;Lieferant;Lieferwerk;Belegdatum\n45;4711;;02.01.2026\n46;;1000;02.01.2026\n",
    "Bestellpositionen.csv": "Einkaufsbeleg;Position;Material;Werk;Löschkennzeichen\n45;10;100;1000;\n45;20;200;1000;\n46;10;007;2000;\n45;30;100;1000;L\n",
    "Wareneingänge.csv": "Einkaufsbeleg;Position;Buchungsdatum;Bewegungsart\n45;10;08.01.2026;101\n45;20;08.01.2026;101\n46;10;04.01.2026;101\n",
    "Auftragskopf.csv": "Verkaufsbeleg;Angelegt am;Verkaufsbelegart\n1;03.01.2026;TA\n2;05.01.2026;RE\n3;06.01.2026;TA\n4;12.01.2026;AG\n5;12.01.2026;G2\n6;12.01.2026;TA\n",
    "Auftragspositionen.csv": "Verkaufsbeleg;Position;Material;Werk;Auftragsmenge;Verkaufsmengeneinheit;Absagegrund\n1;10;007;2000;2,000;PAL;\n1;20;007;2000;4,000;ST;\n"
                             "2;10;007;2000;3,000;ST;\n3;10;007;2000;2,000;ST;\n3;20;007;2000;8,000;ST;01\n4;10;007;2000;500,000;ST;\n5;10;007;2000;500,000;ST;\n6;10;007;2000;6,000;ST;\n",
}  # fmt: skip


def test_german_lists_of_sap(tmp_path):
    result = taken(tmp_path, {name: text.encode("cp1252") for name, text in SAP.items()})
    assert column(result, "products", "product", "mass") == pytest.approx({"007": 1.2505, "100": 1.0, "200": 2.0})
    assert column(result, "products", "product", "value") == {"007": 12.5, "100": 3.0, "200": 0.0}  # of 100, what it moves by
    assert column(result, "stocks", ["site", "product"], "on_hand")["1000", "007"] == 1234.5
    assert column(result, "bill_of_materials", ["product", "component"], "quantity") == pytest.approx({("007", "100"): 0.55, ("007", "200"): 2.0})
    assert column(result, "lanes", ["origin", "destination", "product"], "lead_time") == {("4711", "1000", "100"): 6, ("4711", "1000", "200"): 6, ("1000", "2000", "007"): 2}
    assert column(result, "markets", ["site", "product"], "mean") == {("2000", "007"): (48 + 4 + 2 + 6) / 10}  # offers and credit notes are no demand
    assert result.require()["sites"].set_index("site")["country"].to_dict() == {"1000": "NA", "2000": "AT", "4711": "DE"}
    said = "\n".join(result.notes)
    assert "Lagerbestand.csv: the header is row 4" in said and "1 row of sums left out (row 8: '* Summe 1.241,5')" in said


def test_bills_of_one_product_are_not_added_up(tmp_path):
    files = SAP | {"Stücklistenzuordnung.csv": SAP["Stücklistenzuordnung.csv"].replace(";2;12", ";1;12")}
    result = taken(tmp_path, {name: text.encode("cp1252") for name, text in files.items()})
    assert result.case is None and "stands in more than one Stückliste, '11'" in result.problems[0].sentence


PLAIN = {
    "items.csv": "sku,category,unit,weight [g],cost_usd\n007,bikes,pc,12500,100\nP-1,parts,pc,250,4\n", "packs.csv": "sku,unit,factor\n007,PAL,10\nP-1,BOX,24\n",
    "sites.csv": "site,type,country\nDC1,Warehouse,NA\nShop1,STORE,NA\n", "suppliers.csv": "supplier,country\nACME,NA\n",
    "stock.csv": "site,sku,on hand,uom\nDC1,007,2,PAL\nDC1,007,3,pc\nDC1,P-1,1,BOX\nShop1,007,1,dozen\n",
    "lanes.csv": 'from,to,sku,lead time (weeks),freight cost (USD)\nACME,DC1,007,2,"1,250.50"\nACME,DC1,P-1,36:00:00,0.10\nDC1,Shop1,007,1,2.00\n',
    "orders_2025.csv": "order date,sku,site,qty,uom,status\n2025-12-30,007,Shop1,1,PAL,Closed\n2025-12-31,007,Shop1,2,pc,CANCELLED\n",
    "orders_2026.csv": "order date,sku,site,qty,uom,status\n2026-01-02,007,Shop1,1,dozen,Closed\n2026-01-03,P-1,DC1,2,BOX,Open\n2026-01-08,007,Shop1,7,pc,Closed\n2026-01-08,007,Shop1,-3,pc,Closed\nTotal,,,19,,\n",
}  # fmt: skip


def test_lists_in_dozens_pallets_and_dollars(tmp_path):
    result = taken(tmp_path, PLAIN)
    assert column(result, "products", "product", "mass") == pytest.approx({"007": 12.5, "P-1": 0.25}) and result.require().settings["currency"] == "USD"
    stocks = column(result, "stocks", ["site", "product"], "on_hand")
    assert (stocks["DC1", "007"], stocks["DC1", "P-1"], stocks["Shop1", "007"]) == (23, 24, 12)
    assert column(result, "markets", "product", "mean") == pytest.approx({"007": (10 + 12 + 7 - 3) / 10, "P-1": 4.8})
    assert column(result, "lanes", ["origin", "destination", "product"], "lead_time") == pytest.approx({("ACME", "DC1", "007"): 14, ("ACME", "DC1", "P-1"): 1.5, ("DC1", "Shop1", "007"): 7})
    assert column(result, "lanes", ["destination", "product"], "transport_cost")["DC1", "007"] == 1250.5
    assert any("lines count whose status is 'Closed', 'Open'" in note for note in result.notes)


def test_signs_of_money_are_converted_and_never_passed_over(tmp_path):
    files = PLAIN | {"items.csv": "sku,cost\n007,$100.00\nP-1,4 EUR\n", "lanes.csv": "from,to,sku,lead time (weeks)\nACME,DC1,007,2\nACME,DC1,P-1,1\nDC1,Shop1,007,1\n"}
    result = taken(tmp_path, {n: t.replace("PAL", "pc").replace("BOX", "pc") for n, t in files.items() if n != "packs.csv"})
    assert result.case is None and "'$100.00' is a currency without a rate" in result.problems[0].sentence
    text = (tmp_path / "intake.toml").read_text(encoding="utf-8")
    (tmp_path / "intake.toml").write_text(text + "\n[rates]\nUSD = 0.9\n", encoding="utf-8")
    assert column(intake(tmp_path), "products", "product", "value") == pytest.approx({"007": 90.0, "P-1": 4.0})


def test_states_of_several_days_are_not_added_up(tmp_path):
    files = {n: t for n, t in PLAIN.items() if n != "stock.csv"} | {"stock_20260105.csv": PLAIN["stock.csv"], "stock_20260106.csv": PLAIN["stock.csv"].replace("DC1,007,3", "DC1,007,4")}
    result = taken(tmp_path, files, lambda text: text.replace('take = "newest"', 'take = "all"'))
    assert column(result, "stocks", ["site", "product"], "on_hand")["DC1", "007"] == 47
    (tmp_path / "intake.toml").write_text((tmp_path / "intake.toml").read_text(encoding="utf-8").replace('take = "all"', 'take = "newest"'), encoding="utf-8")
    assert column(intake(tmp_path), "stocks", ["site", "product"], "on_hand")["DC1", "007"] == 24
    assert "states of several days (stock_20260105.csv, stock_20260106.csv)" in read_extracts(tmp_path).problems[0].sentence


def test_a_comma_that_leaves_both_open_is_refused_until_the_mapping_says_which(tmp_path):
    files = PLAIN | {"stock.csv": 'site,sku,on hand\nDC1,007,"1,500"\nDC1,P-1,20\n'}
    result = taken(tmp_path, files)
    assert "stock.csv row 2, on hand: '1,500' is no number" in result.problems[0].sentence
    text = (tmp_path / "intake.toml").read_text(encoding="utf-8")
    for sign, units in ((".", 1500), (",", 1.5)):
        (tmp_path / "intake.toml").write_text(text.replace("[settings]", f'[[source]]\nfiles = "stock.csv"\ndecimal = "{sign}"\n[settings]', 1), encoding="utf-8")
        assert column(intake(tmp_path), "stocks", ["site", "product"], "on_hand")["DC1", "007"] == units


def book(path) -> None:
    made = Workbook()
    stock = made.active
    stock.title = "Bestand"
    stock["A1"], stock["A2"], stock["B2"] = "Bestandsliste Lager Süd", "Stand", "05.01.2026"
    stock.merge_cells("A1:D1")
    for i, row in enumerate([["Lager", "Artikel", "Bestand", "Einheit"], ["Süd", 7, 1234.5, "ST"], [None, "NA", 2, "ST"], ["Nord", 7, 10, "ST"], ["Gesamt", None, 1246.5, None]], 4):
        for j, value in enumerate(row, 1):
            stock.cell(i, j, value)
    stock["B5"].number_format = stock["B7"].number_format = "000"
    stock.merge_cells("A5:A6")
    old = made.create_sheet("Bestand alt")
    old.append(["Lager", "Artikel", "Bestand"])
    old.append(["Süd", "007", 9999])
    old.sheet_state = "hidden"
    for title, rows in {
        "Artikel": [["Artikelnummer", "Gewicht in g", "Preis in €"], ["007", "1.250,5", "1.200,00"], ["NA", "800", "3,50"]],
        "Standorte": [["Standort", "Art", "Land"], ["Süd", "Lager", "NA"], ["Nord", "Lager", "DE"]], "Lieferanten": [["Lieferant", "Land"], ["Werk X", "DE"]],
        "Relationen": [["Von", "Nach", "Artikel", "Lieferzeit [Tage]"], ["Werk X", "Süd", "007", 3], ["Werk X", "Süd", "NA", 4], ["Süd", "Nord", "007", "2,5"]],
        "Aufträge": [["Datum", "Artikel", "Lager", "Menge"], *([datetime.datetime(2026, 1, d), p, s, n] for d, p, s, n in ((1, "007", "Nord", 4), (10, "007", "Nord", 6), (4, "NA", "Süd", 5)))],
    }.items():  # fmt: skip
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)


def test_a_workbook_with_titles_merged_cells_sums_and_a_hidden_sheet(tmp_path):
    result = taken(tmp_path, {"export.xlsx": book})
    assert column(result, "stocks", ["site", "product"], "on_hand") == {("Süd", "007"): 1234.5, ("Süd", "NA"): 2, ("Nord", "007"): 10}
    assert column(result, "products", "product", "mass") == pytest.approx({"007": 1.2505, "NA": 0.8}) and column(result, "products", "product", "value") == {"007": 1200, "NA": 3.5}
    assert column(result, "markets", ["site", "product"], "mean") == {("Nord", "007"): 1.0, ("Süd", "NA"): 0.5}
    assert result.require().source("stocks", ("Süd", "NA"), "on_hand").row == "6"


ODOO = {
    "product.csv": "Internal Reference,Name,Cost,Weight,Unit of Measure\nFURN,Desk,100,12.5,Units\nLEG,Leg,4,1.25,Units\n",
    "stock quant.csv": "Product,Location,Quantity\n[FURN] Desk,WH/Stock,5\n[LEG] Leg,WH/Stock,40\n[LEG] Leg,WH/Stock,2\n",
    "reordering rules.csv": "Product,Location,Min Quantity,Max Quantity\n[FURN] Desk,WH/Stock,3,9\n[LEG] Leg,WH/Stock,10,50\n",
    "vendor pricelist.csv": "Vendor,Product,Delivery Lead Time,Quantity\nWood Corner,[LEG] Leg,7,12\n",
    "mrp.bom.csv": "Product,BoM Type,BoM Lines/Component,BoM Lines/Quantity,BoM Lines/Unit of Measure\n[FURN] Desk,Manufacture,[LEG] Leg,4,Units\n",
    "sale.order.csv": "Order Reference,Order Date,Status,Order Lines/Product,Order Lines/Quantity,Order Lines/Unit of Measure\nS1,2026-01-05 10:00:00,Sales Order,[FURN] Desk,2,Units\n,,,[LEG] Leg,1,Dozens\n"
                      "S2,2026-01-06 10:00:00,Cancelled,[FURN] Desk,7,Units\n,,,[LEG] Leg,3,Units\nS3,2026-01-14 10:00:00,Sales Order,[FURN] Desk,8,Units\n",
}  # fmt: skip


def test_exports_of_odoo_say_an_order_once_and_name_products_with_their_code(tmp_path):
    result = taken(tmp_path, ODOO)
    assert column(result, "markets", "product", "mean") == pytest.approx({"FURN": 1.0, "LEG": 1.2})
    assert column(result, "stocks", "product", "on_hand") == {"FURN": 5, "LEG": 42} and column(result, "stocks", "product", "order_up_to") == {"FURN": 9, "LEG": 50}
    assert column(result, "bill_of_materials", ["product", "component"], "quantity") == {("FURN", "LEG"): 4}
    (tmp_path / "sale.order.csv").write_text(ODOO["sale.order.csv"].replace("Order Lines/", "Line "), encoding="utf-8")
    assert propose(read_extracts(tmp_path)).unused == ["sale.order"]


ERPNEXT = {
    "Item.csv": "Item Code,Item Group,Default Unit of Measure,Valuation Rate,Weight Per Unit,Weight UOM\nSKU1,Products,Nos,50,1500,Gram\nSKU2,Raw,Kg,2,1,Kg\n",
    "Item.uoms.csv": "parent,uom,conversion_factor\nSKU1,Nos,1\nSKU1,Box,12\n", "Supplier.csv": "Supplier Name,Country\nAlpha,Namibia\n",
    "Bin.csv": "Item Code,Warehouse,Actual Qty\nSKU1,Stores,30\nSKU2,Stores,100\n",
    "Purchase Receipt Item.csv": "Item Code,Warehouse,Supplier,transaction_date,Posting Date\nSKU1,Stores,Alpha,2026-01-01,2026-01-05\nSKU2,Stores,Alpha,2026-01-01,2026-01-05\n",
}  # fmt: skip


@pytest.mark.parametrize("orders", [
    {"Sales Order.csv": "ID,Date,Status,Item Code (Items),Quantity (Items),UOM (Items),Delivery Warehouse (Items)\nSO-1,2026-01-01,To Deliver,SKU1,2,Box,Stores\n,,,SKU2,1.5,Kg,Stores\nSO-2,2026-01-05,Cancelled,SKU1,99,Box,Stores\nSO-3,2026-01-10,Completed,SKU1,6,Nos,Stores\n"},
    {"Sales Order.json": json.dumps({"data": [{"name": "SO", "status": "Completed", "users": [1, 2], "items": [
        {"item_code": p, "qty": q, "uom": u, "stock_qty": n, "warehouse": "Stores", "transaction_date": d, "docstatus": s}
        for p, q, u, n, d, s in (("SKU1", 2, "Box", 24, "2026-01-01", 1), ("SKU2", 1.5, "Kg", 1.5, "2026-01-01", 1), ("SKU1", 9, "Box", 108, "2026-01-05", 2), ("SKU1", 6, "Nos", 6, "2026-01-10", 1))]}]})},
])  # fmt: skip
def test_orders_of_erpnext_count_in_the_unit_of_the_stock(tmp_path, orders):
    result = taken(tmp_path, ERPNEXT | orders)
    assert column(result, "markets", "product", "mean") == pytest.approx({"SKU1": 3.0, "SKU2": 0.15})
    assert column(result, "products", "product", "mass") == {"SKU1": 1.5, "SKU2": 1.0}


def test_lists_of_frepple_say_times_in_days_and_hours(tmp_path):
    result = taken(tmp_path, {
        "item.csv": "name,owner,cost\nAll items,,\nchair,All items,50\nwood,All items,2\n", "location.csv": "name,owner\nfactory,\nshop,\n", "supplier.csv": "name\nwood co\n",
        "itemsupplier.csv": "supplier,item,location,lead time,size minimum,size multiple\nwood co,wood,factory,7 00:00:00,100,10\n", "itemdistribution.csv": "item,location,origin,lead time\nchair,shop,factory,P1DT12H\n",
        "buffer.csv": "item,location,on hand,minimum\nchair,shop,4,2\nwood,factory,500,0\n", "operation.csv": "name,item,location,type,duration\nmake chair,chair,factory,fixed_time,172800\n",
        "operationmaterial.csv": "operation,item,quantity,type\nmake chair,wood,-4,start\nmake chair,chair,1,end\n",
        "salesorder.csv": "name,item,customer,location,due,quantity,status\n" + "".join(f"D{i},chair,near,shop,2026-01-{d:02} 00:00:00,{q},{s}\n" for i, (d, q, s) in enumerate(((1, 3, "open"), (5, 9, "canceled"), (10, 7, "closed"), (10, 5, "quote")))),
    })  # fmt: skip
    assert column(result, "lanes", "product", "lead_time") == {"wood": 7, "chair": 1.5} and column(result, "recipes", "product", "lead_time") == {"chair": 2}
    assert column(result, "markets", "product", "mean") == {"chair": 1.0} and column(result, "bill_of_materials", "component", "quantity") == {"wood": 4}


def test_a_crm_fills_what_the_erp_leaves_open_and_contradictions_are_told(tmp_path):
    result = taken(tmp_path, {
        "orders.csv": "Id,AccountId,EffectiveDate,Status\n801A,001A,2026-01-01,Activated\n801B,001B,2026-01-03,DRAFT\n801C,001B,2026-01-10,ACTIVATED\n",
        "orderitems.csv": "Id,OrderId,Product2Id,Quantity\n1,801A,01tA,3\n2,801B,01tA,100\n3,801C,01tA,7\n", "accounts.csv": "Id,Name,CustomerPriority__c\n001A,Alpha,High\n001B,Beta,Low\n",
        "product2.csv": "Id,ProductCode,Name,Family\n01tA,SKU-7,Seven,Fam\n", "items.csv": "item,cost,weight kg\nSKU-7,3,1.3\n", "MARA.csv": "MATNR;MEINS;NTGEW;GEWEI\nSKU-7;ST;1,250;KG\n",
        "stock.csv": "site,item,on hand\nwarehouse,SKU-7,9\n", "suppliers.csv": "supplier\nV\n", "sites.csv": "site,type\nwarehouse,warehouse\n", "supply.csv": "from,to,item,lead time\nV,warehouse,SKU-7,3\n",
    })  # fmt: skip
    assert column(result, "markets", "market", "mean") == {"Alpha": 0.3, "Beta": 0.7} and column(result, "markets", "market", "priority") == {"Alpha": 1, "Beta": 3}
    assert column(result, "products", "product", "value") == {"SKU-7": 3} and column(result, "products", "product", "family") == {"SKU-7": "Fam"}
    assert len(result.contradictions) == 1 and "'1.3'" in result.contradictions[0] and "'1.25'" in result.contradictions[0]


def test_long_numbers_of_databases_stay_whole(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as base, base:
        base.execute("create table lite (code integer, mass real)")
        base.executemany("insert into lite values (?, ?)", [(106141411928374657, 1.234), (None, 2)])
    base.close()
    with duckdb.connect() as base:
        base.execute(f"copy (select * from (values (106141411928374657, 1.234::double, true), (null, 2, null)) t(code, mass, ok)) to '{tmp_path / 'park.parquet'}' (format parquet)")
    for name, extract in read_extracts(tmp_path).tables.items():
        assert extract.frame["code"].tolist() == ["106141411928374657", ""], name
        assert numbers(extract.frame["mass"].to_numpy(), commas=True)[0].tolist() == [1.234, 2.0]  # a number of the base has no separators
    assert read_extracts(tmp_path).tables["park"].frame["ok"].tolist() == ["yes", ""]


@pytest.mark.parametrize(("cells", "values"), [
    (["1 234,5 €", "2"], [1234.5, 2]), (["$1,250.00", "1,000"], [1250, 1000]), (["(20)", "1,500.5"], [-20, 1500.5]), (["12-", "1.234,5"], [-12, 1234.5]), (["−5", "3"], [-5, 3]),
    (["1,000", "2,000"], [np.nan, np.nan]), (["(5", "-"], [np.nan, np.nan]),
])  # fmt: skip
def test_numbers_as_people_write_them(cells, values):
    assert numbers(np.array(cells, dtype=object))[0].tolist() == pytest.approx(values, nan_ok=True)


def test_lengths_of_time_that_say_their_unit():
    found, said = spans(np.array(["1 06:00:00", "36:00", "P2W", "2 days, 12:00:00", "7", "", "P"], dtype=object))
    assert found[:4].tolist() == [1.25, 1.5, 14, 2.5] and said.tolist() == [True] * 4 + [False] * 3


def test_lines_without_their_dates_are_no_few_lines_less(tmp_path):
    rows = PLAIN["orders_2026.csv"].replace("2026-01-03,P-1", ",P-1")
    result = taken(tmp_path, {n: t for n, t in PLAIN.items() if not n.startswith("orders")} | {"orders.csv": rows})
    assert "is empty in 1 of 4 lines that ask for something (orders.csv row 3 is the first)" in result.problems[0].sentence


def test_records_of_odoo_name_what_they_refer_to_by_number_and_name(tmp_path):
    desk, leg, stock, piece = [1, "[FURN] Desk"], [2, "[LEG] Leg"], [8, "WH/Stock"], [1, "Units"]
    lines = ((desk, 2, piece, "sale", "2026-01-05 10:00:00"), (leg, 1, [2, "Dozens"], "done", "2026-01-05 10:00:00"), (desk, 7, piece, "cancel", "2026-01-06 10:00:00"),
             (desk, -1, piece, "sale", "2026-01-14 23:59:59"), (desk, 9, piece, "sale", "2026-01-14 00:00:00"), (leg, 100, piece, "draft", "2026-01-14 00:00:00"))  # fmt: skip
    result = taken(tmp_path, {f"{name}.json": json.dumps(records) for name, records in {
        "product.product": [{"id": 1, "default_code": "FURN", "standard_price": 100, "uom_id": piece}, {"id": 2, "default_code": "LEG", "standard_price": 4, "uom_id": piece}],
        "stock.quant": [{"product_id": p, "location_id": stock, "quantity": n} for p, n in ((desk, 5.0), (leg, 40.0), (leg, 2.0))],
        "product.supplierinfo": [{"partner_id": [9, "Wood Corner"], "product_id": leg, "delay": 7, "min_qty": 12}],
        "mrp.bom": [{"id": 5, "product_tmpl_id": desk, "product_qty": 10, "bom_line_ids": [7]}],
        "mrp.bom.line": [{"id": 7, "bom_id": [5, "Desk"], "product_id": leg, "product_qty": 40, "product_uom_id": piece, "parent_product_tmpl_id": desk}],
        "sale.order.line": [dict(zip(("product_id", "product_uom_qty", "product_uom", "state", "create_date"), line, strict=True)) for line in lines],
    }.items()})  # fmt: skip
    assert column(result, "markets", "product", "mean") == pytest.approx({"FURN": (2 - 1 + 9) / 10, "LEG": 12 / 10})
    assert column(result, "bill_of_materials", ["product", "component"], "quantity") == {("FURN", "LEG"): 4}
    assert column(result, "stocks", "product", "on_hand") == {"FURN": 5, "LEG": 42} and column(result, "stocks", ["site", "product"], "policy")["WH/Stock", "LEG"] == "on_demand"


LEGS = "[LEG] Leg"


@pytest.mark.parametrize("files", [
    {"mrp.bom.csv": f"Reference,Product,Quantity,BoM Type,BoM Lines/Component,BoM Lines/Quantity\nB,[FURN] Desk,10,Manufacture,{LEGS},40\n"},
    {"mrp.bom.csv": f"id,product_tmpl_id,product_qty,bom_line_ids/product_id,bom_line_ids/product_qty\n5,[FURN] Desk,10,{LEGS},40\n"},
    {"mrp.bom.csv": "id,product_tmpl_id,product_qty\n5,[FURN] Desk,10\n6,[FURN] Desk,2\n", "mrp.bom.line.csv": f"bom_id,product_id,product_qty,parent_product_tmpl_id\n5,{LEGS},40,[FURN] Desk\n"},
    {"mrp.bom.line.csv": f"Parent BoM/Product,Component,Quantity,Parent BoM/Quantity\n[FURN] Desk,{LEGS},40,10\n"},
])  # fmt: skip
def test_a_bill_of_odoo_for_ten_is_a_tenth_for_one(tmp_path, files):
    result = taken(tmp_path, {n: t for n, t in ODOO.items() if n != "mrp.bom.csv"} | files)
    assert column(result, "bill_of_materials", ["product", "component"], "quantity") == {("FURN", "LEG"): 4}


@pytest.mark.parametrize("files", [
    {"BOM.csv": "ID,Item,Quantity,Item Code (Items),Qty (Items),Stock Qty (Items)\nB1,SKU1,10,SKU2,5,5\n"},
    {"BOM.json": json.dumps({"data": [{"name": f"B{i}", "item": "SKU1", "quantity": n, "is_active": 1, "is_default": int(n == 10), "items": [{"item_code": "SKU2", "qty": 5, "stock_qty": 5}]} for i, n in enumerate((10, 1))]})},
    {"BOM.json": json.dumps({"data": [{"name": "B", "item": "SKU1", "quantity": 10, "items": [{"item_code": "SKU2", "stock_qty": 5, "qty_consumed_per_unit": 0.5}]}]})},
])  # fmt: skip
def test_a_bill_of_erpnext_for_ten_is_a_tenth_for_one_and_only_the_usual_one_counts(tmp_path, files):
    orders = {"Sales Order.csv": "ID,Date,Status,Item Code (Items),Quantity (Items),UOM (Items),Delivery Warehouse (Items)\nSO-1,2026-01-01,To Deliver,SKU1,2,Box,Stores\n"}
    result = taken(tmp_path, ERPNEXT | orders | files)
    assert column(result, "bill_of_materials", ["product", "component"], "quantity") == {("SKU1", "SKU2"): 0.5}


RECEIPTS = {1: ("12.01.2026", "05.01.2026"), 2: ("06.01.2026",), 3: ("30.01.2026", "01.02.2026", "31.01.2026")}
"""Order of a day of January → its receipts: the last ones come after 11, 4 and 29 days."""


def test_of_receipts_in_parts_the_last_day_counts(tmp_path):
    orders = {"orders.csv": "order date,sku,site,qty\n2026-01-01,007,DC1,10\n2026-01-10,007,DC1,10\n"}
    lines = [f"{n};10;ACME;DC1;007;{n:02}.01.2026;{day}\n" for n, days in RECEIPTS.items() for day in days]
    plain = {n: t for n, t in PLAIN.items() if not n.startswith(("orders", "lanes"))} | orders
    result = taken(tmp_path, plain | {"Bestellungen.csv": "Bestellnummer;Pos;Lieferant;Lager;Artikel;Bestelldatum;Lieferdatum\n" + "".join(lines)}, lambda text: text.replace('"lead_time"', '"lead_time"\nleast = 1'))
    expected = fit_lead_times([11, 4, 29], families=("normal", "lognormal"))
    assert list(column(result, "lanes", ["origin", "product"], "lead_time").values()) == [pytest.approx(next(iter(expected.values())).mean)]
    assert any("3 partial receipts" in note for note in result.notes)


def test_of_receipts_that_a_join_finds_the_last_day_counts_and_what_was_reversed_is_still_to_come(tmp_path):
    receipts = "45;10;31.01.2026;101\n45;10;01.02.2026;101\n45;20;08.01.2026;101\n45;20;09.01.2026;102\n45;20;12.01.2026;101\n46;10;04.01.2026;101\n"
    files = SAP | {"Wareneingänge.csv": f"Einkaufsbeleg;Position;Buchungsdatum;Bewegungsart\n{receipts}"}
    result = taken(tmp_path, {name: text.encode("cp1252") for name, text in files.items()}, lambda text: text.replace('"lead_time"', '"lead_time"\nleast = 1'))
    assert column(result, "lanes", ["origin", "destination", "product"], "lead_time") == {("4711", "1000", "100"): 30, ("4711", "1000", "200"): 10, ("1000", "2000", "007"): 2}
    (tmp_path / "Wareneingänge.csv").write_text((tmp_path / "Wareneingänge.csv").read_text(encoding="cp1252") + "46;10;05.01.2026;102\n", encoding="utf-8")
    assert "'1000 → 2000 → 007' 1 lanes have only orders that have not come in" in intake(tmp_path).problems[0].sentence


@pytest.mark.parametrize(("head", "left"), [("Unit", 0), ("Unit of issue", 1)])
def test_units_of_a_bill_are_used_or_told(tmp_path, head, left):
    bill = SAP["Stücklistenpositionen.csv"].replace("Mengeneinheit", head)
    result = taken(tmp_path, {name: text.encode("cp1252") for name, text in (SAP | {"Stücklistenpositionen.csv": bill}).items()})
    assert column(result, "bill_of_materials", ["product", "component"], "quantity")["007", "100"] == pytest.approx(0.55 if not left else 550)
    assert [head in sentence and "holds units, and no line asks it" in sentence for sentence in propose(read_extracts(tmp_path)).left] == [True] * left


def test_credit_notes_and_drafts_are_no_demand(tmp_path):
    lines = "Menge;Artikel;Lager;Datum;Belegart;Auftragsstatus\n10;007;Shop1;01.01.2026;Auftrag;offen\n4;007;Shop1;02.01.2026;Gutschrift;offen\n5;007;Shop1;03.01.2026;Auftrag;Entwurf\n3;007;Shop1;01.01.2026;Retoure;offen\n10;007;Shop1;10.01.2026;Auftrag;geliefert\n"
    result = taken(tmp_path, {n: t for n, t in PLAIN.items() if not n.startswith("orders")} | {"auftraege.csv": lines})
    assert column(result, "markets", "product", "mean") == {"007": (10 - 3 + 10) / 10}


def test_of_two_patterns_that_fit_a_file_the_one_that_says_more_counts(tmp_path):
    (tmp_path / "ProductVendor.csv").write_text("a\tb\n", encoding="utf-8")
    (tmp_path / "Vendor.csv").write_text("c\n", encoding="utf-8")
    found = read_extracts(tmp_path, [{"files": "*Vendor.csv", "name": "Vendor", "columns": ["id"]}, {"files": "*ProductVendor.csv", "name": "ProductVendor", "columns": ["part", "id"]}])
    assert not found.problems and {n: e.frame.iloc[0].tolist() for n, e in found.tables.items()} == {"ProductVendor": ["a", "b"], "Vendor": ["c"]}


@pytest.mark.parametrize(("length", "start"), [(1, "2025-09-30"), (7, "2025-10-01"), (30, "2025-10-01"), (183, "2025-10-01")])
def test_mean_and_season_of_periods_are_those_of_a_least_squares_wave(tmp_path, length, start):
    first, luck = datetime.date(2023, 1, 4), np.random.default_rng(11)
    units = luck.poisson(20 * (1 + 0.4 * np.cos(2 * np.pi * (np.arange(1000) - 60) / 365.25)))
    lines = "".join(f"{first + datetime.timedelta(i)},007,Shop1,{n}\n" for i, n in enumerate(units.tolist()) if n)
    settings = f'[settings]\nperiod_days = {{ value = {length} }}\nstart_date = {{ value = "{start}" }}'
    files = {n: t for n, t in PLAIN.items() if not n.startswith("orders")} | {"orders.csv": f"order date,sku,site,qty\n{lines}"}
    result = taken(tmp_path, files, lambda text: text.replace("[settings]", settings, 1))
    before = [(first + datetime.timedelta(i) - datetime.date.fromisoformat(start)).days // length for i in range(1000)]
    whole = [p for p in sorted(set(before)) if before.count(p) == length]
    series = np.array([sum(n for n, p in zip(units.tolist(), before, strict=True) if p == period) for period in whole], float)
    assert column(result, "markets", "product", "mean")["007"] == pytest.approx(series.mean())
    if length > 121:
        assert column(result, "markets", "product", "season")["007"] == 0
        return
    n = int(2 * 365.25 / length)
    angle = 2 * np.pi * length * (np.array(whole[-n:]) + 0.5) / 365.25
    _, a, b = np.linalg.lstsq(np.column_stack([np.ones(n), np.cos(angle), np.sin(angle)]), series[-n:])[0]
    assert column(result, "markets", "product", "season")["007"] == pytest.approx(np.hypot(a, b) / series.mean())
    assert column(result, "markets", "product", "season_peak")["007"] == pytest.approx((np.arctan2(b, a) / (2 * np.pi) * 365.25) % 365.25 / length)
