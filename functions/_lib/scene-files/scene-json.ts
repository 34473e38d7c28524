/**
 * Scenes in a JSON file: a list of texts or of objects, an object that holds such a list or has a key for each scene, or a
 * JSON object a line. Lists in parts, such as chapters, follow each other. The keys of the objects are read like the
 * headings of a table. It knows no headings.
 */

import { fieldsOf } from "./headings.ts";
import type { SceneTexts } from "./cell-values.ts";
import { SceneFileFault } from "./scene-file-fault.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Members = { [key: string]: Json };

/** A line of a script may begin with a bracket and be no JSON. */
export function isSceneJson(text: string): boolean {
  return /^\s*[[{]/.test(text) && (jsonOf(text) ?? linesOf(text)) !== undefined;
}

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

const DEEPEST = 5;

/** The list itself, its parts' lists one after the other, the longest list within an object, or an object's scenes. */
function listIn(value: Json, depth = 0): Json[] | undefined {
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) {
    if (value.length === 0 || value.some((item) => !isObject(item) || isScene(item))) return value;
    const parts = value.flatMap((item) => listIn(item, depth + 1) ?? []);
    return parts.length > 0 ? parts : value;
  }
  if (!isObject(value)) return undefined;
  const members = Object.values(value);
  if (members.some((item) => isObject(item) && isScene(item)) && members.every(isObject)) return members;
  const lists = members
    .map((inner) => listIn(inner, depth + 1))
    .filter((list) => list?.some((item) => typeof item === "object" || typeof item === "string"));
  return lists.reduce((best, list) => ((list?.length ?? 0) > (best?.length ?? 0) ? list : best), undefined);
}

function isObject(value: Json): value is Members {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Whether it says something of a scene in words or numbers, beside a name of its own. */
function isScene(item: Members): boolean {
  const said = Object.entries(item).filter(([, value]) => typeof value === "string" || typeof value === "number");
  const fields = fieldsOf(said.map(([key]) => key)).filter((field) => field !== null && field !== "number" && field !== "title");
  return fields.length > 0 || !Object.values(item).some((value) => value !== null && typeof value === "object");
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const lines = linesOf(text);
    if (lines !== undefined) return lines;
    throw new SceneFileFault({ at: lineOf(text, error), words: NO_JSON });
  }
}

/** A JSON object a line. */
function linesOf(text: string): Json[] | undefined {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
  const objects = lines.map((line) => (line.trimStart().startsWith("{") ? jsonOf(line) : undefined));
  return objects.every((one) => one !== undefined) ? (objects as Json[]) : undefined;
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
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
