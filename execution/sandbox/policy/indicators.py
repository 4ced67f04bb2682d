"""What scripts see of pandas_ta besides its indicators."""

from execution.sandbox.policy.words import words

EXTRAS = words("""
    above above_value below below_value cross cross_value crossover
""")
