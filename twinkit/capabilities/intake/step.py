"""Structure of a product out of a STEP file (ISO 10303-21: AP203, AP214, AP242), and bills of materials compared.

Only products, their use in each other, and the mass and volume that the file states of them are read; the geometry is passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx

from twinkit.tables.cells import folded
from twinkit.tables.problems import CaseError, Problem, listed, quote

MOST_BYTES, MOST_OF_ONE = 500_000_000, 1e9
"""Bytes of a STEP file that is read, and how many of a component may go into one product."""
_STATEMENT = re.compile(r"#(\d+)\s*=\s*((?:'(?:[^']|'')*+'|[^;']++)*+);")
_REMARK = re.compile(r"('(?:[^']|'')*+')|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)")
_WANTED = re.compile(
    r"\s*(?:PRODUCT\b|PRODUCT_DEFINITION\b|PRODUCT_DEFINITION_FORMATION\w*|PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS|NEXT_ASSEMBLY_USAGE_OCCURRENCE|"
    r"\(.*NEXT_ASSEMBLY_USAGE_OCCURRENCE|MEASURE_WITH_UNIT|\(.*MEASURE_WITH_UNIT|"
    r"PROPERTY_DEFINITION\b|PROPERTY_DEFINITION_REPRESENTATION\b|REPRESENTATION\b|PRODUCT_DEFINITION_SHAPE\b|SHAPE_ASPECT\b|MEASURE_REPRESENTATION_ITEM\b|\(.*MEASURE_REPRESENTATION_ITEM|"
    r"DERIVED_UNIT\b|DERIVED_UNIT_ELEMENT\b|\(.*_UNIT\b)", re.DOTALL
)  # fmt: skip
STATED = ("PROPERTY_DEFINITION", "PROPERTY_DEFINITION_REPRESENTATION", "REPRESENTATION", "PRODUCT_DEFINITION_SHAPE", "SHAPE_ASPECT", "MEASURE_REPRESENTATION_ITEM",
          "DERIVED_UNIT", "DERIVED_UNIT_ELEMENT")  # fmt: skip
"""Entities that lead from a product to a measure of it."""
_PREFIX = {"": 1.0, "MICRO": 1e-6, "MILLI": 1e-3, "CENTI": 1e-2, "DECI": 0.1, "KILO": 1e3, "MEGA": 1e6}
_SI = re.compile(r"SI_UNIT\s*\(\s*(?:\*\s*,\s*)?(?:\.(\w+)\.|\$)\s*,\s*\.(GRAM|METRE)\.")
_MEASURE = re.compile(r"(MASS|VOLUME)_MEASURE\s*\(\s*([+-]?[\d.]+(?:E[+-]?\d+)?)\s*\)\s*,?\s*#(\d+)")
_PART = re.compile(r"'((?:[^']|'')*)'|#(\d+)|(\$)|(\()|(\))|([^,()'#$\s]+)")
_UNICODE = re.compile(r"\\X2\\((?:[0-9A-F]{4})+)\\X0\\|\\X\\([0-9A-F]{2})|\\S\\(.)")


@dataclass(frozen=True)
class Structure:
    """Products and how often each goes into another.

    Attributes
    ----------
    products
        Label → name, as the file has them.
    lines
        Product → {component: how many}.
    occurrences
        Uses of a product in another.
    stated
        Product → {"mass": [kg], "volume": [m³]}, where the file states it in a unit that is known.
    """

    products: Mapping[str, str]
    lines: Mapping[str, Mapping[str, float]]
    occurrences: int = 0
    stated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def top(self) -> list[str]:
        """Products that go into no other."""
        used = {component for lines in self.lines.values() for component in lines}
        return [p for p in self.products if p not in used]

    def flat(self, product: str = "") -> dict[str, float]:
        """How many of each part that has no parts of its own are in one product; default: in all of the top together.

        Raises
        ------
        KeyError
            If the product is not there.
        """
        for name in [product] if product else self.top:
            if name not in self.products:
                raise KeyError(f"there is no product {quote(name)}; there are {listed(list(self.products))}")
        need: Counter[str] = Counter([product] if product else self.top)
        found: dict[str, float] = {}
        for name in nx.topological_sort(self.graph()):
            count = need.get(name, 0)
            if count and self.lines.get(name):
                for component, quantity in self.lines[name].items():
                    need[component] += count * quantity
            elif count:
                found[name] = found.get(name, 0) + count
        return found

    def graph(self) -> nx.DiGraph:
        """Products as nodes, product → component as edges."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.products)
        graph.add_edges_from((p, c) for p, lines in self.lines.items() for c in lines)
        return graph

    def mass(self, masses: Mapping[str, float], product: str = "") -> float:
        """Mass of a product out of those of its parts [kg].

        Raises
        ------
        KeyError
            If a part has none.
        """
        known = {folded(name): mass for name, mass in masses.items()}
        parts = self.flat(product)
        missing = [p for p in parts if folded(p) not in known]
        if missing:
            raise KeyError(f"no mass is known of {listed(missing)}")
        return sum(count * known[folded(p)] for p, count in parts.items())


