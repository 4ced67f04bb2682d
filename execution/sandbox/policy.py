"""What a script may name: positive lists, kept as data so that they can be reviewed like settings.

What is not listed does not exist for a script. The lists make honest scripts pleasant and attacks
harder; they are not the wall, which is the kernel's.
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SOURCE_NODES_MAXIMUM = 20_000

# Instead of a bare refusal, what to write.
INSTEAD_OF_MODULE = {
    "os": "a script reads data with get_market_data()",
    "sys": "a script reads its settings from params and context",
    "subprocess": "a script computes and calls emit_signal()",
    "socket": "a script reads data with get_market_data()",
    "requests": "a script reads data with get_market_data()",
    "urllib": "a script reads data with get_market_data()",
    "http": "a script reads data with get_market_data()",
    "yfinance": "a script reads data with get_market_data()",
    "pickle": "use json.dumps() and json.loads()",
    "logging": "write lines with log()",
    "threading": "the platform runs one script per instrument by itself",
    "multiprocessing": "the platform runs one script per instrument by itself",
    "asyncio": "the platform runs one script per instrument by itself",
    "scipy": "use numpy, pandas, pandas_ta or talib",
    "sklearn": "use numpy, pandas, pandas_ta or talib",
    "ta": "import pandas_ta as ta",
}
INSTEAD_OF_BUILTIN = {
    "open": "a script reads data with get_market_data()",
    "input": "a script reads its settings from params",
    "eval": "write the expression itself",
    "exec": "write the statements themselves",
    "compile": "write the statements themselves",
    "globals": "use a dictionary of your own",
    "locals": "use a dictionary of your own",
    "vars": "use a dictionary of your own",
    "dir": "the names a script may use are in the documentation",
    "type": "compare with isinstance()",
    "id": "compare with `is`",
    "breakpoint": "write lines with log()",
}

MAGIC_METHODS = _names("""
    __init__ __repr__ __str__ __len__ __bool__ __hash__ __call__ __contains__ __iter__ __next__
    __getitem__ __setitem__ __enter__ __exit__ __lt__ __le__ __eq__ __ne__ __gt__ __ge__
    __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __floordiv__
    __mod__ __pow__ __neg__ __abs__
""")

BASES_OF_SCRIPT_CLASSES = _names("object Exception ValueError RuntimeError KeyError TypeError")

EXCEPTIONS = _names("""
    ArithmeticError AssertionError AttributeError Exception FloatingPointError ImportError
    IndexError KeyError LookupError MemoryError NameError NotImplementedError OverflowError
    PermissionError RecursionError RuntimeError StopIteration TypeError UnicodeError ValueError
    ZeroDivisionError Warning UserWarning RuntimeWarning
""")
PLAIN_BUILTINS = _names("""
    abs ascii bin bool bytes callable chr complex dict divmod float frozenset hash hex int
    isinstance issubclass len list object oct ord pow range repr reversed round set slice str
    tuple property staticmethod classmethod super True False None Ellipsis NotImplemented
""")

# --- modules: a facade of each shows these names and nothing else -------------------------------

MATH = _names("""
    acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc
    exp exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf
    isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians
    remainder sin sinh sqrt sumprod tan tanh tau trunc ulp
""")
STATISTICS = _names("""
    StatisticsError correlation covariance fmean geometric_mean harmonic_mean linear_regression
    mean median median_grouped median_high median_low mode multimode pstdev pvariance quantiles
    stdev variance
""")
DATETIME = _names("MAXYEAR MINYEAR UTC date datetime time timedelta timezone")
COLLECTIONS = _names("ChainMap Counter OrderedDict defaultdict deque namedtuple")
ITERTOOLS = _names("""
    accumulate batched chain combinations combinations_with_replacement compress count cycle
    dropwhile filterfalse groupby islice pairwise permutations product repeat starmap takewhile
    tee zip_longest
""")
FUNCTOOLS = _names("cmp_to_key lru_cache partial reduce")
OPERATOR = _names("""
    abs add and_ concat contains countOf eq floordiv ge gt indexOf inv invert is_ is_not le lshift
    lt matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor
""")
TYPING = _names("""
    Any Callable Dict Final FrozenSet Iterable Iterator List Literal Mapping NamedTuple Optional
    Sequence Set Tuple Union
