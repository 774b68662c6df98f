// Checks a certificate: hashes (RFC 8785, SHA-256), audit paths (RFC 9162, 2.1.3.2) and signatures (Ed25519) in the browser.
"use strict";
const { certificate, keys, keeper, steps } = JSON.parse(document.getElementById("data").textContent);
const bytes = (hex) => {
  if (typeof hex !== "string" || !/^([0-9a-f]{2})+$/.test(hex)) throw new RangeError("not hexadecimal");
  return Uint8Array.from(hex.match(/../g), (h) => parseInt(h, 16));
};
const hex = (array) => Array.from(array, (b) => b.toString(16).padStart(2, "0")).join("");
const utf8 = (text) => new TextEncoder().encode(text);
const joined = (...parts) => Uint8Array.from(parts.flatMap((p) => Array.from(p)));
const sha = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));

// Canonical JSON: members sorted by UTF-16 code units; numbers are written by JavaScript itself.
function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value && typeof value === "object") {
    return "{" + Object.keys(value).sort().map((k) => JSON.stringify(k) + ":" + canonical(value[k])).join(",") + "}";
  }
  return JSON.stringify(value);
}

async function signed(key, signature, data) {
  const own = await crypto.subtle.importKey("raw", bytes(key), { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, own, bytes(signature), data);
}

async function included(leaf, index, size, path, root) {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return false;
  let fn = index, sn = size - 1, found = await sha(joined([0], leaf));
  for (const p of path.map(bytes)) {
    if (sn === 0) return false;
    if (fn % 2 || fn === sn) {
      found = await sha(joined([1], p, found));
      while (fn % 2 === 0 && fn) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
    } else {
      found = await sha(joined([1], found, p));
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && hex(found) === root;
}

// Pieces of which records may tell: the one of the certificate, and all that went into it.
function family() {
  const found = new Set([certificate.piece]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const { event } of certificate.records) if (found.has(event.into)) found.add(event.piece);
  }
  return found;
}

async function check() {
  const { head, records } = certificate, wrong = [];
  if (!(await signed(keeper, head.signature, utf8(canonical({ size: head.size, root: head.root }))))) wrong.push("The head is not signed by who keeps the log.");
  if (!records.length) wrong.push("There are no records.");
  const own = family();
  for (const r of records) {
    if (!own.has(r.event.piece)) wrong.push(`Record ${r.index} is of ${r.event.piece}, and does not name the piece of this certificate.`);
    const leaf = utf8(canonical({ event: r.event, index: r.index, previous: r.previous }));
    if (!(await included(leaf, r.index, head.size, r.path, head.root))) wrong.push(`Record ${r.index} is not in the published log.`);
    if (hex(await sha(leaf)) !== r.hash) wrong.push(`Record ${r.index} was altered.`);
    if (!Object.hasOwn(keys, r.by) || !(await signed(keys[r.by], r.signature, bytes(r.hash)))) wrong.push(`Record ${r.index} is not signed by ${r.by}.`);
  }
  return wrong;
}

document.getElementById("piece").textContent = certificate.piece;
for (const r of certificate.records) {
  const item = document.createElement("li"), e = r.event;
  item.textContent = `${e.date}, ${e.place} (${r.by}): ${e.product} ${steps[e.step] || e.step}${e.to ? " to " + e.to : ""}${e.into ? " " + e.into : ""}`;
  document.getElementById("steps").append(item);
}
check().then(
  (wrong) => { document.getElementById("verdict").textContent = wrong.length ? "Does not hold. " + wrong.join(" ") : `Holds: all ${certificate.records.length} records were checked here.`; },
  (error) => {
    document.getElementById("verdict").textContent = error.name === "NotSupportedError"
      ? "This browser cannot check it: it needs Ed25519." : `Does not hold. It cannot be read (${error.name}).`;
  },
);
