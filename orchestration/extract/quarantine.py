"""Keep the rows that do not fit their contract: as they came, with their line and every reason."""

from psycopg import Connection

from orchestration.extract.read import Reader

_BATCH = 1000


def keep(connection: Connection, reader: Reader, delivery_id: int) -> int:
    """Write the rows of `checked` that have a reason to `raw.quarantine`; return how many were written.

    Their text is read again from the file, row by row, since only a few need it and none may fill the memory.
    """
    count = 0
    with connection.cursor(name="misfits") as misfits:
        misfits.itersize = _BATCH
        misfits.execute(
            "select _row_number, _first_byte, _byte_count, reason from checked "
            "where reason is not null order by _row_number"
        )
        while batch := misfits.fetchmany(_BATCH):
            with connection.cursor().copy(
                "copy raw.quarantine (delivery_id, row_number, raw_text, reason) from stdin"
            ) as copy:
                for row_number, first_byte, byte_count, reason in batch:
                    copy.write_row((delivery_id, row_number, reader.raw_text(first_byte, byte_count), reason))
                    count += 1
    return count
