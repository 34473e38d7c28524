/** `PUT` the bytes of a picture; the answer's id goes into a job. */

import type { Handler } from "../../_lib/env.ts";
import { uploadOf } from "../../_lib/row.ts";
import { receive } from "../../_lib/upload.ts";

export const onRequestPut: Handler = async ({ request, env, data }) => {
  const row = await receive(env, data.owner, request);
  return Response.json(uploadOf(row), { status: 201 });
};
