/** Times in the format of the wire and the database, and the day in Seoul, by which money is counted. */

export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 24 * HOUR_SECONDS;

/** `2026-11-22T09:30:00.000Z`: text order is time order. */
export function timestamp(milliseconds: number = Date.now()): string {
  return new Date(milliseconds).toISOString();
}

export function inSeconds(seconds: number, from: number = Date.now()): string {
  return timestamp(from + seconds * 1_000);
}

/** `2026-11-22`, in Asia/Seoul, which has kept UTC+9 without daylight saving since 1988. */
export function seoulDay(milliseconds: number = Date.now()): string {
  return timestamp(milliseconds + 9 * HOUR_SECONDS * 1_000).slice(0, 10);
}
