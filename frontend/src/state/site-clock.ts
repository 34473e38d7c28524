/** The site's clock. Times of jobs are by it, and the clock of a person's machine may be off by minutes. */

let ahead_ms = 0;

/** `told`: the site's time in an answer that has just arrived. */
export function setSiteClock(told: string): void {
  ahead_ms = Date.parse(told) - Date.now();
}

/** Milliseconds since 1970. */
export function siteNow(): number {
  return Date.now() + ahead_ms;
}
