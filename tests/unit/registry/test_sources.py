"""A source as reviewers see it."""

from registry.admin import sources


def test_a_highlighted_source_is_escaped_and_has_no_inline_style() -> None:
    html = sources.highlighted('x = "<script>alert(1)</script>"  # </pre><img src=x onerror=y>\n')

    assert "<script>" not in html
    assert "<img" not in html
    assert "style=" not in html
    assert "&lt;script&gt;" in html


def test_a_comparison_shows_removed_and_added_lines_with_their_numbers() -> None:
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


def test_very_long_sources_are_shown_without_being_matched() -> None:
    old, new = "a\n" * 3000, "b\n" * 3000

    kinds = {line.kind for line in sources.compared(old, new)}

    assert kinds == {"removed", "added"}


def test_characters_that_reorder_or_hide_text_are_reported_with_their_line() -> None:
    source = "x = 1\nif admin:\u202e pass\nzero\u200bwidth = 1\n"

    found = [(c.line, c.code_point) for c in sources.hidden_characters(source)]

    assert found == [(2, "U+202E"), (3, "U+200B")]


def test_tabs_and_accents_are_not_reported() -> None:
    assert sources.hidden_characters("\tname = 'Zoë'\n") == []


def test_characters_that_cannot_be_seen_are_written_out_wherever_the_source_is_shown() -> None:
    hostile = "x = 1  # \u202e\n"

    shown = [sources.highlighted(hostile), sources.compared("", hostile)[0].text]

    assert all("⟦U+202E⟧" in text and "\u202e" not in text for text in shown)
