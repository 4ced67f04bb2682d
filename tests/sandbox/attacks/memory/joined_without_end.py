# attack: language | joins texts that never end, inside one call
import itertools
result = ",".join(itertools.repeat("x" * 1000))
