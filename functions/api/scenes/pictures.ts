/** `POST`: which pictures belong to which scenes, by their names alone. */

import { MAX_SCENE_FILE_BYTES } from "../../_generated/constants.ts";
import type { PairedPictures } from "../../_generated/contract.d.ts";
import { readBody } from "../../_lib/body.ts";
import type { Handler } from "../../_lib/env.ts";
import { matchPictures } from "../../_lib/scene-files/match-pictures.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request }) => {
  const asked = await readBody(request, (body) => validate("PicturesToPair", body), MAX_SCENE_FILE_BYTES);
  const paired: PairedPictures = matchPictures(asked.pictures, asked.scenes);
  return Response.json(paired);
};
