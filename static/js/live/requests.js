// The messages that ask for streams: as few as can be, for a tier counts them.

const LONGEST_BYTES = 48 * 1024; // the server takes 64 KiB
const encoder = new TextEncoder();

/** Return the subscribe messages for some streams, those of one mode and history together. */
export function subscribeMessages(streams) {
  const messages = [];
  for (const group of alike(streams)) {
    for (const part of partsOf(group)) messages.push(messageFor(part));
  }
  return messages;
}

function alike(streams) {
  const groups = new Map();
  for (const stream of streams) {
    const kind = `${stream.mode} ${stream.history}`;
    groups.set(kind, [...(groups.get(kind) ?? []), stream]);
  }
  return groups.values();
}

function messageFor(streams) {
  const [{ mode, history }] = streams;
  const resumed = streams.filter((stream) => stream.seq !== null);
  return {
    type: "subscribe",
    stream_keys: streams.map((stream) => stream.key),
    resume: Object.fromEntries(resumed.map((stream) => [stream.key, stream.seq])),
    epochs: Object.fromEntries(resumed.map((stream) => [stream.key, stream.epoch])),
    mode,
    history,
  };
}

// A key stands in a message three times when it is resumed: with a number of up to 19 digits, and
// with an epoch of twelve.
function* partsOf(streams) {
  let part = [];
  let bytes = 0;
  for (const stream of streams) {
    const more = 3 * encoder.encode(JSON.stringify(stream.key)).length + 40;
    if (part.length && bytes + more > LONGEST_BYTES) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(stream);
    bytes += more;
  }
  if (part.length) yield part;
}
