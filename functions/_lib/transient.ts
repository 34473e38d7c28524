/** Recognises passing faults of the database and the bucket, and repeats what may be repeated. It knows no statement. */

/** The platform refused the work before it began, so a repetition is the first time. */
const NEVER_BEGAN = [
  /SQLITE_BUSY/,
  /database is locked/,
  /overloaded/i,
  /transient issue/i,
  /\(10058\)/, // R2: too many requests
];
/** The answer was lost: the work may have been done. */
const CUT_OFF = [
  /Network connection lost/i,
  /object to be reset/i,
  /reset because its code was updated/i,
  /Internal error while starting up D1/i,
  /\((10001|10043)\)/, // R2: internal error, service unavailable
];
const PATIENCE_MS = 2_000;
const FIRST_PAUSE_MS = 40;
const LONGEST_PAUSE_MS = 500;

export function isTransient(error: unknown): boolean {
  return matches(error, NEVER_BEGAN) || matches(error, CUT_OFF);
}

/**
 * Runs `work`, and again with growing, random pauses for about two seconds while it fails in passing. What is not
 * `repeatable` is repeated only where it certainly had no effect. Throws the last error.
 */
export async function patiently<Result>(work: () => Promise<Result>, repeatable: boolean): Promise<Result> {
  const until = Date.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const mayRepeat = matches(error, NEVER_BEGAN) || (repeatable && matches(error, CUT_OFF));
      if (!mayRepeat || Date.now() + pause > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  }
}

/** D1 puts the cause into the message or into `cause`. */
function matches(error: unknown, faults: readonly RegExp[]): boolean {
  if (!(error instanceof Error)) return false;
  const text = `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`;
  return faults.some((fault) => fault.test(text));
}
