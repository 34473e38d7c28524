/** As much of IndexedDB as the page uses: databases of one store, whose answers come a moment later. It outlives a load of
 * the page. */

export class KeptDatabases {
  readonly #stores = new Map<string, Map<string, unknown>>();
  readonly #made = new Set<string>();
  isForbidden = false;

  /** What the database of that name holds. */
  of(name: string): Map<string, unknown> {
    const found = this.#stores.get(name) ?? new Map<string, unknown>();
    this.#stores.set(name, found);
    return found;
  }

  /** For `globalThis.indexedDB`. */
  open(name: string): EventTarget {
    if (this.isForbidden) throw new DOMException("forbidden", "SecurityError");
    const isNew = !this.#made.has(name);
    this.#made.add(name);
    const kept = this.of(name);
    const database = {
      createObjectStore: () => undefined,
      transaction: () => {
        const transaction = new EventTarget();
        const later = (work: () => unknown) => this.#later(work, { transaction });
        const objectStore = () => ({
          put: (value: unknown, id: string) => later(() => void kept.set(id, structuredClone(value))),
          get: (id: string) => later(() => structuredClone(kept.get(id))),
          getAll: () => later(() => [...kept.values()].map((value) => structuredClone(value))),
          delete: (id: string) => later(() => void kept.delete(id)),
        });
        return Object.assign(transaction, { objectStore });
      },
    };
    return this.#later(() => database, { isNew });
  }

  #later(work: () => unknown, { isNew = false, transaction = new EventTarget() } = {}): EventTarget {
    const request = Object.assign(new EventTarget(), { result: undefined as unknown });
    queueMicrotask(() => {
      request.result = work();
      if (isNew) request.dispatchEvent(new Event("upgradeneeded"));
      request.dispatchEvent(new Event("success"));
      transaction.dispatchEvent(new Event("complete"));
    });
    return request;
  }
}
