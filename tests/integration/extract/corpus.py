"""Broken files of the small extract, one for each way in which files come broken, and what must become of each."""

import dataclasses
import gzip
import io
import zipfile
from dataclasses import dataclass

import openpyxl
import pyarrow as pa
from pyarrow import parquet

from orchestration.extract.contract import Contract
from tests.integration.extract.ward import HEADER, VISIT, row

PARQUET = dataclasses.replace(
    VISIT, table="block", format="parquet", file_pattern="ward__block__{extracted_at}.parquet"
)
EXCEL = dataclasses.replace(VISIT, table="sheet", format="excel", file_pattern="ward__sheet__{extracted_at}.xlsx")
CONTRACTS = (VISIT, PARQUET, EXCEL)
NAMES = {
    VISIT: "ward__visit__20260901.csv",
    PARQUET: "ward__block__20260901.parquet",
    EXCEL: "ward__sheet__20260901.xlsx",
}
GOOD = (HEADER + row("V1") + row("V2")).encode()
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Broken:
    """A file: what is said of it, or which of its rows are set aside (by number, with a part of the reason)."""

    data: bytes
    refused: str = ""
    loaded: int = 0
    aside: tuple[tuple[int, str], ...] = ()
    packed: str = ""
    contract: Contract = VISIT

    @property
    def name(self) -> str:
        """Name of the file."""
        return NAMES[self.contract] + self.packed


