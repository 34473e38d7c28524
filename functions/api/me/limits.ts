/** `GET` the caps that the caller has set for themselves; `PUT` replaces them. */

import type { OwnLimits } from "../../_generated/contract.d.ts";
import { readBody } from "../../_lib/body.ts";
import type { Env, Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { ownLimitsOf, type OwnLimitRow, selectOwnLimits, setOwnLimits } from "../../_lib/own-limits.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestGet: Handler = async ({ env, data }) => Response.json(await stored(env, data.owner));

export const onRequestHead = headOf(onRequestGet);

export const onRequestPut: Handler = async ({ request, env, data }) => {
  const limits = await readBody(request, (body) => validate("OwnLimits", body));
  await setOwnLimits(env.DB, data.owner, limits);
  return Response.json(await stored(env, data.owner));
};

async function stored({ DB }: Env, owner: string): Promise<OwnLimits> {
  return ownLimitsOf((await selectOwnLimits(DB, owner).all<OwnLimitRow>()).results);
}
