# attack: language | has tee buffer an endless iterator
import itertools
left, right = itertools.tee(itertools.count())
for _ in left:
    pass
