/**
 * When waiting clips would be done, and whether one more card would make a late one less late: the rule of
 * `gpu/core/evening.py`, for clips of different lengths. Milliseconds. It knows no row and no price.
 */

/** A clip that waits. `due_ms`: when it is wanted; null for whenever it is cheapest. */
export interface WaitingClip {
  clip_ms: number;
  due_ms: number | null;
}

/**
 * `free_ms`: when each card takes its next clip. `ready_ms`: when one that is started now would. Without a deadline one
 * card is enough.
 */
export function wantsAnother(free_ms: readonly number[], waiting: readonly WaitingClip[], ready_ms: number): boolean {
  if (waiting.length === 0) return false;
  if (free_ms.length === 0) return true;
  const late = lateMs(free_ms, waiting);
  return late > 0 && lateMs([...free_ms, ready_ms], waiting) < late;
}

/** How late the waiting clips will be, all together, with cards that are free at these moments. */
function lateMs(free_ms: readonly number[], waiting: readonly WaitingClip[]): number {
  if (waiting.every(({ due_ms }) => due_ms === null)) return 0;
  const free = [...free_ms];
  let late = 0;
  for (const { clip_ms, due_ms } of waiting) {
    const done = takeNext(free, clip_ms);
    if (due_ms !== null) late += Math.max(0, done - due_ms);
  }
  return late;
}

/** When the last of these clips is done, with cards that are free at these moments and no other. */
export function lastDoneMs(free_ms: readonly number[], clips_ms: readonly number[]): number {
  const free = [...free_ms];
  return Math.max(0, ...clips_ms.map((clip_ms) => takeNext(free, clip_ms)));
}

/** Gives a clip to the card that is free first. Returns when it is done. */
function takeNext(free: number[], clip_ms: number): number {
  let first = 0;
  for (let card = 1; card < free.length; card++) if ((free[card] ?? 0) < (free[first] ?? 0)) first = card;
  const done = (free[first] ?? 0) + clip_ms;
  free[first] = done;
  return done;
}
