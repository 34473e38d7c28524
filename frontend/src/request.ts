/** From draft and pictures to the bodies of `POST /api/jobs`, or to what keeps them from being sent. Sends nothing. */

import type { Crop, JobRequestBody, Problem } from "../../functions/_generated/contract";
import { cropFor } from "./crop";
import { motionsOf, withMotions } from "./motions";
import type { Draft } from "./state/draft";
import type { MessageKey } from "./state/language";
import { menu, presetNamed } from "./state/menu";
import { areUploading, givenTogether, type Picture, type Pictures, type Slot } from "./state/pictures";

export interface Missing {
  key: MessageKey;
  /** The element to go to. */
  field: "prompt" | "source" | "sound" | Slot;
}

/** Characters as the server counts them: code points of the composed text, not UTF-16 units. macOS writes Hangul in parts. */
export function characters(text: string): number {
  return [...text.normalize("NFC")].length;
}

/** Characters that are drawn, as `TEXT_PATTERN` in `gpu/core/contract/fields.py` has them: no blank, no control character,
 * nothing that Unicode calls ignorable, and none of the three letters whose form is empty. */
const DRAWN = /[\u0080-\u0084\u0086-\u009f]|[^\p{Cc}\s\ufeff\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{16fe4}]/u;

export function isVisible(text: string): boolean {
  return DRAWN.test(text);
}

/** Blanks at either end as Python strips them: U+0085 is one there, U+FEFF is none. */
const OUTER_BLANKS = /^(?:(?!\ufeff)[\s\u0085])+|(?:(?!\ufeff)[\s\u0085])+$/g;

/** Whether its clips are made to a sound of one's own. */
export function needsSound({ preset }: Pick<Draft, "preset">): boolean {
  return presetNamed(preset)?.inputs === "sound";
}

/** Exactly what the model gets for a prompt: the preset's words, the person's, composed and without outer blanks, and
 * those of the motions.
 * `prompt_sent` in `gpu/core/presets.py` is the same rule; `tests/contract/prompts.json` holds both to it. */
export function promptSent(draft: Draft): string {
  const prefix = presetNamed(draft.preset)?.prompt_prefix;
  const text = withMotions(draft.prompt.normalize("NFC").replace(OUTER_BLANKS, ""), motionsOf(draft));
  return prefix ? `${prefix}. ${text}` : text;
}

/** What keeps the draft from being sent, in the order of the form; null when nothing does. */
export function missing(draft: Draft, pictures: Pictures): Missing | null {
  if (draft.mode === "keyframes") {
    if (!pictures.first) return { key: "need_first", field: "first" };
    if (!pictures.last) return { key: "need_last", field: "last" };
  }
  if (draft.mode === "picture" && givenTogether(pictures).length === 0 && draft.prompt === draft.sentWords) {
    return { key: "need_next_picture", field: "picture" };
  }
  if (draft.mode === "video" && draft.sourceJobId === null) return { key: "need_source", field: "source" };
  if (needsSound(draft) && draft.ownSound === null) return { key: "need_sound", field: "sound" };
  for (const slot of slotsOf(draft, pictures)) {
    if (pictures[slot]?.state === "failed") return { key: "need_picture_fixed", field: fieldOf(slot) };
  }
  if (!isVisible(draft.prompt)) return { key: "need_prompt", field: "prompt" };
  if (characters(draft.prompt) > (menu.value?.max_prompt_characters ?? Infinity)) {
    return { key: "need_shorter_prompt", field: "prompt" };
  }
  return null;
}

/** One clip to ask for. */
export interface ClipRequest {
  /** Of the picture that becomes this clip; `picture` where there is none. */
  slot: Slot;
  picture: Picture | undefined;
  body: JobRequestBody;
}

/** One clip for each picture that was given, or the one that needs none. Call it only when nothing is missing. */
export function clipRequests(draft: Draft, pictures: Pictures, within: number | null = null): ClipRequest[] {
  const slots: Slot[] = draft.mode === "picture" ? givenTogether(pictures) : [];
  return (slots.length ? slots : (["picture"] as const)).map((slot) => ({
    slot,
    picture: pictures[slot],
    body: { ...bodyOf(draft, pictures, slot), within_seconds: within },
  }));
}

/** A picture of a request that the site has no more: its member of the body, and its slot. */
export interface LostPicture {
  member: string;
  slot: Slot;
}

