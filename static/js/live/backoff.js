// How long to wait before the next attempt to connect.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * Return the wait in milliseconds before attempt `attempt` (0, 1, 2 …): doubling, bounded, and
 * spread over its second half, so that a thousand pages do not come back in the same instant.
 */
export function delayBefore(attempt, random = Math.random) {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return whole * (0.5 + random() / 2);
}
