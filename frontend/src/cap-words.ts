/** What each cap is called, and its numbers as people write them: won, MB, a count. It asks no server. */

import type { Cap } from "../../functions/_generated/contract";
import { either } from "./state/language";

const MILLION = 1_000_000;

const NAMES: Readonly<Record<Cap["name"], readonly [string, string]>> = {
  job: ["영상 하나의 금액", "Cost of one clip"],
  owner_day: ["한 사람이 하루에 쓰는 금액", "One person's spending in a day"],
  site_day: ["사이트 전체가 하루에 쓰는 금액", "The whole site's spending in a day"],
  owner_open_jobs: ["한 사람의 끝나지 않은 영상", "One person's unfinished jobs"],
  site_open_jobs: ["사이트 전체의 끝나지 않은 영상", "The whole site's unfinished jobs"],
  owner_undone_hour: [
    "한 사람이 한 시간 동안 취소했거나 실패한 영상",
    "One person's jobs canceled early or failed in an hour",
  ],
  owner_undone_day: [
    "한 사람이 하루 동안 취소했거나 실패한 영상",
    "One person's jobs canceled early or failed in a day",
  ],
  owner_uploads_hour: ["한 사람이 한 시간에 올리는 이미지", "One person's pictures in an hour"],
  owner_upload_bytes_hour: ["한 사람이 한 시간에 올리는 이미지 용량", "Size of one person's pictures in an hour"],
  owner_uploads: ["한 사람이 보관하는 이미지", "One person's stored pictures"],
  owner_upload_bytes: ["한 사람이 보관하는 이미지 용량", "Size of one person's stored pictures"],
  site_uploads_hour: ["사이트 전체에 한 시간에 올라오는 이미지", "The whole site's pictures in an hour"],
  site_upload_bytes_hour: [
    "사이트 전체에 한 시간에 올라오는 이미지 용량",
    "Size of the whole site's pictures in an hour",
  ],
  site_uploads: ["사이트 전체가 보관하는 이미지", "The whole site's stored pictures"],
  site_upload_bytes: ["사이트 전체가 보관하는 이미지 용량", "Size of the whole site's stored pictures"],
};

export function capName({ name }: Cap): string {
  const [korean, english] = NAMES[name] ?? [name, name]; // a newer site may have more
  return either(korean, english);
}

export function unitName({ name, unit }: Cap): string {
  if (unit === "number") return either("개", name.includes("uploads") ? "pictures" : "jobs");
  return unit === "bytes" ? "MB" : either("원", "won");
}

/** An amount of the cap's own unit as it is shown and typed: `61`, `12.5`. */
export function shownAmount({ unit }: Cap, amount: number): string {
  return String(unit === "number" ? amount : amount / MILLION);
}

/** The reverse of `shownAmount`; null for what is no amount. */
export function typedAmount({ unit }: Cap, text: string): number | null {
  const plain = text.trim().replace(/(\d),(?=\d)/g, "$1");
  if (!/^\d{1,10}(\.\d{1,6})?$/.test(plain)) return null;
  const amount = Number(plain) * (unit === "number" ? 1 : MILLION);
  return unit !== "number" ? Math.round(amount) : Number.isInteger(amount) ? amount : null;
}
