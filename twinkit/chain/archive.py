"""A saved run as members of a zip, read with distrust: nothing is unpacked to a size that does not follow.

Every fault is a :class:`~twinkit.tables.problems.Problem`; see :mod:`twinkit.chain.saving`
for the format.
"""

from __future__ import annotations

import json
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from twinkit.tables import CaseError, Problem
from twinkit.tables.csv_files import path_hint

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What Python's readers of zip and npy raise for a damaged file."""
MOST_TEXT = 256 * 2**20
"""Bytes that the manifest or a table may have."""
MOST_GROWTH = 64
"""Times its own size that a file may unpack to, beyond :data:`MOST_TEXT`; simulated numbers shrink to a tenth at best."""
AGAIN = "Save the run again, or take an older file."


def refuse(place: str, value: str, says: str, hint: str = "") -> CaseError:
    """One problem as an error."""
    return CaseError([Problem(place, None, "", value, says, hint)])


class Archive:
    """The members of a saved run.

    Parameters
    ----------
    path
        The file.
    file
        The opened zip.
    """

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self.path, self._file = path, file
        self._members = {info.filename: info for info in file.infolist()}

    @property
    def names(self) -> list[str]:
        """Names of all members."""
        return list(self._members)

    def text(self, name: str) -> bytes:
        """Content of a member that is no array.

        Raises
        ------
        CaseError
            If it is missing, damaged or too long.
        """
        info = self._members.get(name)
        if info is None:
            raise refuse(str(self.path), name, "is missing in the file", "Only files that Chain.save wrote can be opened.")
        if info.file_size > MOST_TEXT:
            raise refuse(str(self.path), name, f"unpacks to {info.file_size} bytes; at most {MOST_TEXT} are read")
        try:
            return self._file.read(info)
        except BROKEN as error:
            raise refuse(str(self.path), name, f"is damaged ({error})", AGAIN) from None

    def array(self, name: str, shape: tuple[int, ...], kind: str = "f", empty: str = "none") -> np.ndarray:
        """An array of a known shape.

        Parameters
        ----------
        name
            Name of the member without its ending.
        shape
            The shape that follows from the manifest and the case.
        kind
            "f" for numbers, "i" for whole numbers; both of 8 bytes.
        empty
            "none": all must be finite; "infinite": no limit may be infinity; "all": NaN, too.

        Raises
        ------
        CaseError
            If it is missing, damaged, of another shape or kind, or holds what it must not.
        """
        place, info = str(self.path), self._members.get(f"{name}.npy")
        if info is None:
            raise refuse(place, f"{name}.npy", "is missing in the file", AGAIN)
        try:
            with self._file.open(info) as file:
                found, fortran, dtype = _header(file)
                size = int(np.prod(shape, dtype=object)) * 8
                if (found, dtype.kind, dtype.itemsize) != (shape, kind, 8) or info.file_size - file.tell() != size:
                    says = f"has the shape {found} of {dtype}; the manifest and the case ask for {shape} of {kind}8"
                    raise refuse(place, f"{name}.npy", says, AGAIN)
                data = file.read()
        except BROKEN as error:
            if isinstance(error, CaseError):
                raise
            raise refuse(place, f"{name}.npy", f"is damaged ({error})", AGAIN) from None
        values = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
        good = ~np.isnan(values) if empty == "infinite" else np.isfinite(values) if empty == "none" else np.True_
        if not np.all(good):
            raise refuse(place, f"{name}.npy", "holds a value that is no number (NaN or infinity)", AGAIN)
        return np.array(values, np.float64 if kind == "f" else np.int64, order="C")


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and kind of the array that a member holds."""
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a header that Python 2 has written
            return read[np.lib.format.read_magic(file)](file)
    except Exception as error:  # numpy parses the header as Python text, which fails in many ways
        raise ValueError(f"its header cannot be read: {error}") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a saved run for reading.

    Raises
    ------
    CaseError
        If there is no such file, or it is no zip, or unpacks to more than it can hold.
    """
    if not path.exists():
        raise refuse("", str(path), "does not exist", path_hint(path))
    if path.is_dir():
        raise refuse("", str(path), "is a folder, not a saved run", "twinkit.read_case reads a folder of tables.")
    try:
        file = zipfile.ZipFile(path)
    except BROKEN as error:
        says = "is not a saved run" if isinstance(error, zipfile.BadZipFile) else "cannot be opened"
        raise refuse("", str(path), f"{says} ({error})", "Chain.save writes one.") from None
    with file:
        total, size = sum(info.file_size for info in file.infolist()), path.stat().st_size
        if total > MOST_TEXT + MOST_GROWTH * size:
            says = f"would unpack from {size} to {total} bytes, which no run does; it is not opened"
            raise refuse("", str(path), says, AGAIN)
        yield Archive(path, file)


def read_json(archive: Archive, name: str) -> Any:
    """A member as JSON; NaN and infinity are no JSON.

    Raises
    ------
    CaseError
        If it is none.
    """
    content = archive.text(name)
    try:
        return json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise refuse(str(archive.path), name, f"is no JSON ({error})", AGAIN) from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")
