/** The steps that can be taken back. What is typed in one cell without a pause elsewhere is one step. */

export const MOST_STEPS = 20;

export class Steps<T> {
  #before: T[] = [];
  #after: T[] = [];
  #cell = "";

  /** Called before a change. `cell` names what is being typed in; the empty name is a step of its own. */
  remember(now: T, cell = ""): void {
    if (cell !== "" && cell === this.#cell) return;
    this.#cell = cell;
    this.#before = [...this.#before, now].slice(-MOST_STEPS);
    this.#after = [];
  }

  /** What is typed from now on is another step. */
  rest(): void {
    this.#cell = "";
  }

  /** What was before the last step; null where there is none. */
  back(now: T): T | null {
    return this.#take(this.#before, this.#after, now);
  }

  forward(now: T): T | null {
    return this.#take(this.#after, this.#before, now);
  }

  #take(from: T[], to: T[], now: T): T | null {
    this.#cell = "";
    const found = from.pop();
    if (found === undefined) return null;
    to.push(now);
    return found;
  }
}
