/**
 * Which jobs a press makes of a scene table: the scenes that are meant, those that are left out and why, and a request with
 * its seed for each clip. It reserves and inserts nothing.
 */

import { MAX_BATCH_CLIPS } from "../_generated/constants.ts";
import type {
  BatchChoice,
  Estimate,
  JobRequest,
  LeftOut,
  LeftOutReason,
  SceneState,
} from "../_generated/contract.d.ts";
import { newSeed } from "./id.ts";
import { type StoredPicture, picturesThere } from "./inputs.ts";
import { estimateFor } from "./prices.ts";
import { ProblemError, type Words } from "./problem.ts";
import type { MergedScene } from "./scene-merge.ts";
import { numbersOf } from "./scene-range.ts";
import { hashOfRequest, requestOfScene, titleOfScene } from "./scene-request.ts";
import { chosenOf, isDraft, numberedScenes, stateOfScene, type Table } from "./scene-table.ts";
import type { Env } from "./env.ts";

export interface PlannedJob {
  scene: string;
  number: number;
  request: JobRequest;
  seed: number;
  input_hash: string;
  estimate: Estimate;
  title: string;
  uploads: readonly string[];
  objects: readonly { key: string; frame: "first" | "last" }[];
  picture_name: string | null;
}

export interface Plan {
  jobs: PlannedJob[];
  left_out: LeftOut[];
}

interface Numbered {
  scene: MergedScene;
  number: number;
}

/** What of a scene is made, or being made. */
interface Made {
  scene_id: string;
  input_hash: string;
  seed: number;
  is_open: number;
}

/** `most`: the cap in micro-won of a single clip, for this owner. Throws invalid-job for a choice that names no scenes, or
 * too many clips. */
export async function planOf(
  env: Env,
  table: Table,
  choice: BatchChoice,
  { most, isBucketAsked }: { most: number; isBucketAsked: boolean },
): Promise<Plan> {
  const { owner, id } = table.project;
  const meant = await meantBy(table, choice);
  const made = await madeOf(env.DB, owner, id);
  const pictures = [...new Set(meant.flatMap(({ scene }) => picturesOf(scene)))];
  const there = await picturesThere(env, owner, pictures, isBucketAsked);
  const plan: Plan = { jobs: [], left_out: [] };
  for (const { scene, number } of meant) {
    const planned = await plannedOf(table, { scene, number }, choice, made.get(scene.id) ?? [], there, most);
    if (typeof planned === "string") plan.left_out.push({ scene: scene.id, number, reason: planned });
    else plan.jobs.push(...planned);
  }
  if (plan.jobs.length > MAX_BATCH_CLIPS) throw invalid("/variants", TOO_MANY);
  return plan;
}

async function plannedOf(
  table: Table,
  { scene, number }: Numbered,
  choice: BatchChoice,
  made: readonly Made[],
  there: ReadonlyMap<string, StoredPicture>,
  most: number,
): Promise<PlannedJob[] | LeftOutReason> {
  const { in_place, without_pictures, again = false, variants = 1 } = choice;
  const { settings } = table;
  const asked = requestOfScene({ settings, cells: scene.cells, in_place, without_pictures });
  if ("reason" in asked) return asked.reason;
  const uploads = picturesOf(scene);
  if (uploads.some((upload) => !there.has(upload))) return "picture_gone";
  let seed = asked.request.seed;
  if (choice.seeds === "chosen") {
    const clip = chosenOf(scene, table.versions.get(scene.id) ?? []);
    if (clip === undefined) return "no_chosen_clip";
    seed = clip.seed;
  }
  const estimate = estimateFor(asked.request);
  if (estimate.high_micro_won > most) return "above_clip_cap";
  const input_hash = await hashOfRequest(asked.request);
  const same = made.filter((one) => one.input_hash === input_hash && (seed === null || one.seed === seed));
  if (variants === 1 && !again) {
    const [first] = same;
    if (first !== undefined) return first.is_open ? "in_work" : "unchanged";
  }
  const frames = ["first", "last"] as const;
  return Array.from({ length: variants }, (_, variant) => {
    // A seed that is made already would make the same clip once more.
    const isOwn = variant === 0 && (again || same.length === 0);
    return {
      scene: scene.id,
      number,
      request: asked.request,
      seed: isOwn ? (seed ?? newSeed()) : newSeed(),
      input_hash,
      estimate,
      title: titleOfScene(number, scene.cells),
      uploads: [...new Set(uploads)],
      objects: uploads.map((upload, index) => ({
        key: there.get(upload)?.key ?? "",
        frame: frames[index] ?? "first",
      })),
      picture_name: there.get(uploads[0] ?? "")?.name ?? null,
    };
  });
}

function picturesOf({ cells }: MergedScene): string[] {
  return [cells.first_upload_id, cells.last_upload_id].filter((id) => id !== null);
}

async function meantBy(table: Table, { range, scenes, which }: BatchChoice): Promise<Numbered[]> {
  const all = numberedScenes(table);
  const named = [range, scenes, which].filter((member) => member != null);
  if (named.length !== 1) throw invalid("/range", ONE_OF_THREE);
  if (range != null) {
    const verdict = numbersOf(range, all.length);
    if (!verdict.ok) throw invalid("/range", verdict.detail);
    const numbers = new Set(verdict.numbers);
    return all.filter(({ number }) => numbers.has(number));
  }
  if (scenes != null) {
    const ids = new Set(scenes);
    const found = all.filter(({ scene }) => ids.has(scene.id));
    if (found.length < ids.size) throw invalid("/scenes", NO_SUCH_SCENE);
    return found;
  }
  const states = await Promise.all(all.map(({ scene }) => stateOfScene(table, scene)));
  return all.filter(({ scene }, index) => {
    const state = states[index]?.state ?? "empty";
    if (which === "all") return state !== "empty";
    if (which === "failed") return state === "failed";
    if (which === "unmade") return UNMADE.has(state);
    const clip = chosenOf(scene, table.versions.get(scene.id) ?? []);
    return state !== "delivered" && clip !== undefined && isDraft(clip);
  });
}

const UNMADE: ReadonlySet<SceneState> = new Set(["new", "drafted", "changed", "failed", "canceled"]);

async function madeOf(db: D1Database, owner: string, project: string): Promise<Map<string, Made[]>> {
  const { results } = await db
    .prepare(
      `SELECT scene_id, input_hash, seed, status IN ('queued', 'running') AS is_open FROM jobs
       WHERE project_id = ?1 AND owner = ?2 AND deleted_at IS NULL AND input_hash IS NOT NULL
         AND status IN ('queued', 'running', 'succeeded') ORDER BY is_open`,
    )
    .bind(project, owner)
    .all<Made>();
  const made = new Map<string, Made[]>();
  for (const one of results) made.set(one.scene_id, [...(made.get(one.scene_id) ?? []), one]);
  return made;
}

function invalid(pointer: string, detail: Words): ProblemError {
  return new ProblemError("invalid-job", undefined, { errors: [{ pointer, detail }] });
}

const ONE_OF_THREE: Words = {
  ko: "range, scenes, which 가운데 하나로 장면을 골라 주세요.",
  en: "Name the scenes by one of range, scenes and which.",
};
const NO_SUCH_SCENE: Words = { ko: "이 표에 없는 장면이 있어요.", en: "It names a scene that the table does not have." };
const TOO_MANY: Words = {
  ko: `한 번에 ${MAX_BATCH_CLIPS}개까지 만들 수 있어요.`,
  en: `At most ${MAX_BATCH_CLIPS} clips can be made at once.`,
};
