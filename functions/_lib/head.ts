/** `HEAD` of a route that has a `GET`: the same status and headers, without the body. It knows no route. */

import type { Handler } from "./env.ts";

export function headOf<Parameters extends string = never>(get: Handler<Parameters>): Handler<Parameters> {
  return async (context) => {
    const answer = await get(context);
    await answer.body?.cancel();
    return new Response(null, answer);
  };
}
