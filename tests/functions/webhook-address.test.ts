import assert from "node:assert/strict";
import { test } from "node:test";
import { addressFault } from "../../functions/_lib/webhook-address.ts";

const SITE = "clips.example.com";

const PUBLIC = [
  "https://example.com/hook",
  "https://example.com:8443/hook?token=1",
  "https://hooks.example.co.kr",
  "https://xn--hq1bm8jm9l.example/",
  "https://10.example.com/",
];

const REFUSED = [
  "http://example.com/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "https://",
  "https://example.com:22/",
  "https://example.com:80/",
  "https://user:@example.com/",
  "https://:word@example.com/",
  "https://user@example.com/",
  "https://example.com\\@10.0.0.1/",
  " https://example.com/",
  "https://exam\nple.com/",
  "https://예시.example/", // only its ASCII form shows what it is
  "https://localhost/",
  "https://localhost./",
  "https://api.localhost/",
  "https://printer/",
  "https://printer.local/",
  "https://metadata.google.internal/",
  "https://router.home.arpa/",
  "https://db.corp/",
  "https://clips.example.com/api/jobs",
  "https://CLIPS.example.com./",
  // Every way to write an address in numbers.
  "https://127.0.0.1/",
  "https://127.1/",
  "https://0x7f.1/",
  "https://0177.0.0.1/",
  "https://2130706433/",
  "https://127.0.0.1./",
  "https://0.0.0.0/",
  "https://10.0.0.1/",
  "https://172.16.0.1/",
  "https://192.168.1.1/",
  "https://169.254.169.254/latest/meta-data",
  "https://100.100.100.200/",
  "https://8.8.8.8/",
  "https://[::1]/",
  "https://[::]/",
  "https://[fd00:ec2::254]/",
  "https://[fe80::1]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[2606:4700::1111]/",
];

for (const url of PUBLIC) {
  test(`${url} may be called`, () => assert.equal(addressFault(url, SITE, false), undefined));
}

for (const url of REFUSED) {
  test(`${JSON.stringify(url)} is refused`, () => {
    const words = addressFault(url, SITE, false);
    assert(words?.ko && words.en);
  });
}

test("only a stack on this machine may call this machine", () => {
  for (const url of ["http://127.0.0.1:9/hook", "http://localhost:9/hook", "http://[::1]:9/hook"]) {
    assert.equal(addressFault(url, "127.0.0.1", true), undefined);
    assert.notEqual(addressFault(url, SITE, false), undefined);
  }
  assert.notEqual(addressFault("http://192.168.1.1/", "127.0.0.1", true), undefined);
  assert.notEqual(addressFault("http://127.0.0.1.example.com/", "127.0.0.1", true), undefined);
});
