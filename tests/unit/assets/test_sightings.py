"""Which files the sensor takes: those that stood still between two looks, each once."""

from orchestration.assets.sightings import Sightings, run_key


def look(before: Sightings, **stamps: str) -> tuple[Sightings, set[str]]:
    """One look after `before`, through the text that a sensor keeps; the files that stood still."""
    seen, still = Sightings.read(before.cursor).look(stamps)
    return seen, set(still)


def test_file__is_taken_at_the_second_look_that_finds_it_the_same() -> None:
    first, still = look(Sightings(), a="1")
    assert still == set()
    _, still = look(first, a="1")
    assert still == {"a"}


def test_growing_file__holds_back_no_other() -> None:
    first, _ = look(Sightings(), whole="1", growing="1")
    second, still = look(first, whole="1", growing="2")
    assert still == {"whole"}
    _, still = look(second, whole="1", growing="2")
    assert still == {"whole", "growing"}


def test_taken_file__is_taken_again_only_once_it_changed_and_stood_still() -> None:
    seen, _ = look(Sightings(), a="1")
    seen, still = seen.look({"a": "1"})
    seen = seen.take(still)
    seen, again = look(seen, a="1")
    assert again == set() and not seen.moving
    seen, again = look(seen, a="2")
    assert again == set() and seen.moving
    _, again = look(seen, a="2")
    assert again == {"a"}


def test_file_that_went__is_forgotten() -> None:
    seen, _ = look(Sightings(), a="1")
    seen, still = seen.look({"a": "1"})
    seen, _ = look(seen.take(still))
    assert seen == Sightings()


def test_run_key__is_one_for_a_set_of_files_as_they_are() -> None:
    assert run_key({"a": "1", "b": "1"}) == run_key({"b": "1", "a": "1"})
    assert len({run_key({"a": "1"}), run_key({"a": "2"}), run_key({"a": "1", "b": "1"})}) == 3
