# attack: raw twice | replaces a function that every script calls
import builtins
if len([]) != 0:
    log("PLUNDER-PERSISTENCE")
builtins.len = lambda thing: 1
