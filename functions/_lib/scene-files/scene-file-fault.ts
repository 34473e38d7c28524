/** Why a scene file cannot be read, with the line of the file. It knows no HTTP. */

import type { Words } from "../problem.ts";

export interface LineFault {
  /** The line in the file, from 1. */
  at: number;
  words: Words;
}

export class SceneFileFault extends Error {
  readonly faults: readonly LineFault[];

  constructor(...faults: readonly LineFault[]) {
    super(faults[0]?.words.en ?? "");
    this.faults = faults;
  }
}

/** It holds more scenes than a table does. */
export class TooManyScenes extends Error {
  readonly count: number;

  constructor(count: number) {
    super(`${count} scenes`);
    this.count = count;
  }
}
