/**
 * Cookies of a request, and the values of Set-Cookie. On https a name gets the prefix `__Host-`: then no subdomain and no
 * unencrypted page can plant it. It knows no cookie by name.
 */

export const LONGEST_SECONDS = 400 * 24 * 3_600; // browsers keep none for longer

export function cookies(request: Request): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0) found.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return found;
}

/** A cookie's value under the name that `setCookie` gives it. */
export function readCookie(request: Request, name: string): string | undefined {
  return cookies(request).get(nameOn(request, name));
}

/** The Set-Cookie value. `seconds` 0 removes the cookie. */
export function setCookie(request: Request, name: string, value: string, seconds: number = LONGEST_SECONDS): string {
  const secure = isSecure(request) ? "; Secure" : "";
  return `${nameOn(request, name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

/** The Set-Cookie values that remove a cookie under both of its names. */
export function removeCookie(request: Request, name: string): string[] {
  const plain = `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
  return isSecure(request) ? [setCookie(request, name, "", 0), plain] : [plain];
}

function nameOn(request: Request, name: string): string {
  return isSecure(request) ? `__Host-${name}` : name;
}

function isSecure(request: Request): boolean {
  return new URL(request.url).protocol === "https:";
}
