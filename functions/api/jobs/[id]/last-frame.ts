/** `POST`: makes a picture of the clip's last frame, as if it had been uploaded. */

import type { Handler } from "../../../_lib/env.ts";
import { find } from "../../../_lib/jobs.ts";
import { uploadLastFrame } from "../../../_lib/last-frame.ts";
import { uploadOf } from "../../../_lib/row.ts";

export const onRequestPost: Handler<"id"> = async ({ env, data, params }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  return Response.json(uploadOf(await uploadLastFrame(env, row)), { status: 201 });
};
