/**
 * Which field of a scene a heading of a table, or a key of a scene file, names: in the words of this product's own
 * files, of creators' tools and of sheets in Korean. It knows no cells.
 *
 * Of two columns for one field, the one whose word stands first here is taken.
 */

import type { SceneFileColumn } from "../../_generated/contract.d.ts";

/** What a column may be. */
export type SceneField = NonNullable<SceneFileColumn["field"]>;

const WORDS: Readonly<Record<SceneField, readonly string[]>> = {
  number: ["number", "no", "scenenumber", "sceneno", "scene", "index", "번호", "장면번호", "씬번호", "순번", "장면", "씬", "컷"],
  title: ["title", "name", "제목", "장면제목", "이름"],
  line: [
    ...["line", "videoprompt", "motionprompt", "motion", "prompt", "text", "description", "scenedescription"],
    ...["설명", "장면설명", "영상프롬프트", "움직임", "동작", "프롬프트", "내용", "지문"],
  ],
  line_ko: ["promptko", "koreanprompt", "한글프롬프트", "한국어프롬프트", "프롬프트한글", "프롬프트한국어"],
  subtitle: [
    ...["subtitle", "subtitles", "caption", "narration", "script", "dialogue", "voice"],
    ...["자막", "대사", "나레이션", "내레이션", "대본"],
  ],
  seconds: ["seconds", "duration", "length", "durationseconds", "길이초", "길이", "초", "시간", "재생시간"],
  start: ["starttime", "start", "시작", "시작시간"],
  end: ["endtime", "end", "끝", "종료", "끝시간", "종료시간"],
  quality: ["quality", "preset", "화질", "품질"],
  sound: ["sound", "audio", "소리", "음성"],
  seed: ["seed", "시드"],
  negative_prompt: ["negativeprompt", "negative", "뺄것", "제외할것", "네거티브", "부정프롬프트"],
  picture_name: [
    ...["picture", "image", "imagefile", "imagefilename", "imagename", "file", "filename", "firstimage", "startimage", "firstframe"],
    ...["이미지", "첫이미지", "시작이미지", "이미지파일", "이미지파일명", "이미지이름", "그림", "사진", "파일", "파일명", "파일이름"],
  ],
  last_picture_name: [
    ...["lastpicture", "lastimage", "endimage", "lastframe", "endframe"],
    ...["끝이미지", "마지막이미지", "끝그림"],
  ],
  first_upload_id: ["pictureid", "이미지id"],
  last_upload_id: ["lastpictureid", "끝이미지id"],
};

const RANKS = new Map<string, { field: SceneField; rank: number }>(
  Object.entries(WORDS).flatMap(([field, words]) =>
    words.map((word, rank) => [word, { field: field as SceneField, rank }] as const),
  ),
);

export function isSceneField(text: string): text is SceneField {
  return Object.hasOwn(WORDS, text);
}

export function isHeading(cell: string): boolean {
  return known(cell) !== undefined;
}

/** The field of each heading; null for a heading that names none, or one that a better heading names. */
export function fieldsOf(headings: readonly string[]): (SceneField | null)[] {
  const best = new Map<SceneField, { at: number; rank: number }>();
  for (const [at, heading] of headings.entries()) {
    const own = known(heading);
    if (own && own.rank < (best.get(own.field)?.rank ?? Number.POSITIVE_INFINITY)) best.set(own.field, { at, rank: own.rank });
  }
  const fields = new Map([...best].map(([field, { at }]) => [at, field]));
  return headings.map((_, at) => fields.get(at) ?? null);
}

/** With what stands in brackets, `프롬프트(한글)`, else without it, `Duration (sec)`. */
function known(heading: string): { field: SceneField; rank: number } | undefined {
  return RANKS.get(plain(heading)) ?? RANKS.get(plain(heading.normalize("NFKC").replace(/\([^)]*\)|\[[^\]]*\]/g, "")));
}

/** `Start time`, `start_time` and `startTime` are one word. */
function plain(heading: string): string {
  return heading
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_\-.()[\]:#*]/g, "");
}