def read_step(path: str | Path) -> Structure:
    """The structure of the products in a STEP file.

    Raises
    ------
    CaseError
        If it is no STEP file, is too large, or a product goes into itself.
    """
    path = Path(path)
    if path.stat().st_size > MOST_BYTES:
        raise _refused(path, f"has more than {MOST_BYTES // 1_000_000} MB", "Export the structure without geometry.")
    text = path.read_bytes().decode("latin-1")
    if not text.lstrip("\ufeffï»¿ \r\n\t").startswith("ISO-10303-21"):
        raise _refused(path, "is no STEP file: it does not begin with ISO-10303-21", "Export it as STEP (AP203, AP214 or AP242).")
    return _structure(dict(_statements(text)), path)


def _refused(path: Path, says: str, hint: str = "") -> CaseError:
    return CaseError([Problem("", None, "", path.name, says, hint)])


def _statements(text: str) -> Iterator[tuple[str, str]]:
    for found in _STATEMENT.finditer(_REMARK.sub(r"\1", text) if "/*" in text else text):
        if _WANTED.match(found[2]):
            yield found[1], found[2].strip()


def _entities(statement: str) -> Iterator[tuple[str, list[str]]]:
    """Name and arguments of each entity of a statement: one, or the parts of a complex one."""
    body = statement[1:-1] if statement.startswith("(") else statement
    for found in re.finditer(r"([A-Z][A-Z0-9_]*)\s*(\((?:'(?:[^']|'')*'|[^()']|\((?:'(?:[^']|'')*'|[^()'])*\))*\))", body):
        yield found[1], _arguments(found[2][1:-1])


def _arguments(text: str) -> list[str]:
    """Arguments at the top level: a text as it reads, ``#7`` for a reference, ``$`` for none."""
    found, depth = [], 0
    for string, reference, none, opened, closed, word in _PART.findall(text):
        depth += bool(opened) - bool(closed)
        if depth or closed:
            if word and depth == 1 and word.replace(".", "", 1).rstrip("E+-0123456789").strip("+-") == "":
                found.append(word)  # COUNT_MEASURE(3.): the number itself
            continue
        if reference or none or word or not (opened or closed):
            found.append(f"#{reference}" if reference else none or word or _decoded(string))
    return found


def _decoded(text: str) -> str:
    def letter(found: re.Match) -> str:
        if found[1]:
            return bytes.fromhex(found[1]).decode("utf-16-be", errors="replace")
        return bytes.fromhex(found[2]).decode("latin-1") if found[2] else chr(ord(found[3]) + 128)

    return _UNICODE.sub(letter, text.replace("''", "'")).replace("\\\\", "\\").strip()


