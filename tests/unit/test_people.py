"""Who is shown as an example to log in as: one person a level, with enough to see."""

from orchestration.publication.people import Person, examples


def test_examples__are_one_a_level_with_most_to_see() -> None:
    people = [
        Person("exec", "E", "executive", 1000, 0),
        Person("busy", "B", "clinician", 900, 3),
        Person("peered", "P", "clinician", 500, 12),
        Person("quiet", "Q", "clinician", 100, 30),
        Person("lead", "L", "department", 10, 0),
    ]
    assert [person.user_name for person in examples(people)] == ["peered", "lead", "exec"]


def test_examples__of_nobody_are_none() -> None:
    assert examples([]) == ()
