"""What scripts see of pandas: tables, series, indexes, windows and dates, as far as they compute.

Left out on purpose: readers and writers (read_*, to_csv, to_pickle …), text that is evaluated
(eval, query), machinery (array, flags, style, plot, sparse, attrs), and options, which would
outlive a run.
"""

from execution.sandbox.policy.words import words

FUNCTIONS = words("""
    BooleanDtype Categorical CategoricalDtype CategoricalIndex DataFrame DateOffset
    DatetimeIndex DatetimeTZDtype Float32Dtype Float64Dtype Grouper Index IndexSlice Int16Dtype
    Int32Dtype Int64Dtype Int8Dtype Interval IntervalDtype IntervalIndex MultiIndex NA NaT
    NamedAgg Period PeriodDtype PeriodIndex RangeIndex Series StringDtype Timedelta
    TimedeltaIndex Timestamp UInt16Dtype UInt32Dtype UInt64Dtype UInt8Dtype bdate_range concat
    crosstab cut date_range factorize from_dummies get_dummies infer_freq interval_range isna
    isnull json_normalize lreshape melt merge merge_asof merge_ordered notna notnull
    period_range pivot pivot_table qcut timedelta_range to_datetime to_numeric to_timedelta
    unique wide_to_long
""")

OFFSETS = words("""
    BDay BHalfYearBegin BHalfYearEnd BMonthBegin BMonthEnd BQuarterBegin BQuarterEnd BYearBegin
    BYearEnd BusinessDay BusinessHour BusinessMonthBegin BusinessMonthEnd CBMonthBegin
    CBMonthEnd CDay CustomBusinessDay CustomBusinessHour CustomBusinessMonthBegin
    CustomBusinessMonthEnd DateOffset Day Easter FY5253 FY5253Quarter HalfYearBegin HalfYearEnd
    Hour LastWeekOfMonth Micro Milli Minute MonthBegin MonthEnd Nano QuarterBegin QuarterEnd
    Second SemiMonthBegin SemiMonthEnd Week WeekOfMonth YearBegin YearEnd
""")

TYPE_CHECKS = words("""
    is_any_real_numeric_dtype is_bool is_bool_dtype is_complex_dtype is_datetime64_any_dtype
    is_datetime64_dtype is_dict_like is_float is_float_dtype is_integer is_integer_dtype
    is_list_like is_number is_numeric_dtype is_object_dtype is_scalar is_string_dtype
    is_timedelta64_dtype
""")

ERRORS = words("""
    DataError EmptyDataError IntCastingNaNError InvalidIndexError MergeError OutOfBoundsDatetime
    OutOfBoundsTimedelta ParserError PerformanceWarning UnsortedIndexError
""")

# Reductions and the like that are looked up by name when given as text.
REDUCTIONS = words("""
    abs all any bfill count cummax cummin cumprod cumsum diff ffill first idxmax idxmin kurt
    kurtosis last max mean median min mode nth nunique ohlc pct_change prod product quantile
    rank round sem shift size skew std sum var
""")

_COMMON = words("""
    T abs add add_prefix add_suffix agg aggregate align all any apply argmax argmin argsort
    asfreq asof assign astype at at_time autocorr axes between between_time bfill case_when cat
    clip columns combine combine_first compare convert_dtypes copy corr corrwith count cov
    cummax cummin cumprod cumsum describe diff div divide divmod dot drop drop_duplicates
    droplevel dropna dt dtype dtypes duplicated empty eq equals ewm expanding explode factorize
    ffill fillna filter first_valid_index floordiv ge get groupby gt hasnans head iat idxmax
    idxmin iloc index infer_objects insert interpolate is_monotonic_decreasing
    is_monotonic_increasing is_unique isetitem isin isna isnull item items iterrows itertuples
    join keys kurt kurtosis last_valid_index le loc lt map mask max mean median melt
    memory_usage merge min mod mode mul multiply name nbytes ndim ne nlargest notna notnull
    nsmallest nunique pct_change pipe pivot pivot_table pop pow prod product quantile radd rank
    rdiv rdivmod reindex reindex_like rename rename_axis reorder_levels repeat replace resample
    reset_index rfloordiv rmod rmul rolling round rpow rsub rtruediv sample searchsorted
    select_dtypes sem set_axis set_index shape shift size skew sort_index sort_values squeeze
    stack std str sub subtract sum swaplevel ta tail take to_dict to_frame to_list to_numpy
    to_period to_string to_timestamp tolist transform transpose truediv truncate tz_convert
    tz_localize unique unstack update value_counts values var where xs
""")

_DATE_PARTS = words("""
    as_unit asfreq ceil components date day day_name day_of_week day_of_year dayofweek dayofyear
    days days_in_month daysinmonth end_time floor freq hour is_leap_year is_month_end
    is_month_start is_quarter_end is_quarter_start is_year_end is_year_start isocalendar
    microsecond microseconds minute month month_name nanosecond nanoseconds normalize quarter
    qyear round second seconds start_time strftime time timetz to_period to_pydatetime
    to_pytimedelta to_timestamp total_seconds tz tz_convert tz_localize unit week weekday
    weekofyear year
""")