def _structure(statements: Mapping[str, str], path: Path) -> Structure:
    products: dict[str, tuple[str, str]] = {}
    above: dict[str, str] = {}  # formation → product, definition → formation
    uses: list[tuple[str, str, str]] = []
    numbers: dict[str, float] = {}
    for number, statement in statements.items():
        parts = dict(_entities(statement))
        if "PRODUCT" in parts:
            ident, name, *_ = [*parts["PRODUCT"], "", ""]
            products[number] = ident, name
        elif "NEXT_ASSEMBLY_USAGE_OCCURRENCE" in parts:
            words = parts.get("PRODUCT_DEFINITION_RELATIONSHIP") or parts["NEXT_ASSEMBLY_USAGE_OCCURRENCE"]
            counted = next(iter(parts.get("QUANTIFIED_ASSEMBLY_COMPONENT_USAGE", [])), "")
            ends = [word[1:] for word in words if word.startswith("#")][:2]
            if len(ends) == 2:
                uses.append((ends[0], ends[1], counted[1:]))
        elif any(name.endswith("MEASURE_WITH_UNIT") for name in parts):
            numbers[number] = next((float(w) for words in parts.values() for w in words if re.fullmatch(r"[+-]?\d+\.?\d*(?:E[+-]?\d+)?", w)), 1.0)
        elif not parts.keys().isdisjoint(STATED) or "PRODUCT_DEFINITION" not in next(iter(parts), ""):
            continue
        else:
            words = next(iter(parts.values()), [])
            reference = next((w[1:] for w in words if w.startswith("#")), "")
            above[number] = reference
    if not products:
        raise _refused(path, "holds no product", "Export it with the structure of the assembly (AP203, AP214 or AP242).")
    labels = _labels(products)

    def product_of(definition: str) -> str | None:
        for _ in range(4):
            if definition in labels:
                return labels[definition]
            definition = above.get(definition, "")
        return None

    lines: dict[str, dict[str, float]] = {}
    count, lost = 0, 0
    for whole, part, quantity in uses:
        product, component = product_of(whole), product_of(part)
        if product is None or component is None:
            lost += 1
            continue
        count += 1
        line = lines.setdefault(product, {})
        line[component] = line.get(component, 0) + numbers.get(quantity, 1)
    if strange := sorted({p for p, line in lines.items() for q in line.values() if not 0 < q < MOST_OF_ONE}):
        raise _refused(path, f"has a quantity that cannot be: look at what {listed([quote(p) for p in strange])} is made of", "Correct it and export it again.")
    for line in lines.values():
        line.update({c: int(q) if q == int(q) else q for c, q in line.items()})
    structure = Structure({labels[n]: name or ident for n, (ident, name) in products.items()}, lines, count, _stated(statements, product_of))
    if lost:
        structure.notes.append(f"{path.name}: {lost} uses name a product that the file does not hold, and were left out")
    try:
        circle = nx.find_cycle(structure.graph())
    except nx.NetworkXNoCycle:
        return structure
    raise _refused(path, f"has a product that goes into itself: {' → '.join([a for a, _ in circle] + [circle[0][0]])}")


def _stated(statements: Mapping[str, str], product_of: Callable[[str], str | None]) -> dict[str, dict[str, float]]:
    """Mass and volume that properties state of whole products; of a product with two that differ, none."""
    references = {number: re.findall(r"#(\d+)", text) for number, text in statements.items()}
    properties: dict[str, str] = {}
    for number, text in statements.items():
        if text.startswith("PROPERTY_DEFINITION") and not text.startswith("PROPERTY_DEFINITION_REPRESENTATION"):
            at = references[number][-1:]
            for _ in range(3):  # by the shape of the product, or a part of it that is its solid
                if at and statements.get(at[0], "").startswith(("PRODUCT_DEFINITION_SHAPE", "SHAPE_ASPECT")):
                    at = references[at[0]][-1:]
            if at and statements.get(at[0], "").startswith("PRODUCT_DEFINITION") and (product := product_of(at[0])) is not None:
                properties[number] = product
    found: dict[str, dict[str, set[float]]] = {}
    for number, text in statements.items():
        ends = references[number]
        if not text.startswith("PROPERTY_DEFINITION_REPRESENTATION") or len(ends) < 2 or ends[0] not in properties:
            continue
        for item in references.get(ends[1], []):
            measure = _MEASURE.search(statements.get(item, "")) if "MEASURE_REPRESENTATION_ITEM" in statements.get(item, "") else None
            if measure is not None and (size := _unit(measure[3], measure[1], statements, references)):
                found.setdefault(properties[ends[0]], {}).setdefault(measure[1].lower(), set()).add(float(measure[2]) * size)
    return {product: one for product, said in found.items() if (one := {kind: min(values) for kind, values in said.items() if max(values) <= min(values) * (1 + 1e-9) and min(values) > 0})}


