/** Going on from a clip: its last frame becomes the form's picture, and its settings the form's. It sends nothing that
 * costs; the form's own button does, with its price. */

import type { Job, Upload } from "../../../functions/_generated/contract";
import goOnWords from "../../words/go-on.json";
import { call } from "../api";
import { change, changeMode, keepDraft, loadSettings } from "./draft";
import { wordsOf } from "./language";
import { note } from "./notices";
import { readPicture, UnreadablePicture } from "./picture-reader";
import { recallPicture, seenByModels } from "./pictures";
import { keepThumbnail } from "./thumbnails";

const words = wordsOf(goOnWords);

/** A clip's last frame as an upload. Null, and said: the clip keeps none. Throws Failure where there is no room for further
 * pictures. */
export async function lastFrameOf(job: Job): Promise<Upload | null> {
  if (job.links.last_frame === null) {
    note(words("none"));
    return null;
  }
  return (await call<Upload>(job.links.last_frame, { method: "POST" })).body;
}

/** False where the clip keeps no last frame. Throws Failure as `lastFrameOf`. */
export async function goOnFrom(job: Job): Promise<boolean> {
  const upload = await lastFrameOf(job);
  if (upload === null) return false;
  await keepDraft();
  await loadSettings(job);
  if (job.input.preset === "keyframes" || job.input.preset === "restyle") changeMode("picture");
  change({ seed: null, sourceJobId: null });
  await keepCopy(upload);
  await recallPicture("picture", upload.id, null, true);
  note(words("ready"));
  return true;
}

/** So that the slot shows it after a reload too. Without the copy it is only not seen there. */
async function keepCopy(upload: Upload): Promise<void> {
  try {
    const answer = await fetch(seenByModels(upload.id));
    if (!answer.ok) return;
    const name = upload.name ?? "";
    const { thumbnail } = await readPicture(new File([await answer.blob()], name, { type: "image/png" }), Infinity);
    await keepThumbnail({ upload, name, thumbnail });
  } catch (error) {
    if (!(error instanceof UnreadablePicture || error instanceof TypeError)) throw error;
  }
}
