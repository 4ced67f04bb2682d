# attack: language | has a cycle remember an endless iterator
import itertools
for number in itertools.cycle(itertools.count()):
    pass
