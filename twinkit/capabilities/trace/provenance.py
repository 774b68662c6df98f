"""Records that can be checked: canonical JSON, a hash chain, a Merkle tree, signatures, and what an audit finds.

Canonical JSON is RFC 8785 (package ``rfc8785``), the tree is that of RFC 6962, section 2.1, proofs are checked by the
algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, signatures are Ed25519 (RFC 8032, package ``cryptography``).
What this proves and what it does not is in docs/trace.md.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FIRST = "0" * 64
"""What the first record of a chain has as the hash of the one before."""
MOST_BYTES, MOST_DEPTH = 64_000_000, 64
"""Size [bytes] and depth of a document from outside that is read."""
_TOO_DEEP = object()
SAFE = 2**53 - 1
"""Largest whole number that a JSON number holds exactly (RFC 7493)."""


# --- JSON


def read_json(text: str | bytes, most: int = MOST_BYTES, twice: list[str] | None = None) -> Any:
    """JSON text from outside as plain data; numbers as RFC 8785 reads them, as double precision.

    Parameters
    ----------
    text, most
        The text, and how long it may be [bytes].
    twice
        Takes up the names that stand twice in one object, whose last value is then read; None = that is refused.

    Raises
    ------
    ValueError
        In a sentence: too large, too deep, no UTF-8, a name twice in one object, a number that is none, or no JSON.
    """
    if len(text) > most:
        raise ValueError(f"the document has {len(text):,} bytes; {most:,} are the most that is read")
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ValueError(f"the document is no UTF-8 text: byte {error.start} cannot be read") from None
    if text.lstrip().startswith("<"):
        raise ValueError("the document is XML, which is not read; ask its sender for JSON or JSON-LD (EPCIS 2.0 has both), or have it converted")
    try:
        found = json.loads(text, object_pairs_hook=partial(_once, twice), parse_constant=_no_constant, parse_int=_whole, parse_float=_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno} is no JSON: {error.msg}") from None
    except RecursionError:
        found = _TOO_DEEP
    level = [found]
    for _ in range(MOST_DEPTH):
        level = [v for one in level if isinstance(one, (dict, list)) for v in (one.values() if isinstance(one, dict) else one)]
    if found is _TOO_DEEP or any(isinstance(one, (dict, list)) for one in level):
        raise ValueError(f"the document is nested more than {MOST_DEPTH} levels deep")
    return found


def _once(twice: list[str] | None, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        if twice is None:
            raise ValueError(f"the name {again[:60]!r} stands twice in one object: what is meant cannot be told")
        twice.append(again)
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _whole(text: str) -> int | float:
    if len(text) > 400:
        raise ValueError(f"a number of {len(text)} digits is more than JSON can hold")
    value = int(text)
    return value if abs(value) <= SAFE else _number(text)


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:40]} is more than JSON can hold")
    return value


def canonical(value: Any) -> bytes:
    """JSON in the one form of RFC 8785: members by UTF-16 code units, numbers as ECMAScript writes them, UTF-8.

    Raises
    ------
    ValueError
        For what JSON cannot hold: NaN, infinite, a whole number beyond 2^53 - 1, a lone surrogate, another type.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(f"this has no canonical JSON: {error}") from None
    except RecursionError:
        raise ValueError("this has no canonical JSON: it is nested too deep") from None


