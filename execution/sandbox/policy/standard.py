"""What scripts see of Python's library: names that compute from their arguments."""

from execution.sandbox.policy.words import words

MATH = words("""
    acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf
    erfc exp exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose
    isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf nan nextafter perm pi
    pow prod radians remainder sin sinh sqrt sumprod tan tanh tau trunc ulp
""")

STATISTICS = words("""
    NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean
    linear_regression mean median median_grouped median_high median_low mode multimode pstdev
    pvariance quantiles stdev variance
""")

DATETIME = words("""
    MAXYEAR MINYEAR UTC date datetime time timedelta timezone
""")

COLLECTIONS = words("""
    ChainMap Counter OrderedDict defaultdict deque namedtuple
""")

ABSTRACT_COLLECTIONS = words("""
    Callable Collection Container Generator Hashable Iterable Iterator Mapping MutableMapping
    MutableSequence MutableSet Reversible Sequence Set Sized
""")

ITERTOOLS = words("""
    accumulate batched chain combinations combinations_with_replacement compress count cycle
    dropwhile filterfalse groupby islice pairwise permutations product repeat starmap takewhile
    tee zip_longest
""")

FUNCTOOLS = words("""
    cache cached_property cmp_to_key lru_cache partial reduce
""")

OPERATOR = words("""
    abs add and_ concat contains countOf eq floordiv ge gt iadd iand ifloordiv imod imul index
    indexOf inv invert ior ipow is_ is_not isub itruediv ixor le lshift lt matmul mod mul ne neg
    not_ or_ pos pow rshift sub truediv truth xor
""")

TYPING = words("""
    Annotated Any AnyStr Callable ClassVar Collection Counter DefaultDict Deque Dict Final
    FrozenSet Generator Hashable Iterable Iterator List Literal Mapping MutableMapping
    MutableSequence NewType NoReturn Optional OrderedDict ParamSpec Reversible Self Sequence Set
    Sized SupportsFloat SupportsInt Text Tuple Type TypeAlias TypeVar Union cast overload
""")

DECIMAL = words("""
    Decimal InvalidOperation ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN
    ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP
""")

FRACTIONS = words("Fraction")

RANDOM = words("""
    betavariate choice choices expovariate gammavariate gauss lognormvariate normalvariate
    paretovariate randint random randrange sample seed shuffle triangular uniform
    vonmisesvariate weibullvariate
""")

BISECT = words("""
    bisect bisect_left bisect_right insort insort_left insort_right
""")

HEAPQ = words("""
    heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest
""")

CALENDAR = words("isleap leapdays monthrange timegm weekday")

CONTEXTLIB = words("contextmanager nullcontext suppress")

NUMBERS = words("Complex Integral Number Rational Real")

STRING = words("""
    ascii_letters ascii_lowercase ascii_uppercase digits hexdigits punctuation
""")

FUTURE = words("annotations")

_INSTANT = words("""
    as_unit asm8 astimezone ceil combine ctime date day day_name day_of_week day_of_year
    dayofweek dayofyear days days_in_month dst end_time floor fold freq freqstr hour
    is_leap_year is_month_end is_month_start is_quarter_end is_quarter_start is_year_end
    is_year_start isocalendar isoformat isoweekday max microsecond microseconds min minute month
    month_name nanosecond nanoseconds normalize quarter replace resolution round second seconds
    start_time strftime time timestamp timetuple timetz to_period to_pydatetime to_pytimedelta
    to_timestamp toordinal total_seconds tz tz_convert tz_localize tzinfo tzname unit utcoffset
    utctimetuple value week weekday weekofyear year
""")

_NUMBER = words("""
    as_integer_ratio bit_count bit_length conjugate denominator imag is_integer numerator real
""")

