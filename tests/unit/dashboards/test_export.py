"""What is downloaded: plain text, with the words of pictures, and of which publication it is."""

import pandas as pd
import pytest

from dashboards.server.export import COLUMN, for_download, plain


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<div class="x">Missed<br>appointments</div>', "Missed appointments"),
        ('<a href="/chosen/?unit=A%26E">A&amp;E</a>', "A&E"),
        ('<div><img alt="Variation: no special cause" src="data:x"/><img alt="" src="data:y"/></div>',
         "Variation: no special cause"),
        ("a < b and <div> in a name", "a < b and <div> in a name"),
        (4.5, 4.5),
        (None, None),
        ("", ""),
    ],
)  # fmt: skip
def test_plain__is_what_a_reader_of_the_cell_is_told(cell: object, text: object) -> None:
    assert plain(cell) == text


def test_download__says_of_which_publication_each_row_is_and_leaves_the_rows_as_they_are() -> None:
    frame = pd.DataFrame({"unit": ["<div>One</div>", "Two"], "n": [1, 2]})
    told = for_download(frame, "7, data to 2026-09-30")
    assert told.to_dict("list") == {"unit": ["One", "Two"], "n": [1, 2], COLUMN: ["7, data to 2026-09-30"] * 2}
    assert frame["unit"][0] == "<div>One</div>" and COLUMN not in frame
