/**
 * Who may use the site: `ACCESS` (people whom Cloudflare Access lets in), `PUBLIC` (everybody who passes a check) or
 * `LOCAL` (whoever sits at this machine). A site without a mode, or without a mode's settings, answers nobody.
 */

import { ACCESS_SETTINGS } from "./access.ts";
import type { Env } from "./env.ts";
import { secretsOf } from "./key-ring.ts";
import { ProblemError } from "./problem.ts";
import { TURNSTILE_SETTINGS } from "./turnstile.ts";

export type AccessMode = "ACCESS" | "PUBLIC" | "LOCAL";
type Setting = Extract<keyof Env, string>;

const SETTINGS: Record<AccessMode, readonly Setting[]> = {
  ACCESS: ACCESS_SETTINGS,
  PUBLIC: [...TURNSTILE_SETTINGS, "COOKIE_SECRET"],
  LOCAL: ["COOKIE_SECRET"],
};
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Throws access-not-configured, with the names of what is missing. */
export function accessMode(env: Env, url: URL): AccessMode {
  const mode = env.ACCESS_MODE ?? "";
  if (!isMode(mode)) {
    const modes = Object.keys(SETTINGS).join(", ");
    throw refused(`ACCESS_MODE는 이 중 하나여야 해요: ${modes}.`, `ACCESS_MODE must be one of ${modes}.`);
  }
  const missing = SETTINGS[mode].filter((name) => secretsOf(env[name] as string | undefined).length === 0);
  if (missing.length > 0) {
    const names = missing.join(", ");
    throw refused(`ACCESS_MODE=${mode}에 필요한 설정이 없어요: ${names}.`, `ACCESS_MODE=${mode} also needs ${names}.`);
  }
  if (mode === "LOCAL" && !LOOPBACK.test(url.hostname)) {
    throw refused("ACCESS_MODE=LOCAL은 이 컴퓨터 안에서만 쓸 수 있어요.", "ACCESS_MODE=LOCAL works on this machine alone.");
  }
  return mode;
}

function isMode(text: string): text is AccessMode {
  return Object.hasOwn(SETTINGS, text);
}

function refused(ko: string, en: string): ProblemError {
  return new ProblemError("access-not-configured", { ko, en });
}
