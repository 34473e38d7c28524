/** Which of the drafts that this browser keeps is this tab's. Each open tab has one of its own, numbered; one whose tab is
 * gone is taken up by the next tab. Knows nothing of what is in them. */

const PREFIX = "clipwright.draft.";
/** Where a tab keeps the number of its draft over a reload. */
const OWN = "clipwright.draft";
/** On a busy machine it takes seconds until the page before a reload has let go of its draft. */
const PATIENCE_MS = 5_000;

export interface KeptDraft {
  id: string;
  /** What was left in it; empty for a new one. */
  left: object;
  /** What was left last, by any tab. */
  newest: object;
}

/** Takes a draft for as long as this tab is open. */
export async function takeDraft(): Promise<KeptDraft> {
  const kept = keptDrafts();
  const newest = kept[0]?.left ?? {};
  const id = await freeId(kept.map((one) => one.id));
  own(id);
  return { id, left: kept.find((one) => one.id === id)?.left ?? {}, newest };
}

export function keep(id: string, draft: object): void {
  try {
    localStorage.setItem(PREFIX + id, JSON.stringify({ ...draft, at: Date.now() }));
  } catch {
    // The page works without.
  }
}

/** This tab's, else the newest that no tab has, else a new one. */
async function freeId(kept: readonly string[]): Promise<string> {
  const before = own();
  if (before !== null && (await hold(before, { signal: AbortSignal.timeout(PATIENCE_MS) }))) return before;
  for (const id of kept) if (await hold(id, { ifAvailable: true })) return id;
  for (let number = 1; ; number++) {
    const id = String(number);
    if (!kept.includes(id) && (await hold(id, { ifAvailable: true }))) return id;
  }
}

function hold(id: string, options: LockOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const held = (lock: Lock | null): unknown => {
      resolve(lock !== null);
      return lock === null ? null : new Promise(() => undefined); // until the tab is gone
    };
    navigator.locks.request(PREFIX + id, options, held).catch(() => resolve(false)); // waited in vain
  });
}

/** Every draft that is kept, the one that was changed last first. */
function keptDrafts(): { id: string; left: object; at: number }[] {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
    const found = keys.filter((key) => key.startsWith(PREFIX)).map((key) => read(key.slice(PREFIX.length)));
    return found.sort((a, b) => b.at - a.at);
  } catch {
    return []; // forbidden storage is the same as none
  }
}

function read(id: string): { id: string; left: object; at: number } {
  try {
    const { at = 0, ...left } = JSON.parse(localStorage.getItem(PREFIX + id) ?? "{}") as { at?: number };
    return { id, left, at };
  } catch {
    return { id, left: {}, at: 0 }; // damaged
  }
}

function own(id?: string): string | null {
  try {
    if (id !== undefined) sessionStorage.setItem(OWN, id);
    return sessionStorage.getItem(OWN);
  } catch {
    return null;
  }
}
