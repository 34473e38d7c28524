/** `GET`: the caller's month by day, preset, card and scene table, as a file for a spreadsheet. */

import type { Handler } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";
import { seoulDay } from "../_lib/time.ts";
import { monthOf, type UsageRow, usageRows } from "../_lib/usage.ts";
import { usageCsv } from "../_lib/usage-csv.ts";

export const onRequestGet: Handler = async ({ request, env, data }) => {
  const month = monthOf(request.url, seoulDay().slice(0, 7));
  const { results } = await usageRows(env.DB, data.owner, month).all<UsageRow>();
  return new Response(usageCsv(results, data.language), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="clipwright-${month}.csv"`,
    },
  });
};

export const onRequestHead = headOf(onRequestGet);
