"""Find the keys of a delivery of which something else may have been said: only they need their timeline.

Of a large delivery, all other rows are versions without a question. Its keys are read once, a range of hashes at a
time: which repeat in it, and which the filters of former segments may hold.
"""

from collections.abc import Iterator

import numpy as np
from psycopg import Connection, sql

from orchestration.extract import key_filter, raw_table
from orchestration.extract.contract import Contract
from orchestration.extract.ledger import Delivery

# Keys looked at together: 8 MB.
_KEYS_AT_ONCE = 1_000_000
_FIRST_HASH, _HASHES = -(1 << 63), 1 << 64


def of_large(connection: Connection, contract: Contract, delivery: Delivery, rows: sql.Identifier, count: int) -> int:
    """Make `in_question` for the segment `rows` of `count` rows, and `known_in`, the segments where its keys may be.

    Keeps the filter of the segment itself, where it will be asked. Returns how many keys are in question.
    """
    connection.execute(_NONE)
    filters = key_filter.of_segments(connection, contract)
    words = key_filter.empty(count)
    for keys in _ranges(connection, rows, count):
        distinct, counts = np.unique(keys, return_counts=True)
        key_filter.add(words, distinct)
        connection.execute(_REPEATED, [distinct[counts > 1].tolist()])
        for segment, known in filters.items():
            if found := distinct[key_filter.may_hold(known, distinct)].tolist():
                connection.execute(_MAY_BE_IN, [found, segment])
    if not contract.removes_what_is_absent:
        # The next delivery of one that does is compared with all that is there.
        key_filter.keep(connection, delivery.delivery_id, words)
    names = {"rows": rows, "table": raw_table.identifier(contract), "filtered": sql.Literal(list(filters))}
    connection.execute(sql.SQL(_WITHOUT_FILTER).format(**names))
    in_question = connection.execute(_REPEATED_OR_KNOWN).rowcount
    connection.execute("analyze in_question; analyze known_in")
    return in_question


def of_small(connection: Connection, contract: Contract, delivery: Delivery, rows: sql.Identifier) -> int:
    """Make `in_question` for the delivery in the table `rows`; return how many keys are in it."""
    question = _NOT_REPEATED if contract.removes_what_is_absent else _ALL
    names = {
        "rows": rows,
        "table": raw_table.identifier(contract),
        "extracted_at": sql.Literal(delivery.extracted_at),
    }
    in_question = connection.execute(sql.SQL(question).format(**names)).rowcount
    connection.execute("analyze in_question")
    return in_question


def _ranges(connection: Connection, rows: sql.Identifier, count: int) -> Iterator[np.ndarray]:
    """Yield the hashes of the keys in `rows`, in ranges that hold about as many each."""
    parts = count // _KEYS_AT_ONCE + 1
    query = sql.SQL(_KEYS).format(rows=rows)
    for part in range(parts):
        least, above = (_FIRST_HASH + _HASHES * at // parts for at in (part, part + 1))
        row = connection.execute(query, [least, above - 1], binary=True).fetchone()
        yield np.frombuffer(row[0] or b"" if row else b"", ">i8").astype(np.int64)


_KEYS = "select string_agg(int8send(_key_hash), '') from {rows} where _key_hash between %s and %s"

_NONE = """
create temporary table repeated (_key_hash bigint not null) on commit drop;
create temporary table known_in (_key_hash bigint not null, _segment bigint not null) on commit drop
"""

_REPEATED = "insert into repeated select unnest(%s::bigint[])"

_MAY_BE_IN = "insert into known_in select unnest(%s::bigint[]), %s::bigint"

_WITHOUT_FILTER = """
insert into known_in
select distinct version._key_hash, version._segment
from {rows} as arrived
inner join {table} as version using (_key_hash)
where version._segment <> all ({filtered})
"""

# In order, their versions are looked up along each index.
_REPEATED_OR_KNOWN = """
create temporary table in_question on commit drop as
select _key_hash from repeated
union
select _key_hash from known_in
order by _key_hash
"""

# Of a snapshot or bulk replacement most rows repeat the one version before them, without a question.
_NOT_REPEATED = """
create temporary table in_question on commit drop as
select _key_hash
from (
    select _key_hash, _row_hash, null as _extracted_at from {rows}
    union all
    select _key_hash, _row_hash, _extracted_at from {table} where _key_hash in (select _key_hash from {rows})
) as statement
group by _key_hash
having count(*) > count(_extracted_at)
    and not (
        count(*) = 2 and count(_extracted_at) = 1
        and min(_row_hash) = max(_row_hash) and max(_extracted_at) < {extracted_at}
    )
"""

_ALL = """
create temporary table in_question on commit drop as
select distinct _key_hash from {rows}
"""
