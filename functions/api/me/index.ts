/** `GET`: who is asking, and where a person signs in and out. */

import type { Me } from "../../_generated/contract.d.ts";
import { accessMode } from "../../_lib/access-mode.ts";
import { isClaimable } from "../../_lib/claim.ts";
import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";

/** A page of the site: Access asks whoever opens it to sign in. */
const SIGN_IN = "/";
const SIGN_OUT = "/cdn-cgi/access/logout";

export const onRequestGet: Handler = async ({ request, env, data }) => {
  const mode = accessMode(env, new URL(request.url));
  const isKnown = data.via !== "nobody";
  const me: Me = {
    owner: isKnown ? data.owner : null,
    role: isKnown ? data.role : null,
    via: data.via === "nobody" ? null : data.via,
    mode,
    email: data.email,
    sign_in: mode === "ACCESS" ? SIGN_IN : null,
    sign_out: data.via === "access" ? SIGN_OUT : null,
    turnstile_site_key: mode === "PUBLIC" ? (env.TURNSTILE_SITE_KEY ?? null) : null,
    is_claimable: isPerson(data.via) && (await isClaimable(env, request, data.owner)),
  };
  return Response.json(me);
};

export const onRequestHead = headOf(onRequestGet);

function isPerson(via: string): boolean {
  return via === "access" || via === "session";
}
