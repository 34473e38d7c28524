/** `POST`: what the clips of a press would cost and take, by how many cards make them. Changes nothing. */

import { readBody } from "../_lib/body.ts";
import type { Handler } from "../_lib/env.ts";
import { offersFor } from "../_lib/offers.ts";
import { validate } from "../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env }) => {
  const asked = await readBody(request, (body) => validate("OffersRequest", body));
  return Response.json(await offersFor(env.DB, asked));
};