""")
FUTURE = _names("annotations")

NUMPY = _names("""
    abs absolute add all allclose amax amin angle any append apply_along_axis arange arccos arccosh
    arcsin arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort argwhere around array
    array_equal array_split asarray ascontiguousarray atleast_1d atleast_2d average bincount
    bitwise_and bitwise_or bitwise_xor block broadcast_to busday_count cbrt ceil choose clip
    column_stack compress concatenate convolve copy copysign corrcoef correlate cos cosh
    count_nonzero cov cross cumprod cumsum deg2rad degrees delete diag diff digitize divide divmod
    dot dstack ediff1d einsum empty empty_like equal errstate exp exp2 expand_dims expm1 extract
    eye fabs fill_diagonal flatnonzero flip fliplr flipud float_power floor floor_divide fmax fmin
    fmod full full_like geomspace gradient greater greater_equal heaviside histogram
    histogram_bin_edges hsplit hstack hypot identity in1d inner insert interp intersect1d invert
    is_busday isclose isfinite isin isinf isnan isnat isreal isscalar kron less less_equal linspace
    log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor logspace matmul
    max maximum mean median meshgrid min minimum mod moveaxis multiply nan_to_num nanargmax
    nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod
    nanquantile nanstd nansum nanvar ndim negative nextafter nonzero not_equal ones ones_like outer
    pad partition percentile piecewise polyfit polyval positive power prod ptp quantile rad2deg
    radians ravel reciprocal remainder repeat reshape rint roll rollaxis roots rot90 round
    searchsorted select setdiff1d shape sign signbit sin sinc sinh size sort split sqrt square
    squeeze stack std subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace
    transpose trapezoid tri tril trim_zeros triu true_divide trunc union1d unique unwrap vander var
    vdot vsplit vstack where zeros zeros_like
    pi e inf nan newaxis float64 float32 int64 int32 int16 int8 uint8 uint32 uint64 bool_ floating
    integer number datetime64 timedelta64 finfo iinfo
""")
NUMPY_LINALG = _names("""
    LinAlgError cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_power matrix_rank norm
    pinv qr slogdet solve svd
""")
NUMPY_FFT = _names("fft fftfreq fftshift ifft ifftshift irfft rfft rfftfreq")
NUMPY_RANDOM = _names("""
    beta binomial choice exponential gamma integers laplace lognormal multivariate_normal normal
    permutation poisson rand randint randn random random_sample shuffle standard_normal standard_t
    uniform
""")
NUMPY_STRIDE_TRICKS = _names("sliding_window_view")

PANDAS = _names("""
    Categorical CategoricalDtype DataFrame DateOffset DatetimeIndex Grouper Index Interval
    IntervalIndex MultiIndex NA NaT NamedAgg Period PeriodIndex RangeIndex Series Timedelta
    TimedeltaIndex Timestamp array bdate_range concat crosstab cut date_range factorize get_dummies
    infer_freq interval_range isna isnull melt merge merge_asof merge_ordered notna notnull
    period_range pivot pivot_table qcut timedelta_range to_datetime to_numeric to_timedelta unique
    wide_to_long
""")
PANDAS_OFFSETS = _names("""
    BDay BMonthBegin BMonthEnd BusinessDay BusinessHour Day Hour Minute MonthBegin MonthEnd
    QuarterBegin QuarterEnd Second Week YearBegin YearEnd
""")

# --- attributes: what an object of a type shows --------------------------------------------------

_ARRAY = _names("""
    T all any argmax argmin argpartition argsort astype clip conj copy cumprod cumsum diagonal dot
    dtype fill flat flatten imag item itemsize max mean min nbytes ndim nonzero prod ptp put ravel
    real repeat reshape round searchsorted shape size sort squeeze std sum swapaxes take tolist
    trace transpose var
""")
_PANDAS_COMMON = _names("""
    T abs add add_prefix add_suffix agg aggregate align all any apply argmax argmin argsort asfreq
    asof astype at at_time autocorr axes between between_time bfill case_when cat clip columns
    combine combine_first compare convert_dtypes copy corr corrwith count cov cummax cummin cumprod
    cumsum describe diff div divide divmod dot drop drop_duplicates droplevel dropna dt dtype
    dtypes duplicated empty eq equals ewm expanding explode factorize ffill fillna filter
    first_valid_index floordiv ge get groupby gt hasnans head iat idxmax idxmin iloc index
    infer_objects insert interpolate is_monotonic_decreasing is_monotonic_increasing is_unique isin
    isna isnull item items iterrows itertuples join keys kurt kurtosis last_valid_index le loc lt
    map mask max mean median melt merge min mod mode mul multiply name nbytes ndim ne nlargest
    notna notnull nsmallest nunique pct_change pipe pivot pivot_table pop pow prod product quantile
    radd rank rdiv reindex reindex_like rename rename_axis reorder_levels repeat replace resample
    reset_index rfloordiv rmod rmul rolling round rpow rsub rtruediv sample searchsorted
    select_dtypes sem set_axis set_index shape shift size skew sort_index sort_values squeeze stack
    std str sub subtract sum swaplevel ta tail take to_dict to_frame to_list to_numpy to_string
    to_timestamp tolist transform transpose truediv truncate tz_convert tz_localize unique unstack
    update value_counts values var where xs assign
