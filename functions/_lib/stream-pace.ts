/** How often a stream of events looks for news, and when it ends. Without imports, so that tests of the page can follow
 * it. */

/** Between two looks: a change is told within a second. */
export const LOOK_MS = 800;
/** One invocation may make fifty database queries on the smallest plan. The end of a stream costs its reader nothing. */
export const QUERIES = 44;
export const QUERIES_OF_AN_EVENT = 7;
