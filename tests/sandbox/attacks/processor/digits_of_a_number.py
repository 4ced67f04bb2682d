# attack: raw | turns a number of ten million digits into text
import sys
sys.set_int_max_str_digits(0)
result = len(str(7 ** 12_000_000))
