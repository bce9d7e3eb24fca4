"""Makes of a download what can be read and cited elsewhere: plain text, and of which publication each row is."""

from html.parser import HTMLParser
from typing import Any

import pandas as pd

COLUMN = "Publication"
_STANDING = "select publication_id, data_to_on from rpt_notice"
_BREAKS = {"br", "div", "p", "tr", "i"}


class _Reader(HTMLParser):
    """Collects what a reader of a cell is told: its text, and the words of its pictures."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        self.parts.append(" " if tag in _BREAKS or tag == "img" else "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(" " if tag in _BREAKS else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(cell: Any) -> Any:  # noqa: ANN401 - a cell is of any type
    """Return the text of a cell of HTML, words of pictures included; anything else as it is."""
    if not isinstance(cell, str) or not cell.startswith(("<div", "<a ", "<img")):
        return cell
    reader = _Reader()
    reader.feed(cell)
    return " ".join("".join(reader.parts).split())


def for_download(frame: pd.DataFrame, publication: str) -> pd.DataFrame:
    """Return the rows of a download: plain text, and the publication in a column of its own."""
    told = frame.copy()
    for name in told.select_dtypes(exclude=["number", "bool", "datetime", "datetimetz"]).columns:
        told[name] = told[name].map(plain)
    told[COLUMN] = publication
    return told


# Parts of Superset are imported where they are used: there is none while it reads its configuration, and none in tests.
def standing_publication() -> str:
    """Return which publication stands, as the reader of this request may know: "3, data to 2026-09-30"."""
    from superset import db  # noqa: PLC0415
    from superset.models.core import Database  # noqa: PLC0415

    from dashboards.compile import DATABASE, SCHEMA  # noqa: PLC0415

    warehouse = db.session.query(Database).filter_by(database_name=DATABASE).one()
    found = warehouse.get_df(_STANDING, schema=SCHEMA)
    return "".join(f"{row.publication_id}, data to {row.data_to_on:%Y-%m-%d}" for row in found.itertuples())


def add_publication_to_downloads() -> None:
    """Have every CSV and Excel file that Superset makes of a chart go through `for_download` first.

    Superset has no option for it. Its own escape of cells that a spreadsheet would run as formulas comes after. None is
    streamed, as one would be whose asker says that it is long: what is streamed does not pass here.
    """
    from superset.charts.data.api import ChartDataRestApi  # noqa: PLC0415
    from superset.common.chart_data import ChartDataResultFormat  # noqa: PLC0415
    from superset.common.query_context_processor import QueryContextProcessor  # noqa: PLC0415
    from superset.utils.core import GenericDataType  # noqa: PLC0415

    make = QueryContextProcessor.get_data

    def get_data(self: Any, df: pd.DataFrame, coltypes: list[Any]) -> Any:  # noqa: ANN401
        if self._query_context.result_format in ChartDataResultFormat.table_like():
            df, coltypes = for_download(df, standing_publication()), [*coltypes, GenericDataType.STRING]
        return make(self, df, coltypes)

    def is_never_streamed(*_: Any, **__: Any) -> bool:  # noqa: ANN401
        return False

    QueryContextProcessor.get_data = get_data
    ChartDataRestApi._should_use_streaming = is_never_streamed
