/** The list of tables of scenes, and the settings that are kept under a name. It draws nothing. */

import type { ChannelPreset, ChannelPresets, Problem, Project, ProjectList, ProjectSummary, SceneSettings } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { Store } from "./store";

export const tables = new Store<readonly ProjectSummary[] | null>(null);
export const tablesProblem = new Store<Problem | null>(null);
export const channelPresets = new Store<readonly ChannelPreset[]>([]);

export async function loadTables(): Promise<void> {
  try {
    const { body } = await call<ProjectList>("/api/projects");
    tables.set(body?.projects ?? []);
    tablesProblem.set(null);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tablesProblem.set(error.problem);
  }
}

let key: string | null = null;

/** Returns the new table. Raises `Failure`; pressed again after a lost answer it makes no second one. */
export async function newTable(title: string, settings?: Partial<SceneSettings>): Promise<Project | null> {
  key ??= crypto.randomUUID();
  const body = settings ? { title, settings } : { title };
  const answer = await call<Project>("/api/projects", { method: "POST", body, headers: { "idempotency-key": key } });
  key = null;
  return answer.body;
}

export async function deleteTable(id: string): Promise<void> {
  await call(`/api/projects/${id}`, { method: "DELETE" });
  await loadTables();
}

export async function restoreTable(id: string): Promise<void> {
  await call(`/api/projects/${id}/restore`, { method: "POST" });
  await loadTables();
}

export async function loadChannelPresets(): Promise<void> {
  try {
    const { body } = await call<ChannelPresets>("/api/channel-presets");
    channelPresets.set(body?.channel_presets ?? []);
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the table works without
  }
}

/** Keeps settings under a name; one that exists already takes them. */
export async function keepPreset(name: string, settings: SceneSettings): Promise<void> {
  const known = channelPresets.value.find((one) => one.name === name);
  const body = { name, settings };
  if (known) await call(`/api/channel-presets/${known.id}`, { method: "PUT", body });
  else await call("/api/channel-presets", { method: "POST", body });
  await loadChannelPresets();
}

export async function deletePreset(id: string): Promise<void> {
  await call(`/api/channel-presets/${id}`, { method: "DELETE" });
  await loadChannelPresets();
}
