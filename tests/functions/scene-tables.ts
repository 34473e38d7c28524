/** Scene tables with lines and pictures for the tests of batches. */

import type { BatchRequest, ProjectChange } from "../../functions/_generated/contract.d.ts";
import { order } from "../../functions/_lib/batches.ts";
import { beginProject } from "../../functions/_lib/projects.ts";
import { changeTable } from "../../functions/_lib/scene-change.ts";
import { OWNER } from "./bodies.ts";
import type { Site } from "./site.ts";

export const FAST = { preset: "fast", tier: "704p" } as const;
export const sceneId = (number: number) => `scene${String(number).padStart(4, "0")}`;

type Rows = NonNullable<ProjectChange["rows"]>;

/** A table of so many scenes of two seconds, each with a line and a picture of its own. Returns its id. */
export async function table(site: Site, scenes: number, owner = OWNER): Promise<string> {
  const id = await beginProject(site.db, owner, { title: "표", settings: { seconds: 2, quality: FAST } }, undefined);
  const rows: Rows = [];
  for (let number = 1; number <= scenes; number++) {
    const first_upload_id = await site.upload(`picture${id.slice(-8)}${number}`, { owner });
    rows.push({ id: sceneId(number), cells: { line: `장면 ${number}`, first_upload_id } });
  }
  await changeTable(site.db, owner, id, { base_revision: 1, rows });
  return id;
}

/** Writes cells of one scene. */
export async function write(site: Site, id: string, number: number, cells: Rows[number]["cells"]): Promise<void> {
  await changeTable(site.db, OWNER, id, { base_revision: 1_000, rows: [{ id: sceneId(number), cells }] });
}

let keys = 0;

/** Orders with a key of its own. Returns the batch's id. */
export function press(site: Site, project_id: string, choice: Partial<BatchRequest> = { which: "all" }): Promise<string> {
  return order(site.env, { owner: OWNER }, { ...choice, project_id }, `key-of-press-${++keys}`);
}
