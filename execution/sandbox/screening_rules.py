"""What screening looks for, as data that is reviewed like settings.

A rule's name begins with its category. Its levels are those it may be reported at, the usual one
first. Whoever reads the reports trusts these words and not the jail's: from there only the name of
the rule, one of its levels, the place and the reason are taken.
"""

from dataclasses import dataclass

# From what is worth knowing to what would not run at all.
LEVELS = ("info", "caution", "danger", "rejected")
CATEGORIES = (
    "look_ahead",
    "imports",
    "dynamic_code",
    "attribute_tricks",
    "obfuscation",
    "network_words",
    "file_words",
    "resource_bombs",
    "language",
    "screening",
)
FINDINGS_MAXIMUM = 100
MESSAGE_CHARACTERS = 300
# How many facts of a kind are told about a script, and how long one of them is.
FACTS_MAXIMUM = 100
FACT_CHARACTERS = 120


@dataclass(frozen=True)
class Rule:
    """One thing to look for, and what to write instead of it."""

    name: str
    levels: tuple[str, ...]
    fix: str

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES or not set(self.levels) <= set(LEVELS):
            raise ValueError(f"{self.name} has a category or a level that nobody knows")

    @property
    def category(self) -> str:
        """Return the key of the rule's category."""
        return self.name.partition(".")[0]


_DATA = "Read prices with get_market_data(), and numbers with get_metric()."
_PAST = "Use only this bar and those before it, as with shift(1) or rolling(n)."
_WHOLE = "Use expanding() or rolling(n), so that every row only uses the rows up to itself."
_SOFT = ("danger", "caution")

_LISTED = (
    Rule("look_ahead.negative_shift", ("danger",), "Shift by a positive number of bars."),
    Rule("look_ahead.early_slice", ("danger",), _PAST),
    Rule("look_ahead.following_row", _SOFT, _PAST),
    Rule("look_ahead.centred_window", ("danger",), "Let the window end at its row: center=False."),
    Rule("look_ahead.backward_fill", _SOFT, "Fill from the past with ffill(), or leave the gap."),
    Rule("look_ahead.reversed_series", ("danger",), "Keep the rows in the order of time."),
    Rule("look_ahead.forward_join", ("danger",), 'Join with direction="backward".'),
    Rule(
        "look_ahead.repainting_indicator",
        _SOFT,
        "Pass lookahead=False, or use an indicator whose past values never change.",
    ),
    Rule("look_ahead.whole_series", _SOFT, _WHOLE),
    Rule("look_ahead.whole_series_extreme", _SOFT, _WHOLE),
    Rule("look_ahead.whole_series_fit", _SOFT, "Fit inside rolling(n).apply(), row by row."),
    Rule(
        "look_ahead.newest_row",
        _SOFT,
        "Use the column itself: compute() is read row by row, and its newest row is the output.",
    ),
    Rule("look_ahead.length", ("caution",), "Do not let a row depend on how many rows follow it."),
    Rule(
        "look_ahead.group_total",
        _SOFT,
        "Use cummax(), cumsum() or expanding() inside the group: the group goes on after the row.",
    ),
    Rule(
        "look_ahead.unfinished_bar",
        _SOFT,
        "Shift the longer bars by one, shift(1), before they are joined to the shorter ones.",
    ),
    Rule("imports.dangerous", ("danger",), _DATA),
    Rule(
        "imports.unavailable",
        ("caution",),
        "Use numpy, pandas, pandas_ta, talib or what of the standard library is offered.",
    ),
    Rule("imports.everything", ("caution",), "Import the names that are used."),
    Rule("dynamic_code.execution", ("danger",), "Write the expression or the statements out."),
    Rule("dynamic_code.text_expression", ("danger",), "Write the condition with the columns."),
    Rule("dynamic_code.scope", ("caution",), "Use a dictionary of your own."),
    Rule("attribute_tricks.dunder", ("danger",), "Use the operator or function it stands for."),
    Rule("attribute_tricks.dunder_text", ("danger",), "Leave such names out of texts as well."),
    Rule("attribute_tricks.frames", ("danger",), "Use a variable or an argument instead."),
    Rule("attribute_tricks.raw_memory", ("danger",), "Make arrays with numpy.array() or zeros()."),
    Rule("attribute_tricks.format_access", ("danger",), "Write an f-string."),
    Rule("attribute_tricks.class_trick", ("danger",), "Define a plain class."),
    Rule("attribute_tricks.type", ("caution",), "Compare with isinstance()."),
    Rule("obfuscation.encoded_text", ("danger",), "Write the text itself, or leave it out."),
    Rule("obfuscation.character_codes", _SOFT, "Write the text itself."),
    Rule("obfuscation.built_name", ("danger",), "Write the name itself."),
    Rule("obfuscation.computed_attribute", _SOFT, "Name the attribute in the code."),
    Rule("obfuscation.lookalike", ("danger",), "Write names in letters of one alphabet."),
    Rule("obfuscation.hidden_character", ("danger",), "Delete the character."),
    Rule("obfuscation.nested_lambdas", ("caution",), "Give the inner functions names."),
    Rule("obfuscation.one_letter_names", ("info",), "Name things after what they hold."),
    Rule("obfuscation.long_line", ("info",), "Break the line."),
    Rule("network_words.address", ("caution", "info"), _DATA),
    Rule("network_words.name", ("danger",), _DATA),
    Rule("file_words.path", ("danger", "caution"), _DATA),
    Rule("file_words.access", ("danger",), _DATA),
    Rule("file_words.command", ("danger",), _DATA),
    Rule("resource_bombs.endless_loop", ("danger",), "Loop over something that ends."),
    Rule("resource_bombs.huge_loop", _SOFT, "Compute on whole columns with numpy or pandas."),
    Rule("resource_bombs.huge_number", ("danger",), "Use float arithmetic."),
    Rule("resource_bombs.huge_memory", ("danger",), "Hold as much as there are bars."),
    Rule("resource_bombs.combinations", ("caution",), "Bound them with itertools.islice()."),
    Rule("resource_bombs.nested_loops", ("caution", "info"), "Compute on whole columns."),
    Rule("resource_bombs.recursion", ("danger",), "Return before the call in some case."),
    Rule("resource_bombs.doubling", ("danger",), "Let it grow by what is added."),
    Rule("resource_bombs.cross_join", ("caution",), "Join on a key."),
    Rule(
        "language.rejected",
        ("rejected",),
        "Without a change it does not run; the reason says what is not available.",
    ),
    Rule("screening.unreadable", ("danger",), "Make the script shorter and flatter."),
    Rule("screening.capped", ("caution",), "Mend what is listed, and screen again."),
)
RULES = {rule.name: rule for rule in _LISTED}
