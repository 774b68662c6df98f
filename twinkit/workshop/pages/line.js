// The line to the server: it comes back by itself, and what was not acknowledged is sent again.
"use strict";

const RESTED = 8000; // after that long in a pocket a line may be dead without anybody saying so [ms]

class Line {
  /** `show` gets every new view; `ticked` what is left of the period, again and again [s], null without a clock. */
  constructor(kind, show, ticked = null) {
    this.kind = kind;
    this.show = show;
    this.ticked = ticked;
    this.open = [];
    this.name = [...crypto.getRandomValues(new Uint32Array(2))].map((x) => x.toString(36)).join("");
    this.count = 0;
    this.wait = 500;
    this.ends = null;
    this.left = 0;
    document.addEventListener("visibilitychange", () => this.wake());
    window.addEventListener("online", () => this.connect());
    window.addEventListener("pageshow", (event) => event.persisted && this.connect());
    setInterval(() => this.tick(), 500);
    this.connect();
  }
  connect() {
    clearTimeout(this.timer);
    if (this.socket) this.socket.onclose = this.socket.onmessage = this.socket.onopen = null, this.socket.close();
    const url = new URL(`live/${this.kind}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.search = "";
    this.socket = new WebSocket(url);
    this.socket.onopen = () => {
      this.wait = 500;
      for (const asked of this.open) this.socket.send(asked.text);
    };
    this.socket.onmessage = (event) => this.read(JSON.parse(event.data));
    this.socket.onclose = (event) => {
      if (event.code === 4403 || event.code === 4404) return;
      document.body.classList.add("offline");
      say("The line to the server is down. It is tried again; nothing that was taken is lost.");
      this.timer = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(2 * this.wait, 4000);
    };
  }
  wake() {
    if (document.hidden) this.left = Date.now();
    else if (this.socket.readyState === WebSocket.CLOSED || (this.left && Date.now() - this.left > RESTED)) this.connect();
  }
  read(message) {
    if (message.gone) this.leave(message.gone);
    else if (message.state) {
      if (document.body.classList.contains("offline") || !this.seen) say("");
      document.body.classList.remove("offline");
      this.seen = true;
      this.ends = message.left === null ? null : performance.now() + 1000 * message.left;
      this.show(message.state);
      this.tick();
    } else if ("of" in message) {
      const at = this.open.findIndex((asked) => asked.id === message.of);
      const [asked] = at < 0 ? [null] : this.open.splice(at, 1);
      say(message.error);
      if (asked && asked.then) asked.then(message.error || "");
    } else if (message.error) say(message.error);
  }
  leave(sentence) {
    const again = this.kind === "player" ? [make("p", {}, make("a", { href: "./", class: "button", text: "To the door" }))] : [];
    const head = document.querySelector("header");
    if (head) head.hidden = true;
    document.querySelector("main").replaceChildren(make("h1", { text: "That was it" }), make("p", { text: sentence, class: "wrong", role: "alert" }), ...again);
  }
  tick() {
    const el = $("clock"), seconds = this.ends === null ? null : Math.max(0, Math.ceil((this.ends - performance.now()) / 1000));
    if (el) write(el, seconds === null ? "" : `${seconds} s left`);
    if (this.ticked) this.ticked(seconds);
  }
  /** Asks for something; `then` gets "" or the sentence that refuses it. */
  ask(command, values = {}, then = null) {
    const id = `${this.name}-${++this.count}`;
    const text = JSON.stringify({ do: command, id, ...values });
    this.open.push({ id, text, then });
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }
}