_INDEX = (
    words("""
    T add_categories all any append argmax argmin argsort as_ordered as_unordered asi8 asof
    astype categories closed codes contains copy delete diff difference drop drop_duplicates
    droplevel dropna dtype dtypes duplicated empty equals factorize fillna freq freqstr
    get_indexer get_indexer_for get_indexer_non_unique get_level_values get_loc get_loc_level
    get_locs get_slice_bound groupby has_duplicates hasnans identical indexer_at_time
    indexer_between_time infer_objects inferred_freq insert intersection is_empty
    is_monotonic_decreasing is_monotonic_increasing is_non_overlapping_monotonic is_overlapping
    is_unique isin isna isnull item join left length levels levshape map max mean median
    memory_usage mid min name names nbytes ndim nlevels notna notnull nunique ordered overlaps
    putmask ravel reindex remove_categories remove_unused_categories remove_unused_levels rename
    rename_categories reorder_categories reorder_levels repeat replace resolution right
    searchsorted set_categories set_closed set_levels set_names shape shift size
    slice_indexer slice_locs snap sort_values sortlevel start std step stop str sum swaplevel
    symmetric_difference take to_flat_index to_frame to_julian_date to_list to_numpy to_series
    to_tuples tolist transpose truncate tzinfo union unique value_counts values where
""")
    | _DATE_PARTS
)

_WINDOW = words("""
    agg aggregate all any apply asfreq bfill corr corrwith count cov cumcount cummax cummin
    cumprod cumsum describe diff dtype ewm expanding ffill fillna filter first get_group groups
    head idxmax idxmin indices interpolate is_monotonic_decreasing is_monotonic_increasing kurt
    last max mean median min ndim nearest ngroup ngroups nlargest nsmallest nth nunique ohlc
    pct_change pipe prod quantile rank resample rolling sample sem shift size skew std sum tail
    take transform unique value_counts var
""")

_TEXT = words("""
    capitalize casefold cat center contains count decode encode endswith expandtabs extract
    extractall find findall fullmatch get get_dummies index isalnum isalpha isascii isdecimal
    isdigit islower isnumeric isspace istitle isupper join len ljust lower lstrip match
    normalize pad partition removeprefix removesuffix repeat replace rfind rindex rjust
    rpartition rsplit rstrip slice slice_replace split splitlines startswith strip swapcase
    title translate upper wrap zfill
""")

_INSTANT = words("""
    as_unit asfreq asm8 astimezone ceil combine ctime date day day_name day_of_week day_of_year
    dayofweek dayofyear days days_in_month daysinmonth dst end_time floor fold freq freqstr hour
    is_leap_year is_month_end is_month_start is_quarter_end is_quarter_start is_year_end
    is_year_start isocalendar isoformat isoweekday max microsecond microseconds min minute month
    month_name nanosecond nanoseconds normalize ordinal quarter qyear replace resolution
    resolution_string round second seconds start_time strftime time timestamp timetuple timetz
    to_datetime64 to_julian_date to_numpy to_period to_pydatetime to_pytimedelta to_timedelta64
    to_timestamp toordinal total_seconds tz tz_convert tz_localize tzinfo tzname unit utcoffset
    utctimetuple value week weekday weekofyear year
""")

_CATEGORIES = words("""
    add_categories as_ordered as_unordered categories codes ordered remove_categories
    remove_unused_categories rename_categories reorder_categories set_categories
""")

ATTRIBUTES = {
    "pandas.Series": _COMMON,
    "pandas.DataFrame": _COMMON,
    "pandas.Index": _INDEX,
    "pandas.Categorical": _CATEGORIES
    | words("""
        argsort astype copy describe isna map max min notna size sort_values tolist unique
        value_counts
    """),
    "pandas.Interval": words("""
        closed closed_left closed_right is_empty left length mid open_left open_right overlaps right
    """),
    "pandas.Period": _INSTANT,
    "pandas.Timedelta": _INSTANT | words("components"),
    "pandas.Timestamp": _INSTANT,
    "pandas.DateOffset": words("freqstr is_on_offset kwds n name rollback rollforward"),
    "pandas.tseries.offsets.BaseOffset": words("freqstr is_on_offset n name rollback rollforward"),
    "pandas.api.extensions.ExtensionDtype": words("categories kind name ordered subtype tz unit"),
    "pandas.core.groupby.generic.DataFrameGroupBy": _WINDOW,
    "pandas.core.groupby.generic.SeriesGroupBy": _WINDOW,
    "pandas.core.resample.Resampler": _WINDOW,
    "pandas.core.window.rolling.BaseWindow": _WINDOW,
    "pandas.core.strings.accessor.StringMethods": _TEXT,
    "pandas.core.indexes.accessors.Properties": _DATE_PARTS,
    "pandas.core.arrays.categorical.CategoricalAccessor": _CATEGORIES,
}

CLASS_ATTRIBUTES = {
    "pandas.Categorical": words("from_codes"),
    "pandas.DataFrame": words("from_dict from_records"),
    "pandas.Interval": words("left right"),
    "pandas.IntervalIndex": words("from_arrays from_breaks from_tuples"),
    "pandas.MultiIndex": words("from_arrays from_frame from_product from_tuples"),
    "pandas.Period": words("now"),
    "pandas.Timedelta": words("max min"),
    "pandas.Timestamp": words("""
        combine fromisocalendar fromisoformat fromordinal fromtimestamp max min now strptime today
        utcfromtimestamp utcnow
    """),
}

# What a script may assign to besides items and its own objects.
ASSIGNABLE_ATTRIBUTES = {
    "pandas.DataFrame": words("columns index"),
    "pandas.Series": words("index name"),
    "pandas.Index": words("name names"),
}
