"""Each declared form reads what hospitals write, and every value is kept by one text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import from_excel, to_excel

from orchestration.extract.data_types import FORMS, standard


@pytest.mark.parametrize(
    ("data_type", "form", "text", "kept"),
    [
        ("date", None, "2026-02-28", "2026-02-28"),
        ("date", "DD/MM/YYYY", "28/02/2026", "2026-02-28"),
        ("date", "DD/MM/YYYY", "1/2/2026", "2026-02-01"),
        ("date", "DD/MM/YYYY", "01/02/2026 00:00:00", "2026-02-01"),
        ("date", "CCYYMMDD", "20240229", "2024-02-29"),
        ("date", "excel", "45351", "2024-02-29"),
        ("date", "excel", "2024-02-29", "2024-02-29"),
        ("timestamp", None, "2026-02-28 07:05", "2026-02-28 07:05:00"),
        ("timestamp", None, "2026-02-28 07:05:00.120", "2026-02-28 07:05:00.12"),
        ("timestamp", None, "2026-02-28 07:05:00.000", "2026-02-28 07:05:00"),
        ("timestamp", "DD/MM/YYYY", "28/02/2026 7:05", "2026-02-28 07:05:00"),
        ("timestamp", "DD/MM/YYYY", "28/02/2026", "2026-02-28 00:00:00"),
        ("timestamp", "CCYYMMDD", "202602280705", "2026-02-28 07:05:00"),
        ("timestamp", "CCYYMMDD", "20260228070559", "2026-02-28 07:05:59"),
        ("timestamp", "excel", "45351.5", "2024-02-29 12:00:00"),
        ("integer", None, "-007", "-7"),
        ("bigint", None, "9223372036854775807", "9223372036854775807"),
        ("numeric", None, "007.500", "7.5"),
        ("numeric", None, ".5", "0.5"),
        ("numeric", None, "-0.0", "0"),
        ("text", "trimmed", "  a b\t ", "a b"),
        ("text", "icd10", "I21.0", "I210"),
        ("text", "icd10", "i210", "I210"),
        ("text", "icd10", "R54", "R54X"),
        ("text", "icd10", "R54X \t", "R54X"),
        ("text", "icd10", "S72.00", "S7200"),
        ("text", "icd10", "M0536-", "M0536"),
        ("text", "icd10", "A17.0\N{DAGGER}", "A170D"),
        ("text", "icd10", "A170+", "A170D"),
        ("text", "icd10", "A170-D", "A170D"),
        ("text", "icd10", "G01*", "G01XA"),
        ("text", "icd10", "G01X A", "G01XA"),
        ("text", "icd10", "- ", ""),
        ("text", "opcs4", "W37.1", "W371"),
        ("text", "opcs4", "w371 ", "W371"),
        ("text", "opcs4", "X72-", "X72"),
        ("text", "opcs4", "-", ""),
        ("text", "opcs4", "&", ""),
        ("text", "nhs_number", "999 000 0018", "9990000018"),
    ],
)
def test_form__keeps_a_value_by_one_text(data_type, form, text, kept):
    assert FORMS[data_type][form].read(text) == kept
    if kept and form not in {"DD/MM/YYYY", "CCYYMMDD"}:
        assert FORMS[data_type][form].read(kept) == kept, "what is kept is read as itself"


@pytest.mark.parametrize("year", [1800, 1801, 1802])
@pytest.mark.parametrize(
    ("data_type", "form", "text"),
    [
        ("date", None, "{}-01-01"),
        ("date", "DD/MM/YYYY", "01/01/{}"),
        ("date", "CCYYMMDD", "{}0101"),
        ("timestamp", None, "{}-01-01 00:00:00"),
        ("timestamp", None, "{}-01-01 09:30"),
        ("timestamp", "DD/MM/YYYY", "1/1/{} 00:00"),
        ("timestamp", "CCYYMMDD", "{}01010000"),
        ("timestamp", "offset", "{}-01-01T00:00:00Z"),
    ],
)
def test_form__keeps_no_sentinel_date(data_type, form, text, year):
    assert FORMS[data_type][form].read(text.format(year)) == ""
    assert FORMS[data_type][form].read(text.format(year + 3)) != ""


@pytest.mark.parametrize(
    ("data_type", "form", "text"),
    [
        ("date", None, "2026-02-29"),
        ("date", None, "2026-2-1"),
        ("date", None, "0000-01-01"),
        ("date", "DD/MM/YYYY", "02/28/2026"),
        ("date", "DD/MM/YYYY", "28/02/26"),
        ("date", "DD/MM/YYYY", "28/02/2026 09:00"),
        ("date", "CCYYMMDD", "2026022"),
        ("date", "excel", "60"),
        ("date", "excel", "45351.5"),
        ("date", "excel", "0"),
        ("date", "excel", "2958466"),
        ("timestamp", None, "2026-02-28T07:05:00"),
        ("timestamp", None, "2026-02-28 24:00:00"),
        ("timestamp", None, "2026-02-28 07:05:00.1234567"),
        ("timestamp", None, "2026-02-28 07:05.5"),
        ("timestamp", "CCYYMMDD", "20260228"),
        ("timestamp", "offset", "2026-02-28T07:05:00"),
        ("integer", None, "2147483648"),
        ("integer", None, "1.0"),
        ("integer", None, "\N{ARABIC-INDIC DIGIT ONE}"),
        ("bigint", None, "9223372036854775808"),
        ("numeric", None, "1e5"),
        ("numeric", None, "1,5"),
        ("numeric", None, "."),
        ("text", "icd10", "heart"),
        ("text", "icd10", "I2"),
        ("text", "opcs4", "W3"),
    ],
)
def test_form__refuses_what_is_no_value(data_type, form, text):
    with pytest.raises(ValueError):
        FORMS[data_type][form].read(text)


@given(st.integers(61, 2_958_465))
def test_excel__day_numbers_are_those_of_excel(number):
    assert FORMS["date"]["excel"].read(str(number)) == from_excel(number).date().isoformat()


@given(st.datetimes(datetime(1900, 3, 1), datetime(2199, 12, 31)).map(lambda at: at.replace(microsecond=0)))
def test_excel__moments_are_read_to_the_second(at):
    assert FORMS["timestamp"]["excel"].read(f"{to_excel(at):.10f}") == at.isoformat(" ")


@pytest.mark.parametrize(("number", "day"), [(1, "1900-01-01"), (59, "1900-02-28"), (61, "1900-03-01")])
def test_excel__the_day_that_never_was_moves_no_other(number, day):
    assert FORMS["date"]["excel"].read(str(number)) == day


@pytest.mark.parametrize("text", ["2026-03-29 01:30:00", "2026-10-25 01:30:00"])
def test_clock_change__a_local_time_is_kept_as_the_clock_showed_it(text):
    assert FORMS["timestamp"][None].read(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-07-01T12:00:00Z", "2026-07-01 13:00:00"),
        ("2026-07-01T12:00:00+0100", "2026-07-01 12:00:00"),
        ("2026-03-29T00:59:59Z", "2026-03-29 00:59:59"),
        ("2026-03-29T01:00:00Z", "2026-03-29 02:00:00"),
        ("2026-10-25T00:30:00Z", "2026-10-25 01:30:00"),
        ("2026-10-25T01:30:00Z", "2026-10-25 01:30:00"),
    ],
)
def test_clock_change__a_time_with_its_offset_is_kept_as_local_time(text, kept):
    assert FORMS["timestamp"]["offset"].read(text) == kept


@pytest.mark.parametrize(
    ("local", "in_utc"),
    [
        (datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 12, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 11, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 59), datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_standard__takes_an_hour_without_a_meaning_of_its_own_for_standard_time(local, in_utc):
    assert standard(local) == in_utc


@pytest.mark.parametrize(
    ("data_type", "form"), [(kind, form) for kind, forms in FORMS.items() for form in forms if forms[form].canonical]
)
@given(data=st.data())
def test_canonical__means_that_a_text_is_kept_as_it_stands(data_type, form, data):
    declared = FORMS[data_type][form]
    text = data.draw(st.from_regex(declared.canonical.replace("$", r"\Z"), alphabet=st.characters(codec="ascii")))
    assert declared.read(text) == text
