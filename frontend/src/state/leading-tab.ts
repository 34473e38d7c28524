/** Which of the site's tabs asks for news: the one that was looked at last. The others hear what it was told. Knows neither
 * jobs nor what is asked. */

const NAME = "clipwright.news";

/** Calls `lead` with whether this tab leads, whenever that changes. Where a browser has no locks, every tab leads. */
export function leadWhenSeen(lead: (leads: boolean) => void): void {
  const { locks } = navigator as { locks?: LockManager };
  if (locks === undefined) {
    lead(true);
    return;
  }
  let waiting: AbortController | undefined;
  let leads = false;
  const ask = (steal: boolean): void => {
    waiting?.abort();
    waiting = new AbortController();
    const options = steal ? { steal } : { signal: waiting.signal };
    const held = locks.request(NAME, options, () => {
      leads = true;
      lead(true);
      return new Promise<never>(() => undefined); // until the tab closes or another takes it
    });
    held.catch((error: unknown) => {
      if (!leads || !(error instanceof DOMException)) return; // another request of this tab took its place
      leads = false;
      lead(false);
      ask(false);
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !leads) ask(true);
  });
  ask(!document.hidden);
}

/** What tabs tell each other. `heard` is called with what another tab told. */
export function toldByTabs<Message>(heard: (message: Message) => void): (message: Message) => void {
  if (!("BroadcastChannel" in globalThis)) return () => undefined;
  const channel = new BroadcastChannel(NAME);
  channel.addEventListener("message", ({ data }) => heard(data as Message));
  return (message) => channel.postMessage(message);
}
