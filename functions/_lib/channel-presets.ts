/** Settings under a name, which an owner begins scene tables with. A table keeps a copy of its own. */

import type { ChannelPreset, ChannelPresetRequest } from "../_generated/contract.d.ts";
import { newId } from "./id.ts";
import { ProblemError } from "./problem.ts";
import { settingsOf, withSettings } from "./scene-cells.ts";
import { timestamp } from "./time.ts";

const MOST_PRESETS = 50;

interface PresetRow {
  id: string;
  name: string;
  settings: string;
  updated_at: string;
}

export async function channelPresets(db: D1Database, owner: string): Promise<ChannelPreset[]> {
  const { results } = await db
    .prepare("SELECT id, name, settings, updated_at FROM channel_presets WHERE owner = ?1 ORDER BY id LIMIT ?2")
    .bind(owner, MOST_PRESETS)
    .all<PresetRow>();
  return results.map(presetOf);
}

/** Throws too-many. */
export async function addChannelPreset(
  db: D1Database,
  owner: string,
  { name, settings }: ChannelPresetRequest,
): Promise<ChannelPreset> {
  const row = await db
    .prepare(
      `INSERT INTO channel_presets (id, owner, name, settings, updated_at) SELECT ?1, ?2, ?3, ?4, ?5
       WHERE (SELECT COUNT(*) FROM channel_presets WHERE owner = ?2) < ?6 RETURNING *`,
    )
    .bind(newId(), owner, name, JSON.stringify(withSettings(settings)), timestamp(), MOST_PRESETS)
    .first<PresetRow>();
  if (row === null) throw new ProblemError("too-many");
  return presetOf(row);
}

/** Throws channel-preset-not-found. */
export async function changeChannelPreset(
  db: D1Database,
  owner: string,
  id: string,
  { name, settings }: ChannelPresetRequest,
): Promise<ChannelPreset> {
  const row = await db
    .prepare(
      "UPDATE channel_presets SET name = ?3, settings = ?4, updated_at = ?5 WHERE id = ?1 AND owner = ?2 RETURNING *",
    )
    .bind(id, owner, name, JSON.stringify(withSettings(settings)), timestamp())
    .first<PresetRow>();
  if (row === null) throw new ProblemError("channel-preset-not-found");
  return presetOf(row);
}

/** Throws channel-preset-not-found. */
export async function removeChannelPreset(db: D1Database, owner: string, id: string): Promise<void> {
  const gone = await db
    .prepare("DELETE FROM channel_presets WHERE id = ?1 AND owner = ?2 RETURNING id")
    .bind(id, owner)
    .first();
  if (gone === null) throw new ProblemError("channel-preset-not-found");
}

function presetOf({ id, name, settings, updated_at }: PresetRow): ChannelPreset {
  return { id, name, settings: settingsOf(settings), updated_at };
}
