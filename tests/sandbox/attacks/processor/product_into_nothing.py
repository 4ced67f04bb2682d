# attack: language | has C code consume every combination of six thousands
import collections, itertools
collections.deque(itertools.product(range(1000), repeat=6), maxlen=0)
