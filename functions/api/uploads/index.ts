/** `PUT` the bytes of a picture; the answer's id goes into a job. */

import type { Upload } from "../../_generated/contract.d.ts";
import type { Handler } from "../../_lib/env.ts";
import { receive } from "../../_lib/upload.ts";

export const onRequestPut: Handler = async ({ request, env, data }) => {
  const row = await receive(env, data.owner, request);
  const upload: Upload = {
    id: row.id,
    content_type: row.content_type,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    faces: JSON.parse(row.faces ?? "[]"),
    expires_at: row.expires_at,
  };
  return Response.json(upload, { status: 201 });
};
