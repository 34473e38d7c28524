/** `POST`: the scenes of a file or of a pasted text, as it would be taken. Nothing is stored. */

import { MAX_SCENE_FILE_BYTES, MAX_SCENES } from "../../_generated/constants.ts";
import type { SceneFile } from "../../_generated/contract.d.ts";
import { readBytes } from "../../_lib/body.ts";
import type { Handler } from "../../_lib/env.ts";
import { ProblemError } from "../../_lib/problem.ts";
import { isSceneField, type SceneField } from "../../_lib/scene-files/headings.ts";
import { type ReadScenes, readScenes } from "../../_lib/scene-files/read-scenes.ts";
import { SceneFileFault, TooManyScenes } from "../../_lib/scene-files/scene-file-fault.ts";

const NOTES_LISTED = 100;

export const onRequestPost: Handler = async ({ request, data }) => {
  const { searchParams } = new URL(request.url);
  const name = searchParams.get("name") ?? "";
  const heading = searchParams.get("heading");
  const fields = fieldsIn(searchParams.get("columns"));
  const bytes = await readBytes(request, MAX_SCENE_FILE_BYTES);
  const { notes, ...read } = reading(() =>
    readScenes(bytes, { name, fields, has_heading: heading === null ? undefined : heading === "1" }),
  );
  const file: SceneFile = {
    ...read,
    notes: notes.slice(0, NOTES_LISTED).map(({ words, ...note }) => ({ ...note, words: words[data.language] })),
    notes_left: Math.max(0, notes.length - NOTES_LISTED),
  };
  return Response.json(file);
};

function reading(read: () => ReadScenes): ReadScenes {
  try {
    return read();
  } catch (error) {
    if (error instanceof TooManyScenes) throw tooMany(error.count);
    if (!(error instanceof SceneFileFault)) throw error;
    const errors = error.faults.map(({ at, words }) => ({ pointer: `/line/${at}`, detail: words }));
    const [first] = error.faults;
    const detail = first && { ko: `${first.at}번째 줄: ${first.words.ko}`, en: `Line ${first.at}: ${first.words.en}` };
    throw new ProblemError("scene-file-unreadable", detail, { errors });
  }
}

function fieldsIn(columns: string | null): (SceneField | null)[] | undefined {
  return columns?.split(",").map((word) => {
    if (word === "-") return null;
    if (isSceneField(word)) return word;
    const detail = { ko: `‘${word.slice(0, 40)}’라는 칸은 없어요.`, en: `There is no field “${word.slice(0, 40)}”.` };
    throw new ProblemError("invalid-job", detail, { errors: [{ pointer: "/columns", detail }] });
  });
}

function tooMany(scenes: number): ProblemError {
  return new ProblemError("too-many-scenes", {
    ko: `이 파일에는 장면이 ${scenes.toLocaleString("en")}개 있어요. ${MAX_SCENES}개까지 넣을 수 있어요.`,
    en: `Scenes in this file: ${scenes.toLocaleString("en")}. A table holds up to ${MAX_SCENES}.`,
  });
}
