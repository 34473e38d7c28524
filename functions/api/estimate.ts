/** `POST`: the price of a choice, before a job is made. Changes nothing. */

import { readBody } from "../_lib/body.ts";
import type { Handler } from "../_lib/env.ts";
import { estimateFor } from "../_lib/prices.ts";
import { validate } from "../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request }) => {
  const choice = await readBody(request, (body) => validate("EstimateRequest", body));
  return Response.json(estimateFor(choice));
};
