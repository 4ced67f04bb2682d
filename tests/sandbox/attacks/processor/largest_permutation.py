# attack: language | looks for the largest of all orders of a hundred numbers
import itertools
result = max(itertools.permutations(range(100)))