ATTRIBUTES = {
    "builtins.str": words("""
        capitalize casefold center count encode endswith expandtabs find format format_map index
        isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable
        isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix
        repeat replace rfind rindex rjust rpartition rsplit rstrip slice split splitlines
        startswith strip swapcase title translate upper zfill
    """),
    "builtins.bytes": words("decode endswith find hex startswith"),
    "builtins.int": _NUMBER,
    "builtins.float": _NUMBER | words("hex"),
    "builtins.complex": _NUMBER,
    "builtins.list": words("""
        append clear copy count extend index insert pop remove reverse sort
    """),
    "builtins.tuple": words("count index"),
    "builtins.dict": words("""
        clear copy get items keys pop popitem setdefault update values
    """),
    "builtins.set": words("""
        add clear copy difference difference_update discard intersection intersection_update
        isdisjoint issubset issuperset pop remove symmetric_difference union update
    """),
    "builtins.frozenset": words("""
        copy difference intersection isdisjoint issubset issuperset symmetric_difference union
    """),
    "builtins.range": words("count index start step stop"),
    "builtins.slice": words("start step stop"),
    "builtins.property": words("deleter getter setter"),
    "builtins.BaseException": words("args"),
    "enum.Enum": words("name value"),
    "builtins.StopIteration": words("value"),
    "types.GeneratorType": words("close send throw"),
    "collections.deque": words("""
        append appendleft clear copy count extend extendleft index insert maxlen pop popleft
        remove reverse rotate
    """),
    "collections.Counter": words("elements most_common subtract total"),
    "collections.OrderedDict": words("move_to_end"),
    "collections.ChainMap": words("get items keys maps new_child parents pop values"),
    "datetime.date": _INSTANT,
    "datetime.time": _INSTANT,
    "datetime.timedelta": _INSTANT,
    "datetime.tzinfo": words("dst key utcoffset tzname"),
    "decimal.Decimal": words("""
        adjusted as_integer_ratio as_tuple compare copy_abs copy_negate copy_sign exp is_finite
        is_infinite is_nan is_signed is_zero ln log10 max min normalize quantize remainder_near
        scaleb sqrt to_integral_value
    """),
    "fractions.Fraction": words("""
        as_integer_ratio denominator limit_denominator numerator
    """),
    "functools._lru_cache_wrapper": words("cache_clear cache_info"),
    "itertools.chain": words("from_iterable"),
    "random.Random": RANDOM,
    "statistics.NormalDist": words("""
        cdf inv_cdf mean median mode overlap pdf quantiles samples stdev variance zscore
    """),
    "time.struct_time": words("""
        tm_hour tm_isdst tm_mday tm_min tm_mon tm_sec tm_wday tm_yday tm_year
    """),
}

CLASS_ATTRIBUTES = {
    "builtins.dict": words("fromkeys get items keys values"),
    "builtins.float": words("fromhex is_integer"),
    "builtins.int": words("bit_length"),
    "builtins.list": words("append count index"),
    "builtins.str": words("""
        capitalize casefold isalpha isdigit isnumeric join lower lstrip maketrans replace rstrip
        split strip title upper zfill
    """),
    "datetime.date": words("""
        fromisocalendar fromisoformat fromordinal fromtimestamp max min today
    """),
    "datetime.datetime": words("""
        combine fromisocalendar fromisoformat fromordinal fromtimestamp max min now strptime today
        utcfromtimestamp utcnow
    """),
    "datetime.time": words("fromisoformat max min"),
    "datetime.timedelta": words("max min resolution"),
    "datetime.timezone": words("max min utc"),
    "fractions.Fraction": words("from_decimal from_float"),
    "itertools.chain": words("from_iterable"),
    "statistics.NormalDist": words("from_samples"),
}

# Time zones of the exchanges, loaded before the guest loses sight of the files.
TIME_ZONES = """
    UTC Africa/Johannesburg America/Chicago America/New_York America/Sao_Paulo America/Toronto
    Asia/Dubai Asia/Hong_Kong Asia/Jakarta Asia/Kolkata Asia/Seoul Asia/Shanghai Asia/Singapore
    Asia/Taipei Asia/Tokyo Australia/Sydney Europe/Amsterdam Europe/Berlin Europe/Istanbul
    Europe/London Europe/Madrid Europe/Paris Europe/Stockholm Europe/Zurich
""".split()
