/** One thing that is asked of the server, with its failure kept for the page to show. Knows no page. */

import { Failure } from "../api";
import { needed } from "./identity";
import type { Store } from "./store";

/** Whether `work` went well; `failure` holds what did not, until the next attempt. That nobody is signed in is no failure of
 * it: the page asks for that by itself. */
export async function attempt(failure: Store<Failure | null>, work: () => Promise<void>): Promise<boolean> {
  failure.set(null);
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (needed.value === null) failure.set(error);
    return false;
  }
}
