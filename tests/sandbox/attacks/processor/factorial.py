# attack: language | computes a factorial in one step of the interpreter
import math
hoard = math.factorial(50_000_000)
