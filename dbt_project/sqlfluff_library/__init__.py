"""What dbt gives to templates beyond sqlfluff's own stand-ins, so that sqlfluff renders our macros without dbt."""

from collections.abc import Callable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

# How the macros of dbt that are no plain function read in the dialect that is linted.
_WORDING = {
    "date_trunc": "date_trunc('{0}', {1})",
    "dateadd": "{2} + interval '{1} {0}'",
    "escape_single_quotes": "{0}",
    "last_day": "last_day({0})",
    "listagg": "string_agg({0}, {1} {2})",
}


class Adapter:
    """Dispatches to the default of a macro: the dialect that is linted."""

    @pass_context
    def dispatch(self, context: Context, name: str) -> Callable[..., Any]:
        """Return the macro `default__<name>`."""
        return context.resolve(f"default__{name}")


class CrossDatabaseMacros:
    """The macros of dbt itself: each reads as a function of the same name, or as worded above."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        """Return a function that writes what the macro `name` stands for; a type is written as `text`."""
        if name.startswith("type_"):
            return lambda *_: "text"
        if name in _WORDING:
            return lambda *arguments: _WORDING[name].format(*arguments, *[""] * 3)
        return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"


adapter = Adapter()
dbt = CrossDatabaseMacros()
execute = False
graph: dict[str, Any] = {}