# --- Merkle trees (RFC 6962)


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children."""
    return sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """The tree of RFC 6962, section 2.1, over leaves in their order.

    Parameters
    ----------
    leaves
        Data of the leaves.

    Examples
    --------
    >>> tree = MerkleTree([b"a", b"b", b"c"])
    >>> included(b"c", 2, 3, tree.inclusion(2), tree.root)
    True
    """

    def __init__(self, leaves: Sequence[bytes] = ()) -> None:
        level = [leaf_hash(leaf) for leaf in leaves]
        self.levels = [level]
        while len(level) > 1:
            pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
            level = pairs + level[len(pairs) * 2 :]  # an odd one moves up as it is
            self.levels.append(level)

    def __len__(self) -> int:
        return len(self.levels[0])

    @property
    def root(self) -> bytes:
        """Hash of all leaves; of none, that of the empty string."""
        return self.levels[-1][0] if len(self) else sha256(b"").digest()

    def root_of(self, size: int) -> bytes:
        """Root of the tree of the first `size` leaves."""
        self._within(size, len(self) + 1, "a tree of so many leaves")
        return self._range(0, size) if size else sha256(b"").digest()

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of a leaf in the tree of the first `size` leaves (by default all), from the leaf to the root."""
        size = len(self) if size is None else size
        self._within(size, len(self) + 1, "a tree of so many leaves")
        self._within(index, size, "leaf")
        return self._path(index, 0, size)

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._range(middle, end)]
        return [*self._path(index, middle, end), self._range(start, middle)]

    def _range(self, start: int, end: int) -> bytes:
        """Root of some leaves that are a subtree: aligned, or at the right end."""
        size = end - start
        height = (size - 1).bit_length()
        if size == 1 << height or end == len(self):
            return self.levels[height][start >> height]
        middle = start + _split(size)
        return node_hash(self._range(start, middle), self._range(middle, end))

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """Proof that the tree of the first leaves is the beginning of the tree of `second` (by default all)."""
        second = len(self) if second is None else second
        self._within(second, len(self) + 1, "a tree of so many leaves")
        if not 0 < first <= second:
            raise ValueError(f"a tree of {second} leaves has none of {first} as its beginning that a proof is made for")
        return self._subproof(first, 0, second, True)

    def _subproof(self, m: int, start: int, end: int, whole: bool) -> list[bytes]:
        if m == end - start:
            return [] if whole else [self._range(start, end)]
        k = _split(end - start)
        if m <= k:
            return [*self._subproof(m, start, start + k, whole), self._range(start + k, end)]
        return [*self._subproof(m - k, start + k, end, False), self._range(start, start + k)]

    def _within(self, value: int, below: int, what: str) -> None:
        if not 0 <= value < below:
            raise ValueError(f"there is no {what}: {value}; the tree has {len(self)} leaves")


