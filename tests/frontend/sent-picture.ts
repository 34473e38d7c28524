/** A picture on its way to the server: the browser's XMLHttpRequest, with the other end in the test's hand. */

export class SentPicture extends EventTarget {
  readonly upload = new EventTarget();
  readonly headers: Record<string, string> = {};
  request = "";
  file: File | null = null;
  status = 0;
  responseText = "";
  isAborted = false;

  open(method: string, path: string): void {
    this.request = `${method} ${path}`;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(file: File): void {
    this.file = file;
  }

  abort(): void {
    this.isAborted = true;
    this.dispatchEvent(new Event("abort"));
  }

  /** The browser has sent so much of it; where `total` is unknown it cannot say of how much. */
  progress(loaded: number, total?: number): void {
    const event = new Event("progress");
    this.upload.dispatchEvent(
      Object.assign(event, { lengthComputable: total !== undefined, loaded, total: total ?? 0 }),
    );
  }

  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = typeof body === "string" ? body : JSON.stringify(body);
    this.dispatchEvent(new Event("load"));
  }

  lose(): void {
    this.dispatchEvent(new Event("error"));
  }
}
