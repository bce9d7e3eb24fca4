"""Who Postgres is told is reading: libpq's own parsing of the options finds one name, whatever the name holds."""

import hashlib
import hmac
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from dashboards.server.identity import connection_mutator, connection_options

KEY = "key of this test"


def as_libpq_reads(options: str) -> list[str]:
    """Split options as the PostgreSQL server does: at blanks, a backslash takes the next character as it is."""
    words: list[str] = []
    word, started, characters = "", False, iter(options)
    for character in characters:
        if character.isspace() and character.isascii():
            if started:
                words.append(word)
            word, started = "", False
            continue
        started = True
        word += next(characters, "") if character == "\\" else character
    return [*words, word] if started else words


def settings_told(options: str) -> dict[str, str]:
    words = as_libpq_reads(options)
    assert words[::2] == ["-c"] * 3, "an option was smuggled in"
    return dict(word.split("=", 1) for word in words[1::2])


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
def test_any_name__arrives_whole_and_alone(name: str) -> None:
    told = settings_told(connection_options(name, KEY))
    assert told["app.username"] == name
    assert told["app.signature"] == hmac.new(KEY.encode(), name.encode(), hashlib.sha256).hexdigest()


def test_smuggled_option__stays_part_of_the_name() -> None:
    told = settings_told(connection_options("zed -c app.username=alice", KEY))
    assert told["app.username"] == "zed -c app.username=alice"


def test_mutator__names_nobody_without_a_user() -> None:
    uri = SimpleNamespace(get_backend_name=lambda: "postgresql")
    _, params = connection_mutator(KEY)(uri, {}, None, None, None)
    assert settings_told(params["connect_args"]["options"])["app.username"] == ""


def test_mutator__keeps_other_arguments_and_leaves_other_databases_alone() -> None:
    mutate = connection_mutator(KEY)
    given_params = {"connect_args": {"sslmode": "require"}}
    _, params = mutate(SimpleNamespace(get_backend_name=lambda: "postgresql"), given_params, "alice", None, None)
    assert params["connect_args"]["sslmode"] == "require"
    assert given_params == {"connect_args": {"sslmode": "require"}}
    _, params = mutate(SimpleNamespace(get_backend_name=lambda: "sqlite"), given_params, "alice", None, None)
    assert params == given_params
