# attack: language | logs what a terminal would obey and a log file would take for new lines
log("\x1b[2J\x1b]0;owned\x07", "a\rb", "\x9b31m", "\x85", "\u2028forged line", "\x00", "\x08" * 9)
