"""Attribute a record to one leaf of the organisation: rules A1, A2, U1, U2, the first that applies."""

import numpy as np
import pandas as pd

from tests.known_answer.clinician_names import DEFAULT_CODES
from tests.known_answer.organisation import Organisation, running_department


def attribute(organisation: Organisation, clinicians: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """Return the org_unit_key of the leaf of each record (consultant_code, treatment_function_code, day).

    A1 a post of the known clinician, valid that day, in the department that runs the record's service;
    A2 otherwise a post valid that day elsewhere; in both the larger share wins, then the lower post number;
    U1 otherwise the unattributed leaf of the department that runs the service; U2 otherwise the trust's.
    """
    # Many records share clinician, service and day: decide once for each distinct combination.
    distinct = records.drop_duplicates().reset_index(drop=True)
    department = running_department(organisation, distinct)
    known = set(clinicians["consultant_code"]) - set(DEFAULT_CODES)
    posts = organisation.posts[organisation.posts["consultant_code"].isin(known)]
    held = distinct.assign(running=department).rename_axis("row").reset_index().merge(posts, on="consultant_code")
    held = held[held["day"].between(held["from_on"], held["to_on"])]
    held = held.assign(elsewhere=held["department_code"] != held["running"])
    held = held.sort_values(["row", "elsewhere", "post_share", "post_number"], ascending=[True, True, False, True])
    post = held.drop_duplicates("row").set_index("row")["post_number"].reindex(distinct.index)
    leaf = np.select(
        [post.notna(), department.notna()],
        ["post:" + post.astype(object), "unattributed:" + department.astype(object)],
        f"unattributed:{organisation.trust_code}",
    )
    keyed = records.merge(distinct.assign(org_unit_key=leaf), how="left", on=list(records.columns))
    return pd.Series(keyed["org_unit_key"].to_numpy(), index=records.index)
