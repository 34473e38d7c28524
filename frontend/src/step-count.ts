/** Which step a clip is at between two events: counted on by the pace that its card has measured, never past the last step
 * of the stage, and set right by the next event. Derived, not invented: without a measured pace it stays where it was told.
 * It has no clock. */

import type { Progress } from "../../functions/_generated/contract";

/** `now`: milliseconds since 1970, by the site's clock. */
export function stepAt({ step, steps, step_began_at: began, step_seconds: pace }: Progress, now: number): number | null {
  if (step === null || steps === null) return null;
  if (!began || !pace) return step;
  const further = Math.floor((now - Date.parse(began)) / (pace * 1_000));
  return Math.min(steps, step + Math.max(0, further));
}
