/** What a scene table hands over: its clips as numbered files, their subtitles, and the table as a file. */

import type { Project, Scene } from "../../_generated/contract.d.ts";
import type { Env, Language } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { type JobRow, videoOf } from "../row.ts";
import { projectOf, readTable } from "../scene-table.ts";
import { zipOf } from "./clips-zip.ts";
import { nameOfFile, numberedName } from "./file-names.ts";
import { clipsOf, readIds, zippedClip } from "./library-zip.ts";
import { writeCsv } from "./write-csv.ts";
import { writeSrt } from "./write-srt.ts";

/** A scene, and its clip where it has one. */
interface HandedOver {
  scene: Scene;
  clip: JobRow | undefined;
  /** Of its clip in the ZIP. */
  name: string;
}

interface Handover {
  project: Project;
  scenes: HandedOver[];
  /** File names of pictures by their ids. */
  pictures: ReadonlyMap<string, string>;
}

/** `only`: ids of scenes with commas between them; null: all. Throws project-not-found. */
export async function handoverOf(db: D1Database, owner: string, id: unknown, only: string | null): Promise<Handover> {
  const wanted = only === null ? undefined : new Set(readIds(only, "/scenes"));
  const project = await projectOf(await readTable(db, owner, id));
  const scenes = project.scenes.filter((scene) => wanted === undefined || wanted.has(scene.id));
  const [jobs, pictures] = await Promise.all([
    clipsOf(db, owner, scenes.flatMap(({ clip }) => clip ?? [])),
    picturesOf(db, owner, scenes),
  ]);
  const clips = new Map(jobs.map((job) => [job.id, job]));
  return {
    project,
    pictures,
    scenes: scenes.map((scene) => ({
      scene,
      clip: clips.get(scene.clip ?? ""),
      name: numberedName(scene.number, titleOf(scene), "mp4", project.scenes.length),
    })),
  };
}

/** Throws job-not-found where none of the scenes has a clip. */
export async function zipOfProject(
  env: Env,
  request: Request,
  handover: Handover,
  language: Language,
): Promise<Response> {
  const films = handover.scenes.flatMap(({ clip, name }) => (clip ? zippedClip(clip, name) : []));
  if (films.length === 0) throw new ProblemError("job-not-found", NO_CLIPS);
  const texts = [
    { name: "subtitles.srt", text: srtOf(handover) },
    { name: "scenes.csv", text: csvOf(handover, language) },
  ];
  return zipOf(env, request, fileOf(handover.project, "zip"), films, texts);
}

export function csvOf({ scenes, pictures }: Handover, language: Language): string {
  const nameIn = (id: string | null): string | null => (id === null ? null : (pictures.get(id) ?? null));
  const rows = scenes.map(({ scene: { number, cells }, clip, name }) => ({
    number,
    cells,
    picture_name: nameIn(cells.first_upload_id) ?? cells.picture_name,
    last_picture_name: nameIn(cells.last_upload_id),
    clip_name: clip ? name : null,
  }));
  return writeCsv(rows, language);
}

/** Of the clips alone. Where no scene has a subtitle, its line is one. */
export function srtOf({ scenes }: Handover): string {
  const hasSubtitles = scenes.some(({ scene: { cells } }) => cells.subtitle.trim() !== "");
  const clips = scenes.flatMap(({ scene: { cells }, clip }) => {
    const video = clip && videoOf(clip);
    if (!video) return [];
    return { subtitle: hasSubtitles ? cells.subtitle : cells.line, seconds: video.num_frames / video.frame_rate };
  });
  return writeSrt(clips);
}

/** `라면 이야기.zip` */
export function fileOf({ title }: Project, ending: string): string {
  return nameOfFile(title, ending, "clipwright");
}

function titleOf({ cells: { title, subtitle, line } }: Scene): string {
  return title?.trim() || subtitle.trim() || line;
}

async function picturesOf(db: D1Database, owner: string, scenes: readonly Scene[]): Promise<Map<string, string>> {
  const ids = scenes.flatMap(({ cells }) => [cells.first_upload_id, cells.last_upload_id]).filter((id) => id !== null);
  const { results } = await db
    .prepare(
      `SELECT id, name FROM uploads WHERE id IN (SELECT value FROM json_each(?1)) AND owner = ?2 AND name IS NOT NULL`,
    )
    .bind(JSON.stringify(ids), owner)
    .all<{ id: string; name: string }>();
  return new Map(results.map(({ id, name }) => [id, name]));
}

const NO_CLIPS = { ko: "아직 완성된 영상이 없어요.", en: "None of these scenes has a clip yet." };
