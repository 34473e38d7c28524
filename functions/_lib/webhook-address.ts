/**
 * Which addresses a webhook may have: public names over https, on ports that web servers use. It resolves no name: a
 * Worker's requests leave from the platform's own edge, from where no private network can be reached.
 */

import type { Words } from "./problem.ts";

const PORTS = new Set(["", "443", "8443"]);
const PRIVATE_NAMES = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid)$/;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** Why the address is refused; `undefined` for one that may be called. `local`: this is a stack on somebody's machine. */
export function addressFault(text: string, site: string, local: boolean): Words | undefined {
  // Besides what a URL never holds, what its parser removes or turns into something else.
  if (!/^[!-~]+$/.test(text) || text.includes("\\")) return NOT_AN_ADDRESS;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return NOT_AN_ADDRESS;
  }
  if (url.username !== "" || url.password !== "") return NO_PASSWORD;
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (local && url.protocol === "http:" && LOOPBACK.test(host)) return undefined;
  if (url.protocol !== "https:") return NOT_HTTPS;
  if (!PORTS.has(url.port)) return WRONG_PORT;
  // The parser has turned every way to write a number (0x7f.1, 2130706433) into four decimals, and IPv6 into brackets.
  if (host.startsWith("[") || /^[\d.]+$/.test(host)) return NOT_PUBLIC;
  if (!host.includes(".") || PRIVATE_NAMES.test(host) || host === site.toLowerCase()) return NOT_PUBLIC;
  return undefined;
}

const NOT_AN_ADDRESS: Words = { ko: "웹 주소(URL)가 아니에요.", en: "It is not a web address." };
const NO_PASSWORD: Words = {
  ko: "주소에 사용자 이름이나 비밀번호를 넣을 수 없어요.",
  en: "The address may hold no user name or password.",
};
const NOT_HTTPS: Words = { ko: "https 주소여야 해요.", en: "It must be an https address." };
const WRONG_PORT: Words = { ko: "포트는 443이나 8443만 쓸 수 있어요.", en: "The port may be 443 or 8443 alone." };
const NOT_PUBLIC: Words = {
  ko: "인터넷에 공개된 이름이어야 해요. IP 주소와 내부 이름, 이 사이트 자신은 쓸 수 없어요.",
  en: "It must be a public name, neither an IP address nor an internal name nor this site.",
};
