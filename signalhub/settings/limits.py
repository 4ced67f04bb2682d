"""Every number of policy, once: the unit is in the name, the reason beside it."""

SCRIPT_SOURCE_MAX_BYTES = 64 * 1024  # a signal script is a page; the jail's parser stays bounded
MANIFEST_MAX_BYTES = 32 * 1024
PARAMS_MAX_BYTES = 8 * 1024
OUTPUT_MAX_BYTES = 32 * 1024  # of one output as JSON: what a producer's payload may have
AUTOSAVE_MAX_CHARACTERS = 512 * 1024  # the fields above as JSON, where any may be too long by far

S3_CONNECT_SECONDS = 3.0
S3_READ_SECONDS = 10.0
S3_BREAKER_OPEN_SECONDS = 2.0  # no run goes on without its source: found well again at once
S3_ATTEMPTS = 2  # a second one after a lost answer finds its own bytes there, which is no fault
PRESIGNED_URL_MAX_SECONDS = 60  # the contract's; whoever gets the address reads it at once
ORPHAN_GRACE_SECONDS = 86_400  # an object without a row may belong to a publication under way

# What no run goes beyond, whichever tier its user has: the widest tier of the contract.
SANDBOX_WALL_SECONDS = 30.0  # MAX_TIMEOUT_SECONDS of the contracts
SANDBOX_CPU_SECONDS = 15
SANDBOX_MEMORY_MB = 512  # MAX_MEMORY_MB of the contracts
SANDBOX_SIGNALS = 100
SANDBOX_LOG_LINES = 500
SANDBOX_RENEW_AFTER_RUNS = 10_000  # what forked so many guests is replaced before it wears out
SANDBOX_RENEW_AFTER_GROWTH_MB = 64  # a process that only forks has no reason to grow

EXECUTION_LEASE_SECONDS = 8  # renewed at a third of it while the worker lives; then others' turn
TASK_TIMEOUT_SECONDS = 330  # ten runs that each use up their wall limit, and time to spare
EXECUTION_MAX_ATTEMPTS = 5  # infrastructure faults only, over some 15 s; never a time-out
EVIDENCE_TRIAL_BARS = 250  # a year of days on each instrument, before a review
EVIDENCE_PROOF_SECONDS = 10.0  # processor time of a look-ahead proof
EVIDENCE_WAIT_SECONDS = 20  # how long an approval waits for evidence that is being made
EXECUTION_REPLY_SECONDS = 30  # how long a synchronous caller waits for a worker
CAPSULE_RETENTION_DAYS = 90  # how long a run can be repeated: a quarter, and then some
TRIAL_BARS_MAX = 1000  # four years of days; a script that is asked bar by bar runs once for each
TRIALS_AT_ONCE = 3  # unfinished ones of one user: trying things out leaves the workers to others
REAPER_INTERVAL_SECONDS = 2
MARKET_SHARDS = 16  # more than realtime processes ever; changing it moves instruments to others
REALTIME_BEAT_SECONDS = 1.0  # how often a realtime process says that it lives
REALTIME_MEMBER_SECONDS = 4.0  # after the last sign of life its shards are others'
EVENT_ATTEMPTS = 3  # then an event that breaks its handling is put aside for an operator
EMAIL_TIMEOUT_SECONDS = 10  # a mail server that hangs keeps a worker no longer than this
WATCHDOG_CANARY_SECONDS = 3  # how often the cluster is asked to prove that it moves
WATCHDOG_STALL_SECONDS = 15  # the canary unanswered for this long: the cluster is restarted

STREAM_REDIS_MAXLEN = 1000  # the contract's XADD MAXLEN
REVOCATION_CHECK_SECONDS = 0.5  # revocation must reach an open socket within a second
HEARTBEAT_SECONDS = 30  # the contract's heartbeat

SOCKET_STREAMS_MAX = 200  # streams of one connection; the widest tier of the contract
SOCKET_MESSAGE_MAX_BYTES = 64 * 1024  # 200 keys of the usual length with their positions
SOCKET_QUEUE_FRAMES = 1000  # a reader further behind than this is cut and told where to resume
SOCKET_QUEUE_BYTES = 4 * 1024 * 1024  # the same, for long frames
SOCKET_HELLO_SECONDS = 10  # a connection that says nothing of who it is is closed after this
SOCKET_ERRORS_MAX = 20  # bad messages of one connection before it is closed
SNAPSHOT_HISTORY_MAX = 500  # outputs that a subscription may ask for to begin with
RESUME_FRAMES_MAX = 10_000  # what lies further back is told as a gap; history has an API
COMMON_STREAMS_FOLLOWED_MAX = 100  # of one instrument, besides the usual ones; at every bar
PUBLIC_PRICE_RETENTION_DAYS = 7  # of prices and quotes as they were streamed; the ticks stay
TICKET_SECONDS = 60  # how long a single-use connection ticket is good for

