# attack: language | sorts what never ends, inside one call
import itertools
result = sorted(itertools.count())
