/** `POST` while somebody works on the page. A card that has nothing to do may then wait a little. */

import type { Handler } from "../_lib/env.ts";
import { notePresence } from "../_lib/presence.ts";

export const onRequestPost: Handler = async ({ env, data }) => {
  await notePresence(env.DB, data.owner);
  return new Response(null, { status: 204 });
};
