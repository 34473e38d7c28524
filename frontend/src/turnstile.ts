/** Cloudflare Turnstile's widget: loads its script when it is needed first, and draws it. Knows no session. */

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
/** The site checks that a token was made for this. */
const ACTION = "session";

interface Turnstile {
  render(container: HTMLElement, options: Record<string, unknown>): string;
  remove(widget: string): void;
}

declare global {
  interface Window {
    turnstile?: Turnstile;
  }
}

let loading: Promise<Turnstile> | undefined;

/** Draws the widget into `container`; `done` gets each token. The returned function removes the widget. Rejects when the
 * script cannot be loaded; a later call tries again. */
export async function drawChallenge(
  container: HTMLElement,
  options: { siteKey: string; language: string; done: (token: string) => void },
): Promise<() => void> {
  loading ??= load();
  const turnstile = await loading;
  const widget = turnstile.render(container, {
    sitekey: options.siteKey,
    language: options.language,
    action: ACTION,
    theme: "auto",
    size: "flexible",
    callback: options.done,
  });
  return () => turnstile.remove(widget);
}

function load(): Promise<Turnstile> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    const fail = (): void => {
      script.remove();
      loading = undefined;
      reject(new Error("the check could not be loaded"));
    };
    script.addEventListener("load", () => (window.turnstile ? resolve(window.turnstile) : fail()));
    script.addEventListener("error", fail);
    document.head.append(script);
  });
}
