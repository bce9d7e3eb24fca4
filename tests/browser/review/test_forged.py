"""What a person sends who writes requests by hand, with the cookie of a real log-in: nothing of it is done."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import requests

from tests.browser.review.pages import Cast, Forger, Record, asked, last_act, waiting
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
ForgerOf = Callable[[str], Forger]
DISPUTE = {"form": "dispute", "reason": "other", "evidence": "The notes say so."}
NEWEST = "select max(act_id) from review.dispute"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def disputed(superset: RunningSuperset, forger: Forger, record: Record, evidence: str = "The notes say so.") -> int:
    """Dispute a record that nobody has said anything of; return the number of the dispute."""
    answer = forger.post(record.address, DISPUTE | {"evidence": evidence, "last_act_id": ""})
    assert answer.status_code == 303, answer.text
    return int(asked(superset, NEWEST))


def newest_month(superset: RunningSuperset) -> str:
    return str(asked(superset, "select to_char(max(month_on), 'YYYY-MM') from marts.review_record"))


def test_record_of_another__cannot_be_read_confirmed_or_disputed(
    forger: ForgerOf, cast: Cast, superset: RunningSuperset
) -> None:
    record, clinician = next(waiting(superset, cast.outsider)), forger(cast.clinician)
    before = last_act(superset)
    assert clinician.get(record.address).status_code == 403
    key = f"{record.record_type}/{record.record_id}"
    for path, fields in (
        (record.address, {"form": "confirm"}),
        (record.address, DISPUTE | {"last_act_id": ""}),
        ("/review/", {"form": "confirm", "one": key}),
        ("/review/", {"form": "confirm", "ticked": "yes", "record": key}),
    ):
        answer = clinician.post(path, fields)
        assert answer.status_code == 403, path
        assert "not yours" in answer.text
    assert last_act(superset) == before


def test_lead__reads_a_record_of_the_department_and_cannot_confirm_it(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record, lead = next(records), forger(cast.lead)
    before = last_act(superset)
    page = lead.get(record.address)
    assert page.status_code == 200 and "Only whoever carries this record" in page.text
    assert lead.post(record.address, {"form": "confirm"}).status_code == 403
    assert last_act(superset) == before


def test_unit_of_another__is_neither_signed_nor_confirmed_nor_spoken_of(
    forger: ForgerOf, cast: Cast, superset: RunningSuperset
) -> None:
    clinician, month = forger(cast.clinician), newest_month(superset)
    before = last_act(superset)
    unit = {"org_unit_key": cast.department_key, "month_on": month}
    day = (date.today() + timedelta(days=30)).isoformat()
    for path, fields in (
        ("/review/sign-off/", unit | {"form": "sign-1", "comment": "", "last_sign_off_id": ""}),
        ("/review/", unit | {"form": "confirm", "all": "yes", "expected_count": "1"}),
        ("/review/comments/", unit | {"form": "comment", "measure_id": "finished_spells", "kind": "comment",
                                      "comment": "x"}),
        ("/review/comments/", {"form": "rebase", "org_unit_key": cast.department_key, "from_on": month,
                               "measure_id": "finished_spells", "reason": "x"}),
        ("/review/objectives/", {"form": "propose", "org_unit_key": cast.department_key, "description": "x",
                                 "measure_id": "finished_spells", "target": "5", "by_on": day,
                                 "owner_user_name": cast.clinician}),
        ("/review/delegation/", {"form": "delegate", "org_unit_key": cast.department_key, "reason": "x",
                                 "to_user_name": cast.colleague, "from_on": day, "to_on": day}),
    ):  # fmt: skip
        assert clinician.post(path, fields).status_code == 403, (path, fields["form"])
    assert last_act(superset) == before


def test_own_dispute__is_not_decided_by_who_raised_it(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    clinician = forger(cast.clinician)
    number = disputed(superset, clinician, next(records))
    for form, decision in (("decide", "exclude"), ("reverse", "")):
        fields = {"form": form, "decision": decision, "reason": "Because I say so."}
        assert clinician.post(f"/review/dispute/{number}/", fields).status_code == 403
    assert last_act(superset) == number
    other = forger(cast.outsider)
    assert other.get(f"/review/dispute/{number}/").status_code == 403
    assert other.post(f"/review/dispute/{number}/", {"form": "withdraw", "reason": "x"}).status_code == 403
    assert last_act(superset) == number


def test_token__of_nobody_or_of_somebody_else_does_nothing(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record, clinician, lead = next(records), forger(cast.clinician), forger(cast.lead)
    before = last_act(superset)
    for token in ("", "ImZvcmdlZCI.forged", lead.token()):
        answer = clinician.post(record.address, DISPUTE | {"last_act_id": ""}, token=token)
        assert (answer.status_code, "nothing was changed" in answer.text) == (400, True)
        assert "The notes say so." in answer.text
    assert last_act(superset) == before
    assert clinician.post(record.address, {"form": "confirm"}).status_code == 303
    assert last_act(superset) == before + 1


def test_stranger__is_sent_to_the_log_in(superset: RunningSuperset, records: Iterator[Record]) -> None:
    record, before = next(records), last_act(superset)
    for ask in (requests.get, requests.post):
        answer = ask(f"{superset.base_url}{record.address}", allow_redirects=False, timeout=30)
        assert (answer.status_code, answer.headers.get("Location", "/login/").split("?")[0]) in (
            (302, "/login/"), (400, "/login/"),
        )  # fmt: skip
    assert last_act(superset) == before


def test_act_on_what_was_there_yesterday__is_told_and_loses_nothing_typed(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record, clinician = next(records), forger(cast.clinician)
    assert clinician.post(record.address, {"form": "confirm"}).status_code == 303
    newest = last_act(superset)
    for stale in ("", str(newest - 1), "yesterday", str(2**70)):
        answer = clinician.post(record.address, DISPUTE | {"last_act_id": stale})
        assert answer.status_code == 409
        assert "Something changed meanwhile" in answer.text and "The notes say so." in answer.text
        assert f'name="last_act_id" value="{newest}"' in answer.text
    assert last_act(superset) == newest
    assert clinician.post(record.address, DISPUTE | {"last_act_id": str(newest)}).status_code == 303


def test_page__of_an_earlier_publication_is_told_so_and_loses_nothing_typed(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record, clinician, lead = next(records), forger(cast.clinician), forger(cast.lead)
    served = asked(superset, "select max(publication_id) from quality.publication where state = 'published'")
    seen = 'name="seen_publication_id" value="{}"'
    assert clinician.get(record.address).text.count(seen.format(served)) == 2
    before, month = last_act(superset), newest_month(superset)
    sign = {"form": "sign-1", "org_unit_key": cast.department_key, "month_on": month, "comment": "Read and signed."}
    forms = (
        (clinician, record.address, {"form": "confirm"}, ""),
        (clinician, "/review/", {"form": "confirm", "one": f"{record.record_type}/{record.record_id}"}, ""),
        (clinician, record.address, DISPUTE | {"last_act_id": ""}, "The notes say so."),
        (lead, f"/review/sign-off/?month={month}", sign, "Read and signed."),
    )
    for person, path, fields, kept in forms:
        answer = person.post(path, fields | {"seen_publication_id": str(served - 1)})
        assert answer.status_code == 409, path
        assert "Figures were published since you opened this page" in answer.text and kept in answer.text
        assert seen.format(served) in answer.text
    assert last_act(superset) == before
    assert clinician.post(record.address, {"form": "confirm", "seen_publication_id": str(served)}).status_code == 303


def test_form_sent_twice__is_done_once(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    """At the same moment too, as a double click does."""
    record, lead, clinician = next(records), forger(cast.lead), forger(cast.clinician)
    day = (date.today() + timedelta(days=40)).isoformat()
    forms = (
        (clinician, record.address, {"form": "confirm"}),
        (clinician, record.address, DISPUTE | {"last_act_id": "{last}"}),
        (lead, "/review/comments/", {"form": "comment", "org_unit_key": cast.department_key, "kind": "comment",
                                     "measure_id": "finished_spells", "month_on": newest_month(superset),
                                     "comment": "Said once."}),
        (lead, "/review/objectives/", {"form": "propose", "org_unit_key": cast.department_key, "target": "12",
                                       "measure_id": "finished_spells", "by_on": day,
                                       "owner_user_name": cast.lead, "description": "Proposed once."}),
        (lead, "/review/delegation/", {"form": "delegate", "org_unit_key": cast.department_key, "reason": "Leave.",
                                       "to_user_name": cast.director, "from_on": day, "to_on": day}),
    )  # fmt: skip
    for person, path, fields in forms:
        before, token = last_act(superset), person.token()
        sent = {name: value.format(last=before) for name, value in fields.items()}
        with ThreadPoolExecutor(2) as pool:
            answers = [*pool.map(lambda _: person.post(path, sent, token), range(2))]  # noqa: B023
        assert {answer.status_code for answer in answers} <= {303, 409}, path
        assert last_act(superset) == before + 1 or _acts_kept(superset, before) == 1, path


def _acts_kept(superset: RunningSuperset, after: int) -> int:
    """Return how many acts came to pass: a number that was drawn and given back is no act."""
    return int(asked(superset, "select count(*) from review.act where act_id > %s", after))


def test_two_who_decide_at_once__one_wins_and_the_other_is_told(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    lead, director = forger(cast.lead), forger(cast.director)
    for _ in range(5):
        number = disputed(superset, forger(cast.clinician), next(records))
        said = {lead: "Words of the lead.", director: "Words of the director."}
        tokens = {person: person.token() for person in said}

        def decide(person: Forger, number: int = number, tokens: dict[Forger, str] = tokens) -> requests.Response:
            fields = {"form": "decide", "decision": "reject", "reason": said[person]}  # noqa: B023
            return person.post(f"/review/dispute/{number}/", fields, tokens[person])

        with ThreadPoolExecutor(2) as pool:
            answers = dict(zip(said, pool.map(decide, said), strict=True))
        assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
        kept = asked(superset, "select reason from review.decision where dispute_id = %s", number)
        loser = next(person for person, answer in answers.items() if answer.status_code == 409)
        assert kept != said[loser]
        told = answers[loser].text
        assert "Something changed meanwhile" in told and said[loser] in told and kept in told
        assert asked(superset, "select count(*) from review.decision where dispute_id = %s", number) == 1


def test_what_people_write__comes_out_as_text(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record, clinician, lead = next(records), forger(cast.clinician), forger(cast.lead)
    number = disputed(superset, clinician, record, evidence=SCRIPT + "\x00")
    lead.post(f"/review/dispute/{number}/", {"form": "decide", "decision": "reject", "reason": SCRIPT})
    lead.post("/review/comments/", {"form": "comment", "org_unit_key": cast.department_key, "kind": "comment",
                                    "measure_id": "finished_spells", "month_on": newest_month(superset),
                                    "comment": SCRIPT})  # fmt: skip
    addresses = [f"/review/dispute/{number}/", "/review/disputes/", "/review/comments/", record.address]
    for address in addresses:
        text = lead.get(address).text
        assert "&lt;script&gt;alert(1)" in text, address
        assert "<script" not in text and "<img src=x" not in text
    answer = clinician.get(f"/review/record/?record_type=spell&record_id={SCRIPT}&measure={SCRIPT}")
    assert answer.status_code == 403 and "<script" not in answer.text


def test_evidence__too_long_or_missing_is_said_at_its_field_and_kept(
    forger: ForgerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record, clinician = next(records), forger(cast.clinician)
    before = last_act(superset)
    essay = "I was not there. " * 589
    answer = clinician.post(record.address, DISPUTE | {"evidence": essay[:10_000], "last_act_id": ""})
    assert answer.status_code == 422
    error = re.search(r'id="dispute-evidence-error">(.*?)</p>', answer.text, re.S)
    assert "10,000 characters" in error[1] and "2,000" in error[1]
    assert essay[:9_000] in answer.text and 'aria-invalid="true"' in answer.text
    empty = clinician.post(record.address, DISPUTE | {"evidence": " ", "last_act_id": ""})
    assert empty.status_code == 422 and "dispute-evidence-error" in empty.text
    wrong = clinician.post(record.address, DISPUTE | {"reason": "a whim", "last_act_id": ""})
    assert wrong.status_code == 422 and "dispute-reason-error" in wrong.text
    assert last_act(superset) == before


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("/review/objectives/", {"form": "propose", "target": "a lot"}, "target"),
        ("/review/objectives/", {"form": "propose", "target": "120", "measure_id": "day_case_rate"}, "target"),
        ("/review/objectives/", {"form": "propose", "target": "5", "by_on": "31/12/2027"}, "by_on"),
        ("/review/delegation/", {"form": "delegate", "from_on": ""}, "from_on"),
        ("/review/comments/", {"form": "comment", "month_on": "2026-13"}, "month_on"),
        ("/review/comments/", {"form": "comment", "month_on": "1899-01", "kind": "comment", "comment": "x",
                               "measure_id": "finished_spells"}, "month_on"),
    ],
)  # fmt: skip
def test_what_cannot_be_read__is_said_at_its_field(
    forger: ForgerOf, cast: Cast, superset: RunningSuperset, path: str, fields: dict[str, str], field: str
) -> None:
    before = last_act(superset)
    day = (date.today() + timedelta(days=30)).isoformat()
    whole = {"org_unit_key": cast.department_key, "by_on": day, "owner_user_name": cast.lead, "description": "x"}
    answer = forger(cast.lead).post(path, whole | fields)
    assert answer.status_code == 422
    assert f'id="{fields["form"]}-{field}-error"' in answer.text
    assert last_act(superset) == before


@pytest.mark.parametrize(
    "path",
    [
        "/review/?month=2026-99&record_type=x&state=y&page=99999999999999999999",
        "/review/?unit='%20or%201=1&page=-1",
        "/review/sign-off/?month=0000-00",
        "/review/comments/?unit=%00&measure=%27",
        "/review/record/",
        "/review/dispute/99999999999999999999999/",
    ],
)
def test_address__made_up_breaks_nothing(forger: ForgerOf, cast: Cast, path: str) -> None:
    for user in (cast.clinician, cast.executive):
        assert forger(user).get(path).status_code in {200, 302, 400, 403, 404}
