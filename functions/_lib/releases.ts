/** The log of releases, as `infra/release/site_record.py` writes it into the database; the site only reads it. */

import type { ReleaseEntry } from "../_generated/contract.d.ts";

const MOST = 10;
/** What an entry of another release may lack. */
const EMPTY: ReleaseEntry = {
  ...{ id: "", at: "", commit: "", outcome: "failed", why: "", failed_step: "", trouble: "" },
  ...{ found: [], fixed: [], left: [], figures: [], lessons: [], answers: [], choices: [] },
};

/** The newest first. */
export async function readReleases(db: D1Database): Promise<ReleaseEntry[]> {
  const { results } = await db.prepare(`SELECT body FROM releases ORDER BY at DESC LIMIT ${MOST}`).all<{ body: string }>();
  return results.map(({ body }) => ({ ...EMPTY, ...(JSON.parse(body) as Partial<ReleaseEntry>) }));
}