""")
_DATE_PARTS = _names("""
    ceil date day day_name day_of_week day_of_year dayofweek dayofyear days days_in_month
    daysinmonth floor hour is_leap_year is_month_end is_month_start is_quarter_end is_quarter_start
    is_year_end is_year_start isocalendar microsecond microseconds minute month month_name
    nanosecond nanoseconds normalize quarter round second seconds strftime time timetz
    to_period to_pydatetime to_pytimedelta to_timestamp total_seconds tz tz_convert tz_localize
    weekday year
""")
_PANDAS_INDEX = (
    _names("""
    T all any append argmax argmin argsort asof astype codes copy delete difference drop
    drop_duplicates droplevel dropna dtype duplicated empty equals factorize fillna freq freqstr
    get_indexer get_level_values get_loc hasnans identical inferred_freq insert intersection
    is_monotonic_decreasing is_monotonic_increasing is_unique isin isna isnull item join left
    length levels map max memory_usage mid min name names nbytes ndim nlevels notna notnull nunique
    rename repeat reindex right searchsorted set_names shape shift size slice_indexer sort_values
    start step stop str swaplevel symmetric_difference take to_flat_index to_frame to_list to_numpy
    to_series tolist union unique value_counts values where
""")
    | _DATE_PARTS
)
_PANDAS_WINDOW = _names("""
    agg aggregate all any apply asfreq bfill corr count cov cumcount cummax cummin cumprod cumsum
    describe diff ewm expanding ffill fillna filter first get_group groups head idxmax idxmin
    indices interpolate kurt last max mean median min nearest ngroup ngroups nth nunique ohlc
    pct_change pipe prod quantile rank resample rolling sem shift size skew std sum tail transform
    value_counts var
""")
_TEXT = _names("""
    capitalize casefold cat center contains count encode endswith expandtabs extract find findall
    fullmatch get index isalnum isalpha isascii isdecimal isdigit islower isnumeric isspace istitle
    isupper join len ljust lower lstrip match pad partition removeprefix removesuffix repeat
    replace rfind rindex rjust rpartition rsplit rstrip slice split splitlines startswith strip
    swapcase title upper zfill
""")
_INSTANT = _names("""
    as_unit asm8 ceil combine ctime date day day_name day_of_week day_of_year dayofweek dayofyear
    days days_in_month end_time floor fold freq freqstr hour is_leap_year is_month_end
    is_month_start is_quarter_end is_quarter_start is_year_end is_year_start isocalendar isoformat
    isoweekday max microsecond microseconds min minute month month_name nanosecond nanoseconds
    normalize quarter replace resolution round second seconds start_time strftime time timestamp
    timetuple timetz to_period to_pydatetime to_pytimedelta to_timestamp toordinal total_seconds tz
    tz_convert tz_localize tzinfo unit utcoffset value week weekday weekofyear year
""")
_NUMBER = _names("""
    as_integer_ratio bit_count bit_length conjugate denominator imag is_integer numerator real
