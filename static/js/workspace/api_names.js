// The names of the script API as the editor completes them, each with one line of help.

const FUNCTIONS = [
  ["get_market_data", "(instrument=None, timeframe=None, bars=500)", "Table of closed bars: open high low close volume, indexed by opened_at."],
  ["get_metric", "(name, instrument=None)", "A built-in number of an instrument, as of the run's clock."],
  ["get_script_output", "(script_id, history=0)", "The output of a script this one depends on; with history, its newest outputs."],
  ["emit_signal", "(data)", "Put out a dictionary: value and timestamp of it; the rest is metadata."],
  ["signal", '(type, timestamp=None, price=None, reason="", icon="")', "Put out BUY, SELL or HOLD."],
  ["plot", '(series, name="", color=None, style="line", panel=None, overlay=None, width=1)', "A line for people to look at; it is not published."],
  ["log", "(message)", "A line in the run's log."],
  ["print", "(…)", "A line in the run's log."],
  ["get_timestamp", "()", "The run's clock as ISO 8601 text; it stands still."],
  ["get_unix_timestamp", "()", "The run's clock in seconds since 1970; it stands still."],
];
const VALUES = [
  ["context", "", "instrument, timeframe, params, timestamp and who the script runs for."],
  ["params", "", "The parameters of this run, as the input schema names them."],
  ["data", "", "The newest 500 closed bars, read when the script uses the name."],
  ["result", "", "Assign it: the script's last output."],
];
const LIBRARIES = [
  ["pd", "", "pandas"],
  ["np", "", "numpy"],
  ["ta", "", "Indicators: ta.rsi(close, length=14), ta.atr(high, low, close), ta.ema(close) …"],
  ["math", "", "The standard library's math."],
];
const SNIPPETS = [
  ["compute", "(data, params)", "Define it: returns one row for every bar, all at once.", "def compute(data, params):\n    return data[\"close\"].rolling(20).mean()\n"],
  ["strategy", "(data)", "Define it: says BUY, SELL or HOLD for the last bar of the table.", "def strategy(data):\n    return \"HOLD\"\n"],
];

const completion = (type, boost) => ([label, detail, info, apply]) =>
  ({ label, detail, info, type, boost, ...(apply ? { apply } : {}) });

export const API_COMPLETIONS = [
  ...FUNCTIONS.map(completion("function", 2)),
  ...VALUES.map(completion("variable", 2)),
  ...LIBRARIES.map(completion("namespace", 1)),
  ...SNIPPETS.map(completion("text", 1)),
];

// What Python itself offers and the sandbox lets through.
const BUILTINS = "abs all any bool dict enumerate filter float int isinstance len list map max min range reversed round set sorted str sum tuple zip True False None";
const KEYWORDS = "and break continue def elif else for from if import in is lambda not or pass return try except while with";

export const PYTHON_COMPLETIONS = [
  ...BUILTINS.split(" ").map((label) => ({ label, type: "function" })),
  ...KEYWORDS.split(" ").map((label) => ({ label, type: "keyword" })),
];
