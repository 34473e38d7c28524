/** Several pictures of the form become a table of scenes, where each has a line of its own. The form stays as it is. */

import type { SceneSettings } from "../../../functions/_generated/contract";
import { call } from "../api";
import { cropFor } from "../crop";
import { addressOf } from "../rooms";
import { emptyRow } from "../scenes/rows";
import { draft } from "./draft";
import { language } from "./language";
import { givenTogether, pictures, uploadsSettled } from "./pictures";
import { go } from "./place";
import { newTable } from "./scene-tables";

/** Makes the table and goes there. Waits for pictures on their way; those that failed stay behind. Raises `Failure`. */
export async function openAsScenes(): Promise<void> {
  await uploadsSettled();
  const { ratio, seconds, preset, tier, borders, prompt } = draft.value;
  const settings = { ratio, seconds, quality: { preset, tier }, borders } as SceneSettings;
  const made = await newTable("", settings);
  if (made === null) return;
  const rows = givenTogether(pictures.value).flatMap((slot) => {
    const picture = pictures.value[slot];
    if (!picture?.uploadId) return [];
    const { id, ...cells } = emptyRow({
      line: prompt,
      first_upload_id: picture.uploadId,
      first_crop: cropFor(picture, ratio, borders),
      picture_name: picture.name.slice(0, 255) || null,
    });
    return [{ id, cells }];
  });
  await call(`/api/projects/${made.id}`, { method: "PATCH", body: { base_revision: made.revision, rows } });
  go(`${addressOf("scenes", language.value)}${made.id}/`);
}
