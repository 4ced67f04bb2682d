# attack: language | joins hundreds of thousands of texts, inside one call | without memory_limit: memory
import itertools
result = ",".join(itertools.repeat("x" * 1000, 300_000))
