# attack: language | never returns to the interpreter
import itertools
result = sum(itertools.count())
