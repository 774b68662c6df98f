// What is asked for, in the page's address: a link brings it all back.

const LEAD = "#s=";

/** Text to letters that an address may have, and back. */
function toAddress(text) {
  const bytes = new TextEncoder().encode(text);
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
function fromAddress(letters) {
  const bytes = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function render({ model, el }) {
  const button = make("button", { type: "button", class: "twf-button", text: "Copy link", "data-testid": "copy-link", onclick: copy });
  const told = make("span", { class: "tws-told", role: "status", "data-testid": "link-told" });
  const wrong = make("p", { class: "tws-failed", role: "alert", hidden: true, "data-testid": "link-failed" });
  const root = make("div", { class: "twa", "data-testid": "address" }, button, told, wrong);
  el.append(root);
  let written = null, coming = true; // the first state, and one that came from the address, are no step of their own
  const own = "voila" in document.body.dataset; // in JupyterLab the address belongs to the whole workspace
  root.hidden = !own;

  /** Gives Python what the address says, unless this page has written it there. */
  function arrive() {
    if (!own || !location.hash.startsWith(LEAD) || location.hash === written) return;
    coming = true;
    let said = { text: "", broken: false };
    try {
      said.text = fromAddress(location.hash.slice(LEAD.length));
    } catch {
      said.broken = true;
    }
    model.send({ arrived: said.text, broken: said.broken });
  }
  function readState() {
    const state = model.get("state");
    if (!state || !own) return;
    written = LEAD + toAddress(state);
    if (location.hash !== written) history[model.get("steps") && !coming ? "pushState" : "replaceState"](history.state, "", written);
    coming = false;
    write(told, "");
  }
  async function copy() {
    const link = location.href;
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      copyTheOldWay(link);
    }
    write(told, "The link is copied.");
  }
  function copyTheOldWay(link) {
    const box = make("textarea", { class: "twin-unseen", "aria-hidden": true });
    box.value = link;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    button.focus();
  }
  function readProblem() {
    wrong.hidden = !model.get("problem");
    write(wrong, model.get("problem"));
  }
  addEventListener("hashchange", arrive);
  const end = follow(model, root, { problem: readProblem }, listen(model, { state: readState }), () => removeEventListener("hashchange", arrive));
  if (own && location.hash.startsWith(LEAD)) arrive();
  else readState();
  return end;
}

export default { render };
