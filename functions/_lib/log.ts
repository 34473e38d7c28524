/**
 * One line of JSON for each thing that an operator may look for later. It knows no secret, and gets none: callers pass
 * ids, counts and states, never prompts, cookies or tokens.
 */

export type Facts = Record<string, unknown>;

/** `event` names what happened: `request`, `gpu-call`, `event`, `sweep`, `webhook`, `alarm`. */
export function log(event: string, facts: Facts): void {
  console.log(line(event, facts));
}

export function logError(event: string, facts: Facts): void {
  console.error(line(event, facts));
}

function line(event: string, facts: Facts): string {
  return JSON.stringify({ event, at: new Date().toISOString(), ...facts });
}

/** Twelve digits that tell owners apart in a log, and give no cookie away. */
export async function ownerMark(owner: string | undefined): Promise<string | null> {
  return owner === undefined ? null : (await sha256(owner)).slice(0, 12);
}

/** SHA-256 as 64 hex digits. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