""")

ATTRIBUTES: dict[str, frozenset[str]] = {
    "builtins.str": _TEXT - _names("cat contains extract findall fullmatch get len match pad"),
    "builtins.bytes": _names("decode endswith find hex startswith"),
    "builtins.int": _NUMBER,
    "builtins.float": _NUMBER | {"hex"},
    "builtins.complex": _NUMBER,
    "builtins.list": _names("append clear copy count extend index insert pop remove reverse sort"),
    "builtins.tuple": _names("count index"),
    "builtins.dict": _names("clear copy get items keys pop popitem setdefault update values"),
    "builtins.set": _names("""
        add clear copy difference difference_update discard intersection intersection_update
        isdisjoint issubset issuperset pop remove symmetric_difference union update
    """),
    "builtins.frozenset": _names("""
        copy difference intersection isdisjoint issubset issuperset symmetric_difference union
    """),
    "builtins.range": _names("count index start step stop"),
    "builtins.slice": _names("start step stop"),
    "builtins.property": _names("deleter getter setter"),
    "builtins.BaseException": _names("args"),
    "collections.deque": _names("""
        append appendleft clear copy count extend extendleft index insert maxlen pop popleft remove
        reverse rotate
    """),
    "collections.Counter": _names("elements most_common subtract total"),
    "collections.OrderedDict": _names("move_to_end"),
    "collections.ChainMap": _names("get items keys maps new_child parents pop values"),
    "datetime.date": _INSTANT,
    "datetime.time": _INSTANT,
    "datetime.timedelta": _INSTANT,
    "datetime.tzinfo": _names("utcoffset tzname"),
    "itertools.chain": _names("from_iterable"),
    "numpy.ndarray": _ARRAY,
    "numpy.generic": _ARRAY | {"is_integer"},
    "numpy.dtype": _names("itemsize kind name names"),
    "numpy.finfo": _names("eps max min tiny resolution"),
    "numpy.iinfo": _names("max min"),
    "numpy.ufunc": _names("accumulate outer reduce"),
    "numpy.random.Generator": NUMPY_RANDOM,
    "numpy.random.RandomState": NUMPY_RANDOM,
    "pandas.Series": _PANDAS_COMMON,
    "pandas.DataFrame": _PANDAS_COMMON,
    "pandas.Index": _PANDAS_INDEX,
    "pandas.Categorical": _names("categories codes ordered"),
    "pandas.Interval": _names("closed left length mid overlaps right"),
    "pandas.Period": _INSTANT,
    "pandas.Timedelta": _INSTANT | {"components"},
    "pandas.Timestamp": _INSTANT,
    "pandas.DateOffset": _names("freqstr is_on_offset kwds n name rollback rollforward"),
    "pandas.tseries.offsets.BaseOffset": _names("freqstr is_on_offset n name rollback rollforward"),
    "pandas.core.groupby.generic.DataFrameGroupBy": _PANDAS_WINDOW,
    "pandas.core.groupby.generic.SeriesGroupBy": _PANDAS_WINDOW,
    "pandas.core.resample.Resampler": _PANDAS_WINDOW,
    "pandas.core.window.rolling.BaseWindow": _PANDAS_WINDOW,
    "pandas.core.strings.accessor.StringMethods": _TEXT,
    "pandas.core.indexes.accessors.Properties": _DATE_PARTS,
    "pandas.core.arrays.categorical.CategoricalAccessor": _names("categories codes ordered"),
}

CLASS_ATTRIBUTES: dict[str, frozenset[str]] = {
    "builtins.dict": _names("fromkeys"),
    "builtins.float": _names("fromhex"),
    "datetime.date": _names("fromisoformat fromordinal fromtimestamp max min today"),
    "datetime.datetime": _names("""
        combine fromisoformat fromtimestamp max min now strptime today utcfromtimestamp utcnow
    """),
    "datetime.time": _names("fromisoformat max min"),
    "datetime.timedelta": _names("max min resolution"),
    "datetime.timezone": _names("utc"),
    "itertools.chain": _names("from_iterable"),
    "pandas.DataFrame": _names("from_dict from_records"),
    "pandas.Interval": _names("left right"),
    "pandas.MultiIndex": _names("from_arrays from_frame from_product from_tuples"),
    "pandas.Timedelta": _names("max min"),
    "pandas.Timestamp": _names("combine fromisoformat fromtimestamp max min now today utcnow"),
}

# What a script may assign to besides items and its own objects.
ASSIGNABLE_ATTRIBUTES: dict[str, frozenset[str]] = {
    "pandas.DataFrame": _names("columns index"),
    "pandas.Series": _names("index name"),
    "pandas.Index": _names("name names"),
}

# --- names that pandas looks up by itself when given as text --------------------------------------

REDUCTIONS = _names("""
    all any bfill count cummax cummin cumprod cumsum diff ffill first idxmax idxmin kurt last max
    mean median min mode nth nunique ohlc pct_change prod quantile rank round sem shift size skew
    std sum var abs
""")

# Time zones of the exchanges, loaded before the guest loses sight of the files.
TIME_ZONES = """
    UTC Africa/Johannesburg America/Chicago America/New_York America/Sao_Paulo America/Toronto
    Asia/Dubai Asia/Hong_Kong Asia/Jakarta Asia/Kolkata Asia/Seoul Asia/Shanghai Asia/Singapore
    Asia/Taipei Asia/Tokyo Australia/Sydney Europe/Amsterdam Europe/Berlin Europe/Istanbul
    Europe/London Europe/Madrid Europe/Paris Europe/Stockholm Europe/Zurich
""".split()

# Helpers of pandas_ta that scripts use besides the indicators.
PANDAS_TA_EXTRAS = _names("above above_value below below_value cross cross_value crossover")