def zipped(**files: bytes) -> bytes:
    """Return an archive of `files`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def in_parquet(**changed: list) -> bytes:
    """Return two good rows as Parquet, but for the columns in `changed`."""
    columns = {
        "visit_number": ["V1", "V2"], "visit_part": [1, 1], "visit_kind_code": ["A", "B"],
        "visit_date": ["2026-09-01", None], "seen_at": ["2026-09-01 10:00:00", None], "share": [0.5, None],
        "note": ["", None],
    }  # fmt: skip
    target = io.BytesIO()
    parquet.write_table(pa.table({name: values for name, values in (columns | changed).items() if values}), target)
    return target.getvalue()


def in_excel(*rows: tuple) -> bytes:
    """Return `rows` under the header as a workbook."""
    book = openpyxl.Workbook()
    for cells in (HEADER.strip().split(","), *rows):
        book.active.append(cells)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


CORPUS: dict[str, Broken] = {
    "no byte": Broken(b"", "is empty (0 bytes)"),
    "one line end": Broken(b"\n", "has an empty first line"),
    "a header and no row": Broken(HEADER.encode()),
    "a header without its line end": Broken(HEADER.strip().encode()),
    "no header": Broken(row("V1").encode(), "has no header line"),
    "another extract's header": Broken(b"BED,WARD\n1,A\n", "has no header line"),
    "a column too few": Broken(GOOD.replace(b",NOTE", b""), "lacks the column NOTE"),
    "a column too many": Broken(GOOD.replace(b"NOTE", b"NOTE,SHOE SIZE"), "holds the unknown column SHOE SIZE"),
    "a column twice": Broken(GOOD.replace(b"NOTE", b"NOTE,NOTE"), "holds the column NOTE more than once"),
    "another delimiter": Broken(GOOD.replace(b",", b";"), "its fields separated by ','"),
    "UTF-16": Broken(GOOD.decode().encode("utf-16"), "is UTF-16 text"),
    "UTF-16 without its mark": Broken(GOOD.decode().encode("utf-16-le"), "NUL bytes in its first line"),
    "a header in Windows-1252": Broken(GOOD.replace(b"NOTE", b"NOT\xc9"), "is not utf-8 (byte"),
    "an open quotation mark in the header": Broken(
        GOOD.replace(b",NOTE", b',"NOTE'), "quotation mark that is not closed"
    ),
    "bare carriage returns": Broken(GOOD.replace(b"\n", b"\r"), "ends its lines with bare carriage returns"),
    "a page of a web server": Broken(b"<html><body>Sign in</body></html>\n", "has no header line"),
    "a PDF": Broken(b"%PDF-1.7\n" + bytes(range(256)), "is a PDF document"),
    "a workbook by the name of CSV": Broken(in_excel(("V1", 1)), "is a zip archive or an Excel workbook"),
    "gzip by the name of CSV": Broken(gzip.compress(GOOD), "is gzip-compressed"),
    "a line without end": Broken(HEADER.encode() + b"x" * (2 << 20), aside=((2, "is longer than"),)),
    "a first line without end": Broken(b"x" * (2 << 20), "has no line end in its first"),
    "a mark and Windows line ends": Broken(BYTE_ORDER_MARK + GOOD.replace(b"\n", b"\r\n"), loaded=2),
    "a cut last row": Broken(GOOD + b"V3,1,A,20", loaded=2, aside=((4, "has 4 fields, expected 7"),)),
    "a total under the rows": Broken(GOOD + b"TOTAL,2\n", loaded=2, aside=((4, "has 2 fields, expected 7"),)),
    "a second header": Broken(GOOD + HEADER.encode(), loaded=2, aside=((4, "VISIT PART is"),)),
    "rows of Windows-1252": Broken(
        GOOD + row("V3").encode().replace(b"V3", b"Ren\xe9"), loaded=2, aside=((4, "expected utf-8 text"),)
    ),
    "NUL in a row": Broken(GOOD + row("V\0").encode(), loaded=2, aside=((4, "expected text without NUL"),)),
    "only NUL after a crash": Broken(GOOD + b"\0" * 4096, loaded=2, aside=((4, "has 1 field, expected 7"),)),
    "a comma in a name": Broken(GOOD + row("V3", "Smith, John").encode(), loaded=2, aside=((4, "has 8 fields"),)),
    "a quotation mark never closed": Broken(
        HEADER.encode() + row("V1", '"open').encode() + row("V2").encode(), loaded=1, aside=((2, "quotation mark"),)
    ),
    "a mark inside a field": Broken(GOOD + row("V3", 'a "b" c').encode(), loaded=3),
    "a day that is none": Broken(
        GOOD + row("V3", date="2026-02-30").encode(), loaded=2, aside=((4, 'VISIT DATE is "2026-02-30"'),)
    ),
    "an error of a spreadsheet": Broken(GOOD + row("V3", date="#N/A").encode(), loaded=2, aside=((4, "VISIT DATE"),)),
    "every row broken": Broken(
        (HEADER + row("V1", part="x") + row("")).encode(), aside=((2, "VISIT PART"), (3, "VISIT NUMBER is empty"))
    ),
    "gzip cut short": Broken(gzip.compress(GOOD)[:-9], "", packed=".gz"),
    "gzip that is none": Broken(GOOD, "", packed=".gz"),
    "gzip of no byte": Broken(b"", "is empty (0 bytes)", packed=".gz"),
    "gzip of a file of no byte": Broken(gzip.compress(b""), "is empty (0 bytes)", packed=".gz"),
    "gzip with a broken row": Broken(
        gzip.compress(GOOD + b"V3,1\n"), loaded=2, aside=((4, "has 2 fields"),), packed=".gz"
    ),
    "zip of two files": Broken(zipped(a=GOOD, b=GOOD), "", packed=".zip"),
    "zip of none": Broken(zipped(), "", packed=".zip"),
    "zip cut short": Broken(zipped(a=GOOD)[:-30], "", packed=".zip"),
    "zip with a broken row": Broken(zipped(a=GOOD + b"V3,1\n"), loaded=2, aside=((4, "has 2 fields"),), packed=".zip"),
    "Parquet cut short": Broken(in_parquet()[:-20], "", contract=PARQUET),
    "Parquet that is CSV": Broken(GOOD, "", contract=PARQUET),
    "Parquet with a column too few": Broken(in_parquet(note=[]), "lacks the column NOTE", contract=PARQUET),
    "Parquet with a broken row": Broken(
        in_parquet(visit_kind_code=["A", "C"]), loaded=1, aside=((3, "VISIT KIND CODE"),), contract=PARQUET
    ),
    "a workbook cut short": Broken(in_excel(("V1", 1))[:-40], "", contract=EXCEL),
    "a workbook that is CSV": Broken(GOOD, "", contract=EXCEL),
    "a workbook with a broken row": Broken(
        in_excel(("V1", 1, "A"), ("V2", "x", "B")), loaded=1, aside=((3, "VISIT PART"),), contract=EXCEL
    ),
}
# What is refused for what another library says: any sentence will do.
REFUSED_SOMEHOW = {
    "gzip cut short", "gzip that is none", "zip of two files", "zip of none", "zip cut short", "Parquet cut short",
    "Parquet that is CSV", "a workbook cut short", "a workbook that is CSV",
}  # fmt: skip
