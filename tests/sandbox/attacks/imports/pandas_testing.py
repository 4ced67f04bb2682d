# attack: language | imports the tests of pandas | without language: said
import pandas.testing as testing
log("PLUNDER-LANGUAGE", str(testing.assert_frame_equal)[:20])
