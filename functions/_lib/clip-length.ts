/** How long a clip is, for the page and the edge. It knows no file: a tiny clip's seconds are those that were asked for. */

import type { JobRequest } from "../_generated/contract.d.ts";

/** Of a clip that goes on, with all that is in front: `seconds` alone says what a model worked on. */
export function wholeSeconds(request: JobRequest): number {
  return request.preset === "extend" ? request.whole_seconds : request.seconds;
}
