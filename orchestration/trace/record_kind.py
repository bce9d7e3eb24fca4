"""The kinds of records that measures count: in which feeds each arrives, and which model it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass

_SEPARATOR = "|"


@dataclass(frozen=True)
class RecordKind:
    """A kind of record. Of each feed: the columns that hold the parts of its id, in their order (none: not held)."""

    record_type: str
    entity: str
    key_column: str
    feeds: Mapping[str, tuple[str | None, ...]]

    def parts(self, record_id: str, feed: str) -> dict[str, str] | None:
        """Return column -> value by which the feed knows the record; None for an id that is none of this kind."""
        columns = self.feeds[feed]
        values = record_id.split(_SEPARATOR)
        if len(values) != len(columns):
            return None
        return {column: value for column, value in zip(columns, values, strict=True) if column}

    @property
    def has_plain_id(self) -> bool:
        """Whether the id is the source's own number, and not made of several parts."""
        return all(len(columns) == 1 for columns in self.feeds.values())


KINDS = {
    kind.record_type: kind
    for kind in (
        RecordKind("spell", "int_spell", "spell_id", {"pas__consultant_episode": ("hospital_provider_spell_number",)}),
        RecordKind(
            "episode",
            "int_episode",
            "episode_id",
            {"pas__consultant_episode": ("hospital_provider_spell_number", "episode_number")},
        ),
        RecordKind(
            "attendance", "int_attendance", "attendance_id", {"pas__outpatient_attendance": ("attendance_identifier",)}
        ),
        RecordKind(
            "clinic_session",
            "int_clinic_session",
            "clinic_session_id",
            {"pas__clinic_template": ("clinic_code", "session_date")},
        ),
        RecordKind(
            "rtt_pathway",
            "int_rtt_pathway",
            "rtt_pathway_id",
            {"pas__rtt_pathway": ("month_end_date", "patient_pathway_identifier")},
        ),
        RecordKind(
            "theatre_list",
            "int_theatre_list",
            "theatre_list_id",
            {"theatre__theatre_list": ("theatre_list_identifier",)},
        ),
        RecordKind(
            "theatre_case",
            "int_theatre_case",
            "theatre_case_id",
            {"theatre__theatre_case": ("theatre_case_identifier",)},
        ),
        RecordKind(
            "proms_pair",
            "int_proms_pair",
            "proms_pair_id",
            {"outcome__proms_questionnaire": ("proms_serial_number",)},
        ),
        # A month is of the calendar: what a post is planned to do in it comes from these two.
        RecordKind(
            "post_month",
            "int_job_plan_month",
            "post_month_id",
            {"workforce__post": ("post_number", None), "workforce__job_plan": ("post_number", None)},
        ),
    )
}
