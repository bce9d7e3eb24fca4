"""The definitions by which the figures were counted, with their versions, for the appendix."""

from typing import Any

from orchestration.pack import words
from orchestration.pack.ask import Row


def of(dictionary: list[Row], told: set[str]) -> list[dict[str, Any]]:
    """Return the definitions of the measures that are told, in their order."""
    return [_definition(measure) for measure in dictionary if measure["measure_id"] in told]


def _definition(measure: Row) -> dict[str, Any]:
    lines = [
        ("Counted on top", measure["numerator_definition"]),
        ("Out of", measure["denominator_definition"] if measure["unit"] != "count" else None),
        ("Left out", measure["exclusion_definition"]),
        ("Carried by", measure["attribution_role"].replace("_", " ")),
        ("Case-mix model", _model(measure)),
        ("Target", _target(measure)),
        ("Source", measure["definition_source"] + ("" if measure["is_source_verified"] else _UNCHECKED)),
    ]
    return {
        "measure_id": measure["measure_id"],
        "title": measure["title"],
        "version": measure["definition_version"],
        "plain_words": measure["plain_words"],
        "lines": [[name, text] for name, text in lines if text],
    }


_UNCHECKED = " (not yet checked against its source)"


def _model(measure: Row) -> str | None:
    if measure["case_mix_model"] is None:
        return None
    kind = "a chance" if measure["case_mix_model"] == "logistic" else "a mean"
    return f"{kind}, from {measure['case_mix_factors'].replace('_', ' ')}"


def _target(measure: Row) -> str | None:
    if measure["target"] is None:
        return None
    return f"{words.value(measure['target'], measure['unit'])} ({measure['target_source']})"
