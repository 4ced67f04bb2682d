"""Where a remark belongs after its source has changed."""

from registry.comment_places import LINE_CHARACTERS, find_line, text_of_line


def test_a_line_is_found_again_where_it_moved_to() -> None:
    assert find_line("y = 2", near=2, lines=["a = 0", "x = 1", "    y = 2"]) == 3


def test_of_several_the_nearest_counts_and_of_two_as_near_the_first() -> None:
    lines = ["pass", "x", "pass", "y", "pass"]

    assert find_line("pass", near=4, lines=lines) == 3
    assert find_line("pass", near=6, lines=lines) == 5


def test_a_line_that_is_gone_is_nowhere() -> None:
    assert find_line("y = 2", near=1, lines=["y = 3", "z = y = 2"]) is None


def test_an_empty_line_is_nowhere() -> None:
    assert find_line("", near=1, lines=["", ""]) is None


def test_a_very_long_line_is_found_by_its_beginning() -> None:
    lines = ["x", "y" * (LINE_CHARACTERS + 200)]

    assert find_line(text_of_line(lines, 2), near=1, lines=lines) == 2
