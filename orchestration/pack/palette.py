"""The colours of a pack: those of the pages, as they were when it was made."""

from functools import cache

import yaml

from orchestration.settings import PROJECT

_THEME = PROJECT / "dashboards" / "theme.yaml"


@cache
def colours() -> dict[str, str]:
    """Return a colour (#RRGGBB) for each name of the theme, those of series included."""
    theme = yaml.safe_load(_THEME.read_text())
    return dict(sorted({**theme["colours"], **theme["series"]}.items()))
