/**
 * Scenes in a JSON file: a list of texts or of objects, or an object that holds such a list. The keys of the objects are
 * read like the headings of a table. It knows no headings.
 */

import { fieldsOf } from "./headings.ts";
import type { SceneTexts } from "./cell-values.ts";
import { SceneFileFault } from "./scene-file-fault.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Throws SceneFileFault for what is no JSON, and for JSON without scenes. `at` is a scene's place. */
export function readSceneJson(text: string): SceneTexts[] {
  const list = listIn(parsed(text));
  if (list === undefined) throw new SceneFileFault({ at: 1, words: NO_SCENES });
  return list.flatMap((item, index) => {
    const at = index + 1;
    if (typeof item === "string") return item.trim() === "" ? [] : [{ at, texts: { line: item } }];
    if (item === null || typeof item !== "object" || Array.isArray(item)) return [];
    return [{ at, texts: textsOf(item) }];
  });
}

function textsOf(scene: { [key: string]: Json }): SceneTexts["texts"] {
  const members = Object.entries(scene).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  const texts: SceneTexts["texts"] = {};
  for (const [index, field] of fieldsOf(members.map(([key]) => key)).entries()) {
    if (field !== null) texts[field] = String(members[index]?.[1]);
  }
  return texts;
}

/** The list itself, or the longest list of objects within the object, two levels deep. */
function listIn(value: Json, depth = 0): Json[] | undefined {
  if (Array.isArray(value)) return value;
  if (value === null || typeof value !== "object" || depth > 2) return undefined;
  const lists = Object.values(value)
    .map((inner) => listIn(inner, depth + 1))
    .filter((list) => list?.some((item) => typeof item === "object" || typeof item === "string"));
  return lists.reduce((best, list) => ((list?.length ?? 0) > (best?.length ?? 0) ? list : best), undefined);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new SceneFileFault({ at: lineOf(text, error), words: NO_JSON });
  }
}

/** The line that the engine's message names a place in, else the first. */
function lineOf(text: string, error: unknown): number {
  const place = /position (\d+)/.exec(String(error))?.[1];
  return place === undefined ? 1 : text.slice(0, Number(place)).split(/\r\n|\n|\r/).length;
}

const NO_JSON = { ko: "이 줄부터 JSON으로 읽을 수 없어요.", en: "From this line on it cannot be read as JSON." };
const NO_SCENES = {
  ko: "장면 목록을 찾지 못했어요. 장면마다 prompt나 설명이 있는 목록이 필요해요.",
  en: "No list of scenes was found. It takes a list with a prompt for each scene.",
};