def _split(size: int) -> int:
    """Largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)


def included(data: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a leaf is in the tree of a size with a root, as its audit path says (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, found = index, size - 1, leaf_hash(data)
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node_hash(p, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def consistent(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether a tree is the beginning of a larger one, as a proof says (RFC 9162, section 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(c, old), node_hash(c, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


# --- keys


def key_from_seed(seed: bytes) -> Ed25519PrivateKey:
    """The private key of a seed of 32 bytes: for examples and tests, where it may be known."""
    return Ed25519PrivateKey.from_private_bytes(sha256(seed).digest())


def public(key: Ed25519PrivateKey) -> str:
    """Public key, 32 bytes as hexadecimal digits."""
    return key.public_key().public_bytes_raw().hex()


def signed_by(key: str, signature: str, data: bytes) -> bool:
    """Whether a signature (lower-case hexadecimal, in one way only) of data is of a public key; a key or signature that is none signs nothing."""
    if not (_hexadecimal(key, 32) and _hexadecimal(signature, 64)):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


_HEX = {size: re.compile(rf"[0-9a-f]{{{2 * size}}}") for size in (32, 64)}


def _hexadecimal(text: Any, size: int) -> bool:
    """Whether a text is so many bytes in lower-case digits; else one value could be written in several ways."""
    return isinstance(text, str) and bool(_HEX[size].fullmatch(text))


# --- a log


def link(event: Any, index: int, previous: str) -> str:
    """Hash of a record: SHA-256 of the canonical JSON of the event, its number and the hash of the record before."""
    return sha256(canonical({"event": event, "index": index, "previous": previous})).hexdigest()


def hash_chain(events: Sequence[Any], start: int = 0) -> list[str]:
    """Hashes of a chain of events, numbered from `start`."""
    found, previous = [], FIRST
    for index, event in enumerate(events, start):
        previous = link(event, index, previous)
        found.append(previous)
    return found


def leaf_of(record: Mapping[str, Any]) -> bytes:
    """What a record is in the tree: the canonical JSON of what its hash is of."""
    return canonical({name: record[name] for name in ("event", "index", "previous")})


def write_log(events: Sequence[tuple[str, Any]], keys: Mapping[str, Ed25519PrivateKey]) -> list[dict[str, Any]]:
    """Records of events, each signed by the partner whose it is.

    Parameters
    ----------
    events
        (partner, event) in their order.
    keys
        Partner → private key.

    Returns
    -------
    list of dict
        event, index, previous, hash, by and signature (of the hash) of every record.
    """
    records, previous = [], FIRST
    for index, (by, event) in enumerate(events):
        found = link(event, index, previous)
        records.append({"event": event, "index": index, "previous": previous, "hash": found, "by": by,
                        "signature": keys[by].sign(bytes.fromhex(found)).hex()})  # fmt: skip
        previous = found
    return records


def head_of(records: Sequence[Mapping[str, Any]], key: Ed25519PrivateKey | None = None) -> dict[str, Any]:
    """The head that is published: how many records, the root of their tree, the signature of both by who keeps the log."""
    head: dict[str, Any] = {"size": len(records), "root": MerkleTree([leaf_of(r) for r in records]).root.hex()}
    return head | ({"signature": key.sign(canonical(head)).hex()} if key else {})


RECORD = ("event", "index", "previous", "hash", "by", "signature")
"""What a record has, and nothing else."""


@dataclass(frozen=True)
class Finding:
    """What an audit found.

    Attributes
    ----------
    kind
        "altered", "dropped", "inserted", "reordered", "not signed", "unreadable" or "not the published log".
    index
        Number of the record; -1 where it is of none.
    sentence
        What is wrong.
    """

    kind: str
    index: int
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def audit(records: Sequence[Any], keys: Mapping[str, str], head: Mapping[str, Any] | None = None, keeper: str = "") -> list[Finding]:
    """What is not as it was written.

    Parameters
    ----------
    records
        The log as it is now; anybody may have changed it.
    keys
        Partner → public key (hexadecimal), known from elsewhere.
    head
        The published head; without it nobody can tell that the newest records were dropped, or that a partner wrote
        all its own records anew.
    keeper
        Public key of who signs heads; "" = its signature is not checked.

    Returns
    -------
    list of Finding
        Empty where nothing is wrong.
    """
    found: list[Finding] = []
    expected, previous, seen = 0, FIRST, set()
    unlike = [_unlike_a_record(r) for r in records]
    last = {r["index"]: i for i, r in enumerate(records) if not unlike[i]}
    for place, (record, wrong) in enumerate(zip(records, unlike, strict=True)):
        if wrong:
            found.append(Finding("unreadable", place, f"what stands at place {place} is no record: {wrong}"))
            expected += 1
            previous = ""
            continue
        index, by = record["index"], record["by"]
        whose = f"record {index} ({by!s:.60})"
        try:
            right = link(record["event"], index, record["previous"])
        except ValueError as error:
            right = ""
            found.append(Finding("altered", index, f"{whose} was altered: {error}"))
        if right and right != record["hash"]:
            found.append(Finding("altered", index, f"{whose} was altered: its hash is not that of what it says"))
        if by not in keys:
            found.append(Finding("inserted", index, f"{whose} was inserted: no key of that partner is known"))
        elif not signed_by(keys[by], record["signature"], bytes.fromhex(record["hash"])):
            found.append(Finding("not signed", index, f"{whose} is not signed by {by!s:.60}: it was altered or inserted by somebody else"))
        if index in seen:
            found.append(Finding("inserted", index, f"{whose} was inserted: there is another record of that number"))
        elif index > expected:
            gone = [i for i in range(expected, min(index, expected + 1000)) if i not in seen]
            moved, dropped = [i for i in gone if last.get(i, -1) > place], [i for i in gone if last.get(i, -1) <= place]
            if dropped:
                found += [Finding("dropped", i, f"record {i} was dropped") for i in dropped[:20]]
            if moved:
                found.append(Finding("reordered", index, f"{whose} stands before record {moved[0]}: the order was changed"))
        elif index < expected:
            found.append(Finding("reordered", index, f"{whose} stands after record {expected - 1}: the order was changed"))
        elif record["previous"] != previous and previous:
            found.append(Finding("altered", index, f"{whose} does not follow on the record before it: one of the two was altered"))
        seen.add(index)
        expected, previous = max(expected, index + 1), record["hash"]
    return found + ([] if head is None else _against(records, head, keeper, found))


def _unlike_a_record(record: Any) -> str:
    if not isinstance(record, Mapping):
        return "it has no names and values"
    missing = [n for n in RECORD if n not in record]
    if missing:
        return f"it lacks {', '.join(missing)}"
    more = [str(n)[:40] for n in record if n not in RECORD]
    if more:
        return f"it has {', '.join(more[:5])}, of which no hash is made"
    if not isinstance(record["index"], int) or isinstance(record["index"], bool) or record["index"] < 0:
        return "its number is no whole number"
    texts = [n for n in ("previous", "hash", "by", "signature") if not isinstance(record[n], str)]
    if texts:
        return f"its {', '.join(texts)} is no text"
    odd = [n for n, size in (("previous", 32), ("hash", 32), ("signature", 64)) if not _hexadecimal(record[n], size)]
    return f"its {odd[0]} is not {128 if odd[0] == 'signature' else 64} digits from 0 to f" if odd else ""


def _unlike_a_head(head: Any) -> str:
    size = head.get("size") if isinstance(head, Mapping) else None
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= SAFE:
        return "The head does not say how many records there are."
    return "" if _hexadecimal(head.get("root"), 32) else "The head has no root of 64 digits from 0 to f."


def _against(records: Sequence[Any], head: Mapping[str, Any], keeper: str, found: Sequence[Finding]) -> list[Finding]:
    """What a published head tells beyond the records themselves."""
    wrong = _unlike_a_head(head)
    if wrong:
        return [Finding("unreadable", -1, wrong)]
    size = head["size"]
    if keeper and not signed_by(keeper, str(head.get("signature", "")), canonical({"size": size, "root": head["root"]})):
        return [Finding("not signed", -1, "the head is not signed by who keeps the log: it proves nothing")]
    if len(records) < size:
        told = len({f.index for f in found if f.kind == "dropped"})
        at_the_end = size - len(records) - told > 0
        tail = f": records {len(records)} to {size - 1} were dropped" if at_the_end else ""
        return [Finding("dropped", len(records) if at_the_end else -1, f"there are {len(records)} records, and the published head is of {size}{tail}")]
    try:
        root = MerkleTree([leaf_of(r) for r in records[:size]]).root.hex()
    except (ValueError, KeyError, TypeError):
        root = ""
    if root != head.get("root"):
        return [Finding("not the published log", -1, f"the first {size} records are not those of the published head: something in them was written anew")]
    return []


# --- a certificate


def certificate(piece: str, records: Sequence[Mapping[str, Any]], chosen: Sequence[int], head: Mapping[str, Any]) -> dict[str, Any]:
    """What a customer needs to check one piece, and nothing of the others: its records, their audit paths and the head.

    Parameters
    ----------
    piece
        Code of the piece.
    records
        The whole log.
    chosen
        Numbers of the records that tell of the piece.
    head
        The published head (:func:`head_of`) of these records.
    """
    tree = MerkleTree([leaf_of(r) for r in records[: head["size"]]])
    return {"piece": piece, "head": dict(head), "records": [{**records[i], "path": [h.hex() for h in tree.inclusion(i)]} for i in chosen]}


def check_certificate(found: Any, keys: Mapping[str, str], keeper: str) -> list[str]:
    """Sentences about what is wrong with a certificate; none where it holds.

    Parameters
    ----------
    found
        The certificate, as read from outside.
    keys, keeper
        Partner → public key, and that of who keeps the log: from elsewhere, not from the certificate.
    """
    if not isinstance(found, Mapping) or not isinstance(found.get("head"), Mapping) or not isinstance(found.get("records"), list):
        return ["This is no certificate: it needs piece, head and records."]
    head, wrong = found["head"], []
    if unlike := _unlike_a_head(head):
        return [unlike]
    size, root = head["size"], head["root"]
    if not signed_by(keeper, str(head.get("signature", "")), canonical({"size": size, "root": root})):
        wrong.append("The head is not signed by who keeps the log.")
    if not found["records"]:
        wrong.append("It has no records: it says nothing of the piece.")
    wrong += _apart(str(found.get("piece")), found["records"])
    for place, record in enumerate(found["records"]):
        path = record.get("path") if isinstance(record, Mapping) else None
        unlike = _unlike_a_record({k: v for k, v in record.items() if k != "path"} if isinstance(record, Mapping) else record)
        if not unlike and not (isinstance(path, list) and all(_hexadecimal(h, 32) for h in path)):
            unlike = "it has no audit path"
        if unlike:
            wrong.append(f"Record {place + 1} of the certificate cannot be read: {unlike}.")
            continue
        named = f"Record {record['index']} ({record['by']:.60})"
        try:
            leaf = leaf_of(record)
            holds = included(leaf, record["index"], size, [bytes.fromhex(h) for h in path], bytes.fromhex(root))
        except ValueError:
            holds, leaf = False, b""
        if not holds:
            wrong.append(f"{named} is not in the published log.")
        if sha256(leaf).hexdigest() != record["hash"]:
            wrong.append(f"{named} was altered: its hash is not that of what it says.")
        if record["by"] not in keys:
            wrong.append(f"{named} is of a partner whose key is not known.")
        elif not signed_by(keys[record["by"]], record["signature"], bytes.fromhex(record["hash"])):
            wrong.append(f"{named} is not signed by {record['by']:.60}.")
    return wrong


def _apart(piece: str, records: Sequence[Any]) -> list[str]:
    """Sentences about records that are of neither the piece nor anything that went into it."""
    events = [r["event"] for r in records if isinstance(r, Mapping) and isinstance(r.get("event"), Mapping)]
    family, grown = {piece}, True
    while grown:
        more = {_piece(e) for e in events if str(e.get("into", "")) in family} - family
        family, grown = family | more, bool(more)
    return [f"A record of the certificate is of {_piece(e)[:80]}, and does not name the piece {piece[:80]}." for e in events if _piece(e) not in family]


def _piece(event: Mapping[str, Any]) -> str:
    return str(event.get("piece", event.get("lot")))
