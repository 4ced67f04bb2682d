"""What scripts see of numpy: functions that compute, and nothing that reads, writes or points.

Left out on purpose: readers and writers (load, save, fromfile, tofile, memmap), raw memory
(frombuffer, ndarray(), view, ctypes, data, strides, as_strided, resize() in place), text that is
evaluated or looked up (fromstring, char), and settings that outlive a run (seterr, printoptions).
"""

from execution.sandbox.policy.words import words

FUNCTIONS = words("""
    abs absolute acos acosh add all allclose amax amin angle any append apply_along_axis
    apply_over_axes arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin
    argpartition argsort argwhere around array array2string array_equal array_equiv array_split
    array_str asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asin asinh
    atan atan2 atanh atleast_1d atleast_2d atleast_3d average bartlett binary_repr bincount
    bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor blackman block bool bool_ broadcast_arrays broadcast_shapes
    broadcast_to busday_count busday_offset c_ can_cast cbrt ceil choose clip column_stack
    complex128 complex64 complexfloating compress concat concatenate conj conjugate convolve
    copy copysign copyto corrcoef correlate cos cosh count_nonzero cov cross cumprod cumsum
    cumulative_prod cumulative_sum datetime_as_string deg2rad degrees delete diag diag_indices
    diag_indices_from diagflat diagonal diff digitize divide divmod dot double dsplit dstack e
    ediff1d einsum einsum_path empty empty_like equal errstate euler_gamma exp exp2 expand_dims
    expm1 extract eye fabs fill_diagonal finfo fix flatnonzero flip fliplr flipud float16
    float32 float64 float_power floating floor floor_divide fmax fmin fmod
    format_float_positional format_float_scientific frexp fromfunction fromiter full full_like
    gcd generic geomspace gradient greater greater_equal hamming hanning heaviside histogram
    histogram2d histogram_bin_edges histogramdd hsplit hstack hypot i0 identity iinfo imag
    index_exp indices inexact inf inner insert int16 int32 int64 int8 int_ integer interp
    intersect1d intp invert is_busday isclose iscomplex iscomplexobj isdtype isfinite isin isinf
    isnan isnat isneginf isposinf isreal isrealobj isscalar issubdtype iterable ix_ kaiser kron
    lcm ldexp left_shift less less_equal lexsort linspace log log10 log1p log2 logaddexp
    logaddexp2 logical_and logical_not logical_or logical_xor logspace mask_indices matmul
    matrix_transpose matvec max maximum mean median meshgrid mgrid min minimum mod modf moveaxis
    multiply nan nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian
    nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar ndenumerate ndim ndindex
    negative newaxis nextafter nonzero not_equal number ogrid ones ones_like outer pad partition
    percentile permute_dims pi piecewise place poly poly1d polyadd polyder polydiv polyfit
    polyint polymul polysub polyval positive pow power prod ptp put put_along_axis putmask
    quantile r_ rad2deg radians ravel ravel_multi_index real real_if_close reciprocal remainder
    repeat require reshape resize result_type right_shift rint roll rollaxis roots rot90 round
    s_ searchsorted select setdiff1d setxor1d shape sign signbit signedinteger sin sinc single
    sinh size sort sort_complex spacing split sqrt square squeeze stack std str_ subtract sum
    swapaxes take take_along_axis tan tanh tensordot tile timedelta64 trace transpose trapezoid
    tri tril tril_indices tril_indices_from trim_zeros triu triu_indices triu_indices_from
    true_divide trunc uint uint16 uint32 uint64 uint8 uintp union1d unique unique_all
    unique_counts unique_inverse unique_values unravel_index unsignedinteger unstack unwrap
    vander var vdot vecdot vecmat vsplit vstack where zeros zeros_like
""")

# Of these, the ones that make an array of any data, with a type they are told.
MAKE_ARRAYS_OF_DATA = words("""
    array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray fromiter full
    require
""")

# Of these, the ones that would read "now" as the machine's time.
TAKE_INSTANTS_AS_TEXT = words("""
    arange busday_count busday_offset copyto full_like insert is_busday place put put_along_axis
    putmask
""")

LINALG = words("""
    LinAlgError cholesky cond cross det diagonal eig eigh eigvals eigvalsh inv lstsq matmul
    matrix_norm matrix_power matrix_rank matrix_transpose multi_dot norm outer pinv qr slogdet
    solve svd svdvals tensordot tensorinv tensorsolve trace vecdot vector_norm
""")

FFT = words("""
    fft fft2 fftfreq fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn
    rfft rfft2 rfftfreq rfftn
""")

RANDOM = words("""
    beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric
    integers laplace logistic lognormal logseries multinomial multivariate_hypergeometric
    multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal pareto
    permutation permuted poisson power rand randint randn random random_sample ranf rayleigh
    sample shuffle standard_cauchy standard_exponential standard_gamma standard_normal
    standard_t triangular uniform vonmises wald weibull zipf
""")

STRIDE_TRICKS = words("sliding_window_view")

_ARRAY = words("""
    T all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy
    cumprod cumsum diagonal dot dtype fill flat flatten imag item itemsize mT max mean min
    nbytes ndim nonzero partition prod ptp put ravel real repeat reshape round searchsorted
    shape size sort squeeze std sum swapaxes take tolist trace transpose var
""")

ATTRIBUTES = {
    "numpy.ndarray": _ARRAY,
    "numpy.generic": _ARRAY | words("as_integer_ratio is_integer"),
    "numpy.dtype": words("char itemsize kind name names str"),
    "numpy.finfo": words("""
        bits dtype eps max min precision resolution smallest_normal tiny
    """),
    "numpy.iinfo": words("bits dtype max min"),
    "numpy.ufunc": words("accumulate outer reduce reduceat"),
    "numpy.poly1d": words("""
        c coef coefficients coeffs deriv integ order r roots
    """),
    "numpy.random.Generator": RANDOM,
    "numpy.random.RandomState": RANDOM | words("seed"),
}