DELIVERY_ANSWER_SECONDS = 15.0  # of one attempt, from the name's address to the answer's end
DELIVERY_LEASE_SECONDS = 15  # renewed at a third of it; how long a killed sender's work waits
DELIVERY_SLOTS = 64  # attempts under way in one process; each is a connection and little else
DELIVERY_SLOTS_PER_HOST = 8  # so that one that hangs leaves the others their share
DELIVERY_SLOTS_PER_OWNER = 16  # the same for somebody who names many hosts
DELIVERY_DISABLE_SECONDS = 3 * 86_400  # nothing but failures for this long: longer than the table
DELIVERY_RETENTION_DAYS = 30  # of the log; the outputs themselves are kept elsewhere
DELIVERY_LAPSE_DAYS = 30  # how long a right may be gone until what it was to is over for good
DELIVERY_SECRET_OVERLAP_SECONDS = 86_400  # in which the old secret still signs too
DELIVERY_TESTS_PER_MINUTE = 6  # of one destination: a test, not a tool
DELIVERY_REPLAY_MAX = 1000  # outputs that are sent again one by one
DESTINATIONS_MAX = 20  # of one person
FOLLOWINGS_MAX = 100  # streams of one destination; also the rows of a digest
CONFIRMATIONS_PER_USER = 10  # addresses of others that one person has asked in a day
CONFIRMATIONS_PER_ADDRESS = 3  # the same of one address, whoever asks: nobody is flooded
CONFIRMATION_SECONDS = 3 * 86_400  # how long an address may take to say yes
TELEGRAM_CODE_SECONDS = 900  # how long a code that links a chat is good for

LEAK_TEXT_MAX_BYTES = 2 * 1024 * 1024  # twenty thousand rows of a hundred characters
LEAK_OUTPUTS_MAX = 20_000  # of one stream, the newest, that a leak is compared with
HISTORY_FILE_ROWS_MAX = 250_000  # of one CSV or Parquet file: some ten seconds of a thread
LEAK_STREAMS_MAX = 50  # of one product
LEAK_FALSE_ACCUSATION = 1e-6  # how probable it may be that a search accuses anybody innocent

REMOTE_RIGHT_SECONDS = 600  # how long what another marketplace said of a right is believed
EXECUTION_TOKEN_SECONDS = 120  # fetched just before its use; the database allows five minutes

SIGNALS_PAYLOAD_MAX_BYTES = 32 * 1024  # the contract's default; the environment may say otherwise
SIGNALS_ENVELOPE_MAX_BYTES = 4 * 1024  # what a body may hold besides its payload
SIGNALS_BATCH_MAX = 500  # signals of one batch
SIGNALS_BATCH_MAX_BYTES = 1024 * 1024  # of the body of a batch; it is parsed in the event loop
HMAC_CLOCK_SKEW_SECONDS = 300  # the contract's window, both ends included
INGEST_CONNECTIONS = 8  # to the database, of one process that takes signals in; half stand ready
INGEST_WAITING_MAX = 500  # requests that wait for one of these; the next is told to come again
INGEST_WAIT_SECONDS = 4  # the longest such wait; a database that is away is told within it
INGEST_STATEMENT_TIMEOUT_MS = 5000
INGEST_ANSWER_SECONDS = 7  # a database that is silent for longer than its own limit is gone
INGEST_RECONNECT_SECONDS = 0.5  # how soon a connection that could not be made is tried again
PRODUCER_SEEN_INTERVAL_SECONDS = 10  # how exact "last seen" is; finer would serialise a producer
PRODUCER_FAILURE_DAYS = 90  # how long it is remembered why requests were refused
PRODUCER_FAILURE_DAYS_SHOWN = 14

