/** Something that an operator has to look at: one structured line in the log. It never throws, and decides nothing. */

import type { Env } from "./env.ts";

/** `facts` hold ids and numbers, never secrets or texts of a person. */
export async function alarm(_env: Env, name: string, facts: Record<string, unknown>): Promise<void> {
  console.error(JSON.stringify({ alarm: name, ...facts }));
}
