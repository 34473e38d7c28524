/** Going on from a clip: its last frame becomes the form's picture, and its settings the form's. It sends nothing that
 * costs; the form's own button does, with its price. */

import type { Job, Upload } from "../../../functions/_generated/contract";
import { call } from "../api";
import { change, changeMode, keepDraft, loadSettings } from "./draft";
import { readPicture, UnreadablePicture } from "./picture-reader";
import { recallPicture, seenByModels } from "./pictures";
import { keepThumbnail } from "./thumbnails";

/** Throws Failure: the clip keeps no last frame, or there is no room for further pictures. */
export async function goOnFrom(job: Job): Promise<void> {
  const { body: upload } = await call<Upload>(`/api/jobs/${job.id}/last-frame`, { method: "POST" });
  if (upload === null) return;
  await keepDraft();
  await loadSettings(job);
  if (job.input.preset === "keyframes" || job.input.preset === "restyle") changeMode("picture");
  change({ seed: null, sourceJobId: null });
  await keepCopy(upload);
  await recallPicture("picture", upload.id, null, true);
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
