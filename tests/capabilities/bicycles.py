"""The extracts of an invented maker of bicycles, with planted faults: ``python tests/capabilities/bicycles.py`` writes data/bicycles/extracts.

Everything is invented; the layouts are those of the systems.  :data:`FAULTS` lists what was planted: the kind of the finding, and what
stands in the one sentence that must tell of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from twinkit.capabilities.intake.identifiers import container_digit, gs1_digit

FOLDER = Path(__file__).parents[2] / "data" / "bicycles" / "extracts"
DAYS, FIRST = 760, np.datetime64("2023-12-06")
BIKES, WHEELS, PARTS = [f"B{i}" for i in range(100, 106)], [f"W{i}" for i in range(200, 204)], [f"P{i}" for i in range(300, 330)]
ALL = BIKES + WHEELS + PARTS
HEADINGS = {"B": "87120030", "W": "87149200", "P": "87149990"}
FAULTS: list[tuple[str, str]] = []


def fault(kind: str, text: str) -> None:
    FAULTS.append((kind, text))


def sap(rows: list[list], header: str) -> bytes:
    """A list as SAP writes it in Germany: semicolons, decimal commas, Windows-1252."""
    lines = [header.replace(" ", ";"), *(";".join(_german(v) for v in row) for row in rows)]
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def _german(value) -> str:
    return f"{value:.3f}".replace(".", ",") if isinstance(value, float) else str(value)


def plain(rows: list[list], header: str) -> bytes:
    return ("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n").encode()


def day(n: int, form: str = "%Y%m%d") -> str:
    return (FIRST + np.timedelta64(int(n), "D")).item().strftime(form)


def wrong(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 3) % 10)


def extracts() -> dict[str, bytes]:
    """File name → its bytes; fills :data:`FAULTS` anew."""
    FAULTS.clear()
    rng = np.random.default_rng(14)
    files: dict[str, bytes] = {}
    mass = {p: round(float(rng.uniform(9, 14) if p in BIKES else rng.uniform(1.0, 2.0) if p in WHEELS else rng.uniform(0.05, 0.9)), 3) for p in ALL}
    value = {p: round(float(rng.uniform(300, 700) if p in BIKES else rng.uniform(40, 80) if p in WHEELS else rng.uniform(3, 30)), 2) for p in ALL}
    _materials(files, rng, mass, value)
    _bills(files)
    _supply(files, rng)
    _sales(files, rng)
    _floor(files, rng, mass)
    return files


def _materials(files, rng, mass, value) -> None:
    mara, marc, mard, mbew, makt = [], [], [], [], []
    for i, p in enumerate(ALL):
        ean = f"40{1234500000 + i * 37:010d}"
        ean += gs1_digit(ean)
        if i % 5 == 2:  # eight of forty
            ean = wrong(ean)
            fault("identifier", ean)
        net = mass[p] * 1000 if p in ("P303", "P311", "P327") else mass[p]  # grams, called kilograms
        if net != mass[p]:
            fault("out of line", f"of '{p}'")
        mara.append([p, "FERT" if p in BIKES else "HALB" if p in WHEELS else "ROH", p[0], "ST", float(net), "KG", ean, ""])
        makt.append([p, "D", f"Fahrrad {p}" if p in BIKES else f"Teil {p} für Räder"])
        code = HEADINGS[p[0]]
        if p in ("P301", "P307", "P313", "P319", "P325"):
            code = f"8799{p[1:]}0"
            fault("identifier", code)
        marc.append([p, "1000", "PD", float(0), float(rng.integers(5, 30)), float(0), 0, 2 if p in BIKES else 1, "F" if p in PARTS else "E", code, ""])
        mard += [[p, "1000", "0001", float(rng.integers(40, 400))], [p, "1000", "0002", float(rng.integers(0, 40))]]
        price = value[p] * 100_000 if p in ("P305", "P317") else value[p]
        if price != value[p]:
            fault("out of line", f"of '{p}'")
        mbew.append([p, "1000", float(price), 1])
    makt.append(list(makt[-1]))
    fault("double", "MAKT")
    mard.append(["P999", "1000", "0001", 12.0])
    fault("orphan", "P999")
    mbew.append(["P998", "1000", 1.0, 1])
    fault("orphan", "P998")
    files["MARA_20260105.csv"] = sap(mara, "MATNR MTART MATKL MEINS NTGEW GEWEI EAN11 LVORM")
    files["MAKT_20260105.csv"] = sap(makt, "MATNR SPRAS MAKTX")
    files["MARC_20260105.csv"] = sap(marc, "MATNR WERKS DISMM MINBE EISBE BSTFE PLIFZ DZEIT BESKZ STAWN LVORM")
    files["MARD_20260105.csv"] = sap(mard, "MATNR WERKS LGORT LABST")
    files["MBEW_20251201.csv"] = sap(mbew, "MATNR BWKEY STPRS PEINH")
    fault("stale", "MBEW")
    files["T001W_20260105.csv"] = sap([["1000", "Werk Leipzig", "DE", "Leipzig"]], "WERKS NAME1 LAND1 ORT01")
    wms = {row[0]: row[3] for row in mard if row[2] == "0001"}
    extra = {row[0]: row[3] for row in mard if row[2] == "0002"}
    counted = []
    for p in ALL:
        units = wms[p] + extra[p]
        if p in ("B101", "W202", "P302", "P314", "P321", "P328"):
            units += 17
            fault("contradiction", f"'1000 | {p}', on_hand")
        counted.append(["1000", p, int(units)])
    counted.append(list(counted[0]))
    fault("double", "wms_count")
    files["wms_count_20260105.csv"] = plain(counted, "warehouse,sku,counted")


def _bills(files) -> None:
    mast, stko, stpo = [], [], []
    for i, p in enumerate(BIKES + WHEELS):
        number = f"{i + 1:08d}"
        mast.append([p, "1000", "1", number, "01"])
        stko.append(["M", number, "01", 1.0, "ST"])
        lines = [(WHEELS[i % 4], 2.0)] + [(PARTS[(5 * i + k) % 20], 1.0 + k % 2) for k in range(4)] if p in BIKES else [(PARTS[20 + (i * 2 + k) % 10], n) for k, n in enumerate((32.0, 1.0, 2.0))]
        stpo += [["M", number, f"{k + 1:08d}", c, n, "ST", "L"] for k, (c, n) in enumerate(lines)]
    stpo.append(["M", "00000099", "00000001", "P300", 1.0, "ST", "L"])
    fault("orphan", "00000099")
    files["MAST_20260105.csv"] = sap(mast, "MATNR WERKS STLAN STLNR STLAL")
    files["STKO_20260105.csv"] = sap(stko, "STLTY STLNR STLAL BMENG BMEIN")
    files["STPO_20260105.csv"] = sap(stpo, "STLTY STLNR STLKN IDNRK MENGE MEINS POSTP")
    drawn = {line[3]: line[4] for line in stpo if line[1] == "00000007"}  # the wheel W200
    names = list(drawn)
    drawn = {names[0]: 36, names[1]: 2, "P399": 1}  # P399 for the third: four differences
    fault("contradiction", f"engineering has 36 of '{names[0]}'")
    fault("contradiction", f"engineering has 2 of '{names[1]}'")
    fault("contradiction", "only engineering has 'P399'")
    fault("contradiction", f"only production has '{names[2]}'")
    files["wheel.stp"] = _step("W200", drawn)


def _step(top: str, lines: dict[str, int]) -> bytes:
    text, n, definitions = [], 10, {}
    for p in [top, *lines]:
        text += [f"#{n}=PRODUCT('{p}','{p}','',(#1));", f"#{n + 1}=PRODUCT_DEFINITION_FORMATION('1','',#{n});", f"#{n + 2}=PRODUCT_DEFINITION('design','',#{n + 1},#2);"]
        definitions[p] = n + 2
        n += 3
    for p, count in lines.items():
        for k in range(count):
            text.append(f"#{n}=NEXT_ASSEMBLY_USAGE_OCCURRENCE('{n}','{p} {k + 1}','',#{definitions[top]},#{definitions[p]},$);")
            n += 1
    return "\n".join(["ISO-10303-21;", "HEADER;", "FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));", "ENDSEC;", "DATA;", *text, "ENDSEC;", "END-ISO-10303-21;", ""]).encode()


def _supply(files, rng) -> None:
    lfa1, ekko, ekpo, mseg = [], [], [], []
    for i in range(8):
        gln = f"42{6000000000 + i * 91:010d}"
        gln += gs1_digit(gln)
        if i in (1, 4, 6):
            gln = wrong(gln)
            fault("identifier", gln)
        lfa1.append([f"70000{i}", f"Lieferant {i}", "DE" if i < 5 else "TW", "Ort", gln, {3: "QQHAM", 7: "hamburg"}.get(i, "DEHAM" if i < 5 else "TWKHH")])
    fault("identifier", "QQHAM")
    fault("identifier", "hamburg")
    for k in range(420):
        p, number = PARTS[k % 30], f"45{k:08d}"
        supplier = int(p[1:]) % 8
        ordered = int(rng.integers(0, DAYS - 60))
        if k % 35 == 0 and k:  # they are still open, of which one since long ago
            ordered = DAYS - 3 - k % 8 if k != 70 else 100
        took = int(np.ceil(rng.lognormal(np.log(12 + 3 * supplier), 0.25)))
        ekko.append([number, f"70000{supplier}", day(ordered), "EUR"])
        ekpo.append([number, "00010", p, "1000", float(200), "ST", ""])
        if k % 35 or not k:
            mseg.append([f"50{k:08d}", number, "00010", "101", day(ordered + (took if k != 41 else -3)), p, "1000", float(200)])
    ekpo.append(["4599999999", "00010", "P300", "1000", 10.0, "ST", ""])
    fault("orphan", "4599999999")
    ekko.append(["4588888888", "700001", day(10), "EUR"])
    fault("orphan", "4588888888")
    ekpo.append(list(ekpo[5]))
    fault("double", "EKPO")
    mseg.append(list(mseg[7]))
    fault("double", "MSEG")
    files["LFA1_20251215.csv"] = sap(lfa1, "LIFNR NAME1 LAND1 ORT01 GLN UNLOCODE")
    fault("stale", "LFA1")
    files["EKKO_20260105.csv"] = sap(ekko, "EBELN LIFNR BEDAT WAERS")
    files["EKPO_20260105.csv"] = sap(ekpo, "EBELN EBELP MATNR WERKS MENGE MEINS LOEKZ")
    files["MSEG_20260105.csv"] = sap(mseg, "MBLNR EBELN EBELP BWART BUDAT_MKPF MATNR WERKS MENGE")
    shipments = []
    for k in range(40):
        code = f"MSKU{300000 + 977 * k:06d}"
        code += container_digit(code)
        if k % 10 == 3:
            code = wrong(code)
            fault("identifier", code)
        shipments.append([f"S{k:04d}", code, "1000", day(18 * k, "%Y-%m-%d"), day(18 * k + 2, "%Y-%m-%d"), 55 + k % 7])
    shipments.append(list(shipments[11]))
    fault("double", "tms_shipments")
    files["tms_shipments_20260105.csv"] = plain(shipments, "shipment,container,from_site,departed,arrived,cost")


def _sales(files, rng) -> None:
    vbak, vbap, orders, items = [], [], [], []
    line = 0
    for n in range(DAYS):
        angle = 2 * np.pi * (n - 190) / 365.25
        for j, p in enumerate(BIKES):
            units = int(rng.poisson(1.5 * (1 + 0.6 * np.cos(angle)) / (1 + 0.3 * j)))
            if units:
                number = f"{line:010d}"
                line += 1
                back = line % 97 == 0
                vbak.append([number, day(n), f"{10000 + line % 25}", "RE" if back else "TA"])
                vbap.append([number, "000010", p, "1000", float(1 if back else units), "ST", "01" if line % 61 == 0 else ""])
    vbap.append(["9999999999", "000010", "B100", "1000", 3.0, "ST", ""])
    fault("orphan", "9999999999")
    vbap.append(list(vbap[100]))
    fault("double", "VBAP")
    for k in range(300):
        orders.append([f"801{k:05d}", f"001{k % 12:05d}", day(2 * k, "%Y-%m-%d"), "Activated" if k % 30 else "Draft"])
        items.append([f"802{k:05d}", f"801{k:05d}", f"01t{k % 6:05d}", int(rng.integers(1, 4)), 1 if k % 12 < 3 else 2])
    items += [["80299998", "80199998", "01t00001", 1, 2], ["80299999", "80100003", "01t99999", 1, 2], list(items[5])]
    fault("orphan", "80199998")
    fault("orphan", "01t99999")
    fault("double", "OrderItem")
    files["VBAK_20260105.csv"] = sap(vbak, "VBELN ERDAT KUNNR AUART")
    files["VBAP_20260105.csv"] = sap(vbap, "VBELN POSNR MATNR WERKS KWMENG VRKME ABGRU")
    files["crm/Order_20260105.csv"] = plain(orders, "Id,AccountId,EffectiveDate,Status")
    files["crm/OrderItem_20260105.csv"] = plain(items, "Id,OrderId,Product2Id,Quantity,Priority")
    files["crm/Product2_20260105.csv"] = plain([[f"01t{j:05d}", p, "Bicycles"] for j, p in enumerate(BIKES)], "Id,ProductCode,Family")


def _floor(files, rng, mass) -> None:
    events, at = [], 0.0
    while at < DAYS - 5:
        at += float(rng.exponential(18))
        events.append(["welding robot", at, "DOWN"])
        at += float(rng.lognormal(-0.3, 0.4))
        events.append(["welding robot", at, "RUN"])
    rows = [[m, (FIRST + np.timedelta64(int(t * 86400), "s")).item().strftime("%Y-%m-%dT%H:%M:%S"), s] for m, t, s in [["welding robot", 0.0, "RUN"], *events]]
    rows.append(list(rows[9]))
    fault("double", "mes_events")
    files["mes_events_20260105.csv"] = plain(rows, "machine,time,state")
    counts = [[p, int(rng.integers(900, 1000)), int(rng.integers(5, 40))] for p in BIKES + WHEELS]
    files["mes_counts_20260105.csv"] = plain(counts, "product,good,scrap")
    weights = []
    for p in ALL:
        m = mass[p]
        if p in ("B104", "W201", "P309", "P316", "P320", "P326"):
            m = round(1.2 * m, 3)
            fault("contradiction", f"'{p}', mass")
        if p not in ("P303", "P311", "P327"):
            weights.append([p, m, "kg"])
    files["plm_masses_20260105.csv"] = plain(weights, "part,weight,uom")


if __name__ == "__main__":
    for name, content in extracts().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
