"""What the contract of an extract says: how it arrives, what a row holds."""

import hashlib
import re
from dataclasses import dataclass

from orchestration.extract.data_types import DATA_TYPES, FORMS, DataType, Form

SCHEMA = "raw"
TIME_MARK = "{extracted_at}"
START_MARK, END_MARK, SENDER_MARK = "{period_start}", "{period_end}", "{sender}"
MARKS = (TIME_MARK, START_MARK, END_MARK, SENDER_MARK)
DELIVERY_KINDS = ("full_snapshot", "bulk_replacement", "net_change", "append")
FORMATS = ("csv", "parquet", "excel")
WHO = ("patient", "clinician")


@dataclass(frozen=True)
class Column:
    """One declared column: `codes` are the values allowed (empty: any), `required` means never empty.

    `aliases` are other names of its header (CDS v6-2 and v6-3 name many columns differently), `form` is how its
    values are written where that is not the usual way of its type. `identifies` says who is known by its values, in the
    models, by a pseudonym alone.
    """

    name: str
    data_type: str
    description: str
    required: bool = False
    codes: tuple[str, ...] = ()
    sensitivity: str | None = None
    aliases: tuple[str, ...] = ()
    form: str | None = None
    identifies: str | None = None

    @property
    def header(self) -> str:
        """The column's name as the source writes it, in the style of the NHS Data Dictionary."""
        return self.name.replace("_", " ").upper()

    @property
    def type(self) -> DataType:
        """The type in Postgres."""
        return DATA_TYPES[self.data_type]

    @property
    def written(self) -> Form:
        """How a value is written."""
        return FORMS[self.data_type][self.form]


@dataclass(frozen=True)
class ChangeType:
    """The column of a net change that says what a row does, and the codes by which it deletes."""

    column: str
    delete: tuple[str, ...]


@dataclass(frozen=True)
class Provider:
    """The column that names the provider, and the codes of our own."""

    column: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Guards:
    """Bounds beyond which a delivery is held until somebody decides: see `guard.py`."""

    deleted_share: float = 0.2
    longest_period_days: int = 366
    volume_ratio: float = 10.0


@dataclass(frozen=True)
class Query:
    """Rows read from a source's database: `connection` names its address in the settings, `sql` is what to read.

    Pages of `page_rows` rows are read in the order of `order_by`, or of `watermark` and then these.
    """

    connection: str
    sql: str
    order_by: tuple[str, ...]
    watermark: str | None = None
    page_rows: int = 50_000


@dataclass(frozen=True)
class Contract:
    """One extract: where it comes from, how its files look, and what a row may hold."""

    source: str
    table: str
    description: str
    file_pattern: str
    delimiter: str
    encoding: str
    delivery_kind: str
    business_key: tuple[str, ...]
    columns: tuple[Column, ...]
    format: str = "csv"
    first_line: str | None = None
    extracted_at_column: str | None = None
    period_column: str | None = None
    change_type: ChangeType | None = None
    provider: Provider | None = None
    guards: Guards = Guards()
    query: Query | None = None

    @property
    def name(self) -> str:
        """Name of the extract and of its raw table, such as `pas__patient`."""
        return f"{self.source}__{self.table}"

    @property
    def raw_table(self) -> str:
        """Raw table with its schema, such as `raw.pas__patient`."""
        return f"{SCHEMA}.{self.name}"

    @property
    def removes_what_is_absent(self) -> bool:
        """Whether a delivery speaks for keys that it does not hold: they are deleted."""
        return self.delivery_kind in {"full_snapshot", "bulk_replacement"}

    @property
    def has_time_in_rows(self) -> bool:
        """Whether each row, and not only the delivery, says when it was extracted."""
        return self.extracted_at_column is not None and not self.removes_what_is_absent

    @property
    def digest(self) -> str:
        """Fingerprint of all that decides whether a file fits; words that only describe leave it as it is."""
        columns = tuple((c.name, c.data_type, c.form, c.required, c.codes, c.aliases) for c in self.columns)
        arrival = (self.file_pattern, self.format, self.delimiter, self.encoding, self.first_line, self.delivery_kind)
        rows = (self.extracted_at_column, self.period_column, self.change_type, self.business_key, columns)
        return hashlib.blake2b(repr((self.name, arrival, rows)).encode(), digest_size=16).hexdigest()


def normalise(name: str) -> str:
    """Return a header's name as a contract writes it: lower case, runs of other characters as one `_`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
