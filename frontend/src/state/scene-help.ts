/** Prompt help for the lines of scenes, each row's its own. What was asked for is kept in this browser beside the table, so
 * that a reload, a closed dialog and another row find it again at its row. Draws nothing. */

import { RETENTION_DAYS } from "../../../functions/_generated/constants";
import promptHelpWords from "../../words/prompt-help.json";
import { numberOf, type Row } from "../scenes/rows";
import { wordsOf } from "./language";
import { type Helped, type HelpPlace, HelpState } from "./prompt-help";
import { scenePictures } from "./scene-pictures";
import { setCells, table } from "./scene-table";
import { Store } from "./store";

const words = wordsOf(promptHelpWords);
const PREFIX = "clipwright.help.";
/** The site has deleted a text by then. */
const KEPT_MS = RETENTION_DAYS * 24 * 3_600_000;

/** What was asked for and not decided yet, by `table row`. */
export const helpedScenes = new Store<ReadonlyMap<string, Helped>>(new Map(kept()));
const helps = new Map<string, HelpState>();

// What another tab has asked for, or decided.
addEventListener("storage", ({ key }) => {
  if (key?.startsWith(PREFIX)) put(key.slice(PREFIX.length), read(key)?.helped ?? null);
});

/** The help of a row of a table: always the same one. */
export function helpOfScene(tableId: string, row: string): HelpState {
  const key = keyOfHelp(tableId, row);
  const help = helps.get(key) ?? new HelpState(new ScenePlace(tableId, row));
  helps.set(key, help);
  return help;
}

export function keyOfHelp(tableId: string, row: string): string {
  return `${tableId} ${row}`;
}

class ScenePlace implements HelpPlace {
  readonly stores = [table, scenePictures, helpedScenes];
  /** Ends the wait for a step back over the words that were put in last. */
  #endWait: () => void = () => undefined;

  constructor(
    private readonly tableId: string,
    private readonly row: string,
  ) {}

  words(): string {
    return this.#row?.line ?? "";
  }

  seenUpload(): string | null {
    return this.#row?.first_upload_id ?? null;
  }

  uploadsSettled(): Promise<void> {
    const isSending = (): boolean => scenePictures.value.get(`${this.row} first`)?.problem === null;
    if (!isSending()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = scenePictures.watch(() => {
        if (isSending()) return;
        end();
        resolve();
      });
    });
  }

  helped(): Helped | null {
    return helpedScenes.value.get(this.#key) ?? null;
  }

  remember(helped: Helped | null): void {
    write(PREFIX + this.#key, helped);
    put(this.#key, helped);
  }

  /** As one step of the table: when it is taken back there, by a key say, the text is back, too. */
  take(line: string, restored: () => void): () => void {
    const before = this.words();
    this.#endWait();
    setCells(this.row, { line });
    if (line === before) return restored;
    this.#endWait = table.watch(() => {
      if (this.#row?.line !== before) return;
      this.#endWait();
      restored();
    });
    return () => {
      if (this.#row === undefined) restored(); // another table is open: the text waits at its row
      else setCells(this.row, { line: before });
    };
  }

  ready(): string {
    const index = this.#rows.findIndex(({ id }) => id === this.row);
    return index < 0 ? words("ready") : words("ready_scene", { n: numberOf(index) });
  }

  get #key(): string {
    return keyOfHelp(this.tableId, this.row);
  }

  /** None while another table is open. */
  get #rows(): readonly Row[] {
    return table.value?.id === this.tableId ? table.value.rows : [];
  }

  get #row(): Row | undefined {
    return this.#rows.find(({ id }) => id === this.row);
  }
}

function put(key: string, helped: Helped | null): void {
  helpedScenes.update((all) => new Map([...[...all].filter(([other]) => other !== key), ...(helped ? [[key, helped] as const] : [])]));
}

/** What this browser has kept. A text that nobody came back for in time is forgotten. */
function kept(): [string, Helped][] {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
    return keys
      .filter((key) => key.startsWith(PREFIX))
      .flatMap((key) => {
        const found = read(key);
        if (found && Date.now() - found.at < KEPT_MS) return [[key.slice(PREFIX.length), found.helped]];
        write(key, null);
        return [];
      });
  } catch {
    return []; // forbidden storage is the same as none
  }
}

function read(key: string): { helped: Helped; at: number } | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as { helped: Helped; at: number } | null;
  } catch {
    return null; // damaged
  }
}

function write(key: string, helped: Helped | null): void {
  try {
    if (helped === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ helped, at: Date.now() }));
  } catch {
    // The page works without.
  }
}
