# attack: language | imports numpy's tests for the modules they hold
import numpy.testing as testing
log("PLUNDER-LANGUAGE", testing.assert_equal.__globals__["np"].__name__)
