"""One Great Expectations expectation of our own: of the rows asked, at most a share may fail a condition in SQL."""

from typing import Any, ClassVar

from great_expectations.expectations.core import UnexpectedRowsExpectation


class ExpectUnexpectedRowShareToBeAtMost(UnexpectedRowsExpectation):
    """Succeeds when `failed_<place>` <= `at_most` x `checked_<place>`.

    `unexpected_rows_query` returns one row with these two counts, and those of other rules beside them: its parent
    would run the query twice, once for rows and once for their number, knows no share, and would hand rows of patients
    to Data Docs.
    """

    at_most: float = 0.0
    place: int = 0

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)
    success_keys: ClassVar[tuple[str, ...]] = ("unexpected_rows_query", "at_most", "place")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,  # noqa: ANN401 - the signature of the parent
    ) -> dict[str, Any]:
        counts = metrics["unexpected_rows_query.table"][0]
        failed, checked = int(counts[f"failed_{self.place}"]), int(counts[f"checked_{self.place}"])
        return {
            "success": failed <= self.at_most * checked,
            "result": {
                "observed_value": failed,
                "unexpected_count": failed,
                "element_count": checked,
            },
        }