/** The pictures for which the site refused a clip: it deletes those that were not used for hours. */
export function lostPictures({ type, errors }: Problem, { slot, body }: ClipRequest): LostPicture[] {
  if (type !== "/problems/upload-not-found") return [];
  return errors.flatMap(({ pointer }) => {
    const member = pointer.replace(/^#?\//, "");
    if (!(member in body)) return [];
    if (member === "sound_upload_id") return []; // no slot holds it
    const [frame] = member.split("_upload_id"); // of keyframes: first, middle or last
    return [{ member, slot: member === "upload_id" ? slot : (frame as Slot) }];
  });
}

/** The form at the moment in which the button was pressed. */
export interface Press {
  draft: Draft;
  pictures: Pictures;
  /** Seconds within which the clips are wanted; null for the cheapest way. */
  within: number | null;
}

export type NextStep =
  /** Says what is missing and goes to its field. */
  | { kind: "ask"; missing: Missing }
  /** Until every upload has ended; then the question is put again. */
  | { kind: "wait" }
  /** The pictures are others than those it was pressed for: whether it is still wanted is not ours to guess. */
  | { kind: "drop" }
  | { kind: "send"; requests: ClipRequest[] };

/** What a press leads to, with the pictures as they are now. The draft is that of the press, and so is its price: what
 * is changed while a picture uploads is for the next clip. */
export function nextStep(press: Press, now: Pictures): NextStep {
  const lacking = missing(press.draft, now);
  if (lacking) return { kind: "ask", missing: lacking };
  if (!areSame(contents(press.pictures), contents(now))) return { kind: "drop" };
  if (areUploading(now)) return { kind: "wait" };
  return { kind: "send", requests: clipRequests(press.draft, framedAs(press.pictures, now), press.within) };
}

/** The pictures as they are now, with the parts that were chosen before. */
function framedAs(before: Pictures, now: Pictures): Pictures {
  const framed = (Object.entries(now) as [Slot, Picture][]).map(([slot, picture]) => {
    const framing = before[slot]?.framing ?? null;
    return [slot, picture.framing === framing ? picture : { ...picture, framing }];
  });
  return Object.fromEntries(framed) as Pictures;
}

/** What lies in the slots: the files, or the uploads that they are known by. */
function contents(pictures: Pictures): unknown[] {
  return Object.values(pictures).map((picture) => picture?.file ?? picture?.uploadId);
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}

/** How many clips a press makes. */
export function clipCount(draft: Draft, pictures: Pictures): number {
  return draft.mode === "picture" ? Math.max(1, givenTogether(pictures).length) : 1;
}

function bodyOf(draft: Draft, pictures: Pictures, slot: Slot): JobRequestBody {
  const isGuided = Boolean(presetNamed(draft.preset)?.negative_prompt);
  const clip = {
    prompt: draft.prompt,
    motions: motionsOf(draft),
    ratio: draft.ratio,
    seconds: draft.seconds,
    negative_prompt: isGuided && isVisible(draft.negativePrompt) ? draft.negativePrompt : null,
    seed: draft.seed,
    sound: draft.sound,
    loudness: needsSound(draft) ? draft.loudness : "as_made",
    guidance: isGuided ? draft.guidance : null,
  };
  const seen = { image_strength: draft.imageStrength, picture_crf: draft.pictureCrf };
  const unseen = { image_strength: null, picture_crf: null };
  if (draft.mode === "video") {
    return { ...clip, preset: "restyle", tier: draft.tier, source_job_id: draft.sourceJobId } as JobRequestBody;
  }
  if (draft.mode === "keyframes") {
    return {
      ...clip,
      preset: "keyframes",
      tier: draft.tier,
      first_upload_id: idOf(pictures.first),
      first_crop: cropOf(draft, pictures.first),
      middle_upload_id: idOf(pictures.middle),
      middle_crop: cropOf(draft, pictures.middle),
      last_upload_id: idOf(pictures.last),
      last_crop: cropOf(draft, pictures.last),
      borders: draft.borders,
      ...seen,
    } as JobRequestBody;
  }
  const upload_id = idOf(pictures[slot]);
  const own = needsSound(draft) ? { sound_upload_id: draft.ownSound?.id } : {};
  const kind = { ...clip, preset: draft.preset, tier: draft.tier, ...own };
  if (upload_id === null) return { ...kind, upload_id, crop: null, borders: "cut", ...unseen } as JobRequestBody;
  const framing = { crop: cropOf(draft, pictures[slot]), borders: draft.borders };
  return { ...kind, upload_id, ...framing, ...seen } as JobRequestBody;
}

/** The slots that the draft's mode takes its pictures from. */
export function slotsOf(draft: Draft, pictures: Pictures): Slot[] {
  if (draft.mode === "keyframes") return ["first", "middle", "last"];
  return draft.mode === "picture" ? givenTogether(pictures) : [];
}

function fieldOf(slot: Slot): Missing["field"] {
  return slot === "middle" ? "first" : slot;
}

function cropOf(draft: Draft, picture: Picture | undefined): Crop | null {
  return picture ? cropFor(picture, draft.ratio, draft.borders) : null;
}

function idOf(picture: Picture | undefined): string | null {
  return picture?.uploadId ?? null;
}
