"""A source as reviewers see it."""

import html
import re

import pytest

from registry.admin import sources


def shown(source: str, *, before: str | None = None) -> list[tuple[str, int | None, int | None]]:
    lines = sources.code_lines(source, before=before)
    return [(line.kind, line.old_number, line.new_number) for line in lines]


def test_a_highlighted_source_is_escaped_and_has_no_inline_style() -> None:
    [line] = sources.highlighted_lines('x = "<script>alert(1)</script>"  # </td><img src=x>')

    assert "<script>" not in line
    assert "<img" not in line
    assert "style=" not in line
    assert "&lt;script&gt;" in line


@pytest.mark.parametrize(
    "source", ["", "x", "x\n", "\n\nx\n\n", 'a = """\n\n<b>\n"""\nb', "\t\n\t"]
)
def test_every_line_of_a_source_is_one_line_of_its_page(source: str) -> None:
    lines = sources.highlighted_lines(source)

    text = "\n".join(re.sub("<[^>]*>", "", line) for line in lines)
    assert html.unescape(text) == source
    assert all(line.count("<span") == line.count("</span>") for line in lines)


def test_a_comparison_shows_removed_and_added_lines_with_their_numbers() -> None:
    assert shown("a\nB\nc\n", before="a\nb\nc\n") == [
        ("same", 1, 1),
        ("removed", 2, None),
        ("added", None, 2),
        ("same", 3, 3),
        ("same", 4, 4),
    ]


def test_without_a_version_before_it_every_line_is_shown_with_its_own_number() -> None:
    assert shown("a\nb") == [("same", None, 1), ("same", None, 2)]


def test_very_long_sources_are_shown_without_being_matched() -> None:
    kinds = {kind for kind, _, _ in shown("b\n" * 3000, before="a\n" * 3000)}

    assert kinds == {"removed", "added"}


def test_characters_that_reorder_or_hide_text_are_reported_with_their_line() -> None:
    source = "x = 1\nif admin:\u202e pass\nzero\u200bwidth = 1\n"

    found = [(c.line, c.code_point) for c in sources.hidden_characters(source)]

    assert found == [(2, "U+202E"), (3, "U+200B")]


def test_tabs_and_accents_are_not_reported() -> None:
    assert sources.hidden_characters("\tname = 'Zoë'\n") == []


def test_characters_that_cannot_be_seen_are_written_out_wherever_the_source_is_shown() -> None:
    hostile = "x = 1  # \u202e\n"

    pages = [
        *sources.highlighted_lines(hostile),
        *(line.html for line in sources.code_lines("", before=hostile)),
    ]

    assert all("\u202e" not in text for text in pages)
    assert sum("⟦U+202E⟧" in text for text in pages) == 2


def test_what_changed_is_shown_with_its_numbers() -> None:
    lines = sources.compared("a\nb\nc\n", "a\nB\nc\n")

    assert [(line.kind, line.old_number, line.new_number, line.text) for line in lines] == [
        ("same", 1, 1, "a"),
        ("removed", 2, None, "b"),
        ("added", None, 2, "B"),
        ("same", 3, 3, "c"),
        ("same", 4, 4, ""),
    ]


def test_far_apart_changes_are_separated_by_a_gap() -> None:
    old = "\n".join(str(number) for number in range(50))
    new = old.replace("0\n1\n", "zero\n1\n", 1).replace("\n49", "\nlast")

    assert [line.kind for line in sources.compared(old, new)].count("gap") == 1


def test_equal_sources_have_no_changed_lines() -> None:
    assert sources.compared("a\n", "a\n") == []
