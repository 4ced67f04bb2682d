# attack: language | imports how pandas registers accessors | without language: said
from pandas.api.extensions import register_series_accessor
@register_series_accessor("loot")
class Loot:
    def __init__(self, series):
        self.series = series
log("PLUNDER-LANGUAGE", str(pd.Series([1]).loot)[:20])
