/** As much of IndexedDB as the page uses: one store, whose answers come a moment later. It outlives a load of the page. */

export class KeptPictures {
  readonly byId = new Map<string, unknown>();
  isForbidden = false;
  #isMade = false;

  /** For `globalThis.indexedDB`. */
  open(): EventTarget {
    if (this.isForbidden) throw new DOMException("forbidden", "SecurityError");
    const store = {
      put: (value: unknown, id: string) => this.#later(() => void this.byId.set(id, structuredClone(value))),
      get: (id: string) => this.#later(() => structuredClone(this.byId.get(id))),
      getAll: () => this.#later(() => [...this.byId.values()].map((value) => structuredClone(value))),
      delete: (id: string) => this.#later(() => void this.byId.delete(id)),
    };
    const database = {
      createObjectStore: () => {
        this.#isMade = true;
      },
      transaction: () => ({ objectStore: () => store }),
    };
    return this.#later(() => database, { isNew: !this.#isMade });
  }

  #later(work: () => unknown, { isNew = false } = {}): EventTarget {
    const request = Object.assign(new EventTarget(), { result: undefined as unknown });
    queueMicrotask(() => {
      request.result = work();
      if (isNew) request.dispatchEvent(new Event("upgradeneeded"));
      request.dispatchEvent(new Event("success"));
    });
    return request;
  }
}