def _unit(number: str, kind: str, statements: Mapping[str, str], references: Mapping[str, list[str]]) -> float:
    """Kilograms or cubic metres in one of a unit; 0 for a unit that is not known."""
    text = statements.get(number, "")
    if kind == "MASS":
        found = _SI.search(text)
        return _PREFIX.get(found[1] or "", 0.0) / 1000 if found and found[2] == "GRAM" else 0.0
    elements = [statements.get(r, "") for r in references.get(number, [])] if text.startswith("DERIVED_UNIT") else []
    power = re.search(r",\s*([\d.]+)\s*\)$", elements[0]) if len(elements) == 1 else None
    found = _SI.search(statements.get(next(iter(references.get(references[number][0], [])), ""), "")) if power and float(power[1]) == 3 else None
    return _PREFIX.get(found[1] or "", 0.0) ** 3 if found and found[2] == "METRE" else 0.0


def _labels(products: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """What each product is called: its number, or its name where the numbers only count."""
    idents = [ident for ident, _ in products.values()]
    names = [name for _, name in products.values()]
    counting = len(set(idents)) < len(idents) or all(not i or (i.isdigit() and len(i) < 4) for i in idents)
    by_name = counting and all(names) and len(set(names)) >= len(set(idents))
    found, seen = {}, Counter()
    for number, (ident, name) in products.items():
        label = (name or ident if by_name else ident or name) or f"#{number}"
        seen[label] += 1
        found[number] = label if seen[label] == 1 else f"{label} ({seen[label]})"
    return found


# --- the bill of engineering against that of production


@dataclass(frozen=True)
class BomDifference:
    """What two bills of materials do not have alike.

    Attributes
    ----------
    quantity_differs
        Component → (quantity in engineering, quantity in production).
    only_in_engineering, only_in_production
        Components of one of the two.
    """

    quantity_differs: Mapping[str, tuple[float, float]]
    only_in_engineering: list[str]
    only_in_production: list[str]

    def __bool__(self) -> bool:
        return bool(self.quantity_differs or self.only_in_engineering or self.only_in_production)

    def sentences(self, product: str = "the product") -> list[str]:
        """The difference in words."""
        told = [f"{product}: engineering has {a:g} of {quote(c)}, production {b:g}." for c, (a, b) in self.quantity_differs.items()]
        if self.only_in_engineering:
            told.append(f"{product}: only engineering has {listed([quote(c) for c in self.only_in_engineering], 20)}.")
        if self.only_in_production:
            told.append(f"{product}: only production has {listed([quote(c) for c in self.only_in_production], 20)}.")
        return told


Bill = Mapping[str, float] | Iterable[tuple[str, float]]
"""Component → quantity; or lines of both, of which several may be of one component."""


def compare_boms(engineering: Bill, production: Bill) -> BomDifference:
    """Put the bill of materials of engineering beside that of production.

    Parameters
    ----------
    engineering, production
        Components and quantities in one product [units/unit]; lines of one component add up.  Names are the same where
        they differ only in case, spaces, hyphens and underscores.

    Examples
    --------
    >>> compare_boms({"nut": 8, "rod": 1}, [("Nut", 4), ("Nut", 2), ("washer", 6)])
    BomDifference(quantity_differs={'nut': (8, 6)}, only_in_engineering=['rod'], only_in_production=['washer'])
    """
    drawn, made = _added(engineering), _added(production)
    differs = {name: (q, made[key][1]) for key, (name, q) in drawn.items() if key in made and abs(made[key][1] - q) > 1e-9 * max(1.0, abs(q))}
    return BomDifference(differs, [name for key, (name, _) in drawn.items() if key not in made], [name for key, (name, _) in made.items() if key not in drawn])


def _added(bill: Bill) -> dict[str, tuple[str, float]]:
    """Lines by what their component is called, whatever its spelling: (name as it stands first, quantity)."""
    found: dict[str, tuple[str, float]] = {}
    for name, quantity in bill.items() if isinstance(bill, Mapping) else bill:
        first, so_far = found.get(folded(name), (name, 0))
        found[folded(name)] = first, so_far + quantity
    return found