TICK_OUTLIER_FACTOR = 2.0  # half or double of the last price that was believed is believed still
TICK_OUTLIERS_BELIEVED = 20  # so often in a row about one price: the price is another one
TICK_FUTURE_SKEW_SECONDS = 5.0  # how far a source's clock may be ahead of ours
TICK_GRACE_SECONDS = 2.0  # how long after its end a bar waits for ticks that were overtaken
BAR_GRACE_SECONDS = 10.0  # how long a longer bar waits for a shorter one that its source sends
TICK_COUNT_DAYS = 90  # how long it is remembered what was wrong with ticks
MARKET_ROWS_MAX = 5_000  # ticks or bars of one request; its body is bounded too
DOWNLOADS_AT_ONCE_OF_A_READER = 2  # of one web process; each holds a thread until it is read
UPLOADS_AT_ONCE = 4  # of one web process; each holds its file while it is put into the store
UPLOADS_AT_ONCE_OF_A_SENDER = 2  # of these, so that nobody can take them all
UPLOAD_SECONDS = 120.0  # from the head to the end of a file: 32 MiB at 2.2 Mbit/s
UPLOAD_MAX_BYTES = 32 * 1024 * 1024  # a million ticks as Parquet; a worker holds it in memory

IDEMPOTENCY_HOURS = 24  # how long a lost reply can be asked for again
IDEMPOTENCY_WAIT_SECONDS = 5  # how long a second request waits for the first one of its key

HSTS_SECONDS = 31_536_000  # a year: what browsers ask of those they preload
BODY_MAX_BYTES = (
    2_621_440  # 2.5 MiB: the text of a leak search, 2 MiB, as JSON with its other fields
)
FORM_FIELDS_MAX = 1000  # a page of 100 rows with ten fields each
FORM_FILES_MAX = 5  # pages ask for one
ACCESS_TOKEN_SECONDS = 600  # a stolen one is soon worthless, and nobody refreshes all the time
REFRESH_TOKEN_SECONDS = 86_400  # a program that runs daily stays signed in
TOKEN_FAMILY_SECONDS = 30 * 86_400  # then somebody has to sign in again, however often refreshed
TOKEN_CLOCK_SKEW_SECONDS = 30  # how far the clocks of our own processes may differ
API_KEY_DAYS = 90  # unless whoever makes a key says otherwise
API_KEY_DAYS_MAX = 365
API_KEY_SEEN_INTERVAL_SECONDS = 300  # how exact "last used" is
SESSION_SECONDS = 14 * 86_400
SESSION_SEEN_INTERVAL_SECONDS = 60  # how exact "last seen" is
PASSWORD_LENGTH_MIN = 12
SECOND_FACTOR_WAIT_SECONDS = 300  # between the password and the code

# Tries at a door, and for how long it is closed after them. One person's from one address; all
# from one address, behind which an office may sit; codes and repeated passwords of one person.
LOCK_OUT_TRIES = {"person": 5, "address": 50, "code": 5, "confirmation": 5}
LOCK_OUT_WINDOW_SECONDS = 900
LOCK_OUT_SECONDS = 900
ANONYMOUS_REQUESTS_PER_MINUTE = 60  # by address; as many as the least tier gives a user
PRODUCER_SIGNALS_PER_MINUTE = 60_000  # a thousand a second, of one producer
SCRIPT_EXECUTIONS_PER_MINUTE = 6_000  # of one script, by everybody; its owner can set less
SCRIPT_READS_PER_MINUTE = 60_000  # the same for what its runs read
EXECUTION_QUEUE_MAX = 2_000  # the contract's critical depth: what waits longer helps nobody
WEB_REQUESTS_AT_ONCE = 64  # of one process; each may hold a database connection
DATABASE_CONNECT_SECONDS = 5  # a database that is full or away is told within this
DATABASE_SILENCE_SECONDS = (
    30  # a connection whose other end is gone without a word is then given up
)
SOCKET_MESSAGES_PER_10_SECONDS = 100  # that a client may send over one connection
SOCKET_LEASE_SECONDS = 15  # a killed process's sockets count for at most this long

HTTP_HEAD_SECONDS = 10.0  # from the first byte of a request, or the connection, to its headers' end
HTTP_BODY_SECONDS = 30.0  # of 2.5 MiB at 700 kbit/s
HTTP_WRITE_SECONDS = 60.0  # without a byte of its answer read, a client is gone
HTTP_IDLE_SECONDS = 15  # between two requests; proxies keep theirs open for longer and reconnect
HTTP_SHUTDOWN_SECONDS = 3
HTTP_URL_MAX_BYTES = 8 * 1024
HTTP_HEAD_MAX_BYTES = 32 * 1024  # several tokens and cookies of the largest size that is usual
HTTP_HEADERS_MAX = 100
HTTP_THREADS = 8  # of one api process: more wait for the interpreter, not for the database
SCALING_MOST_PODS = 20  # more is advised to nobody
