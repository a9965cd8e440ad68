/* This phone as a place that messages reach, and leaving it: what waits goes out first, and nothing about people stays behind. */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { Offline, call } from "./net.js";
import { isPushOn, renewPush, turnPushOff, turnPushOn } from "./push.js";
import { fill } from "./render.js";
import { forgetPage } from "./shell.js";
import { word } from "./words.js";

const SENDING_MS = 5000;

export default class extends Controller {
  static targets = ["unsent"];

  start({ detail: { outbox, store } }) {
    Object.assign(this, { outbox, store });
    outbox.pages.hear(({ name }) => { if (name === "left") this.leave(); });
    outbox.addEventListener("sent", ({ detail: { item } }) => { if (item.kind === "shift" && item.verb === "on") this.renew(); });
    return this.draw();
  }

  /* Browsers drop subscriptions, and a shared phone changes hands: who signs on is who is told. */
  async renew() {
    if ((await this.store.get("messages")) || (await isPushOn())) await renewPush().catch(() => {});
  }

  async draw() { fill(this.element, { push_state: word((await isPushOn()) ? "push_stop" : "push_start") }); }

  async switchMessages({ currentTarget }) {
    currentTarget.closest("details")?.removeAttribute("open");
    const outcome = await ((await isPushOn()) ? turnPushOff() : turnPushOn()).catch((error) => (error instanceof Offline ? "offline" : "unavailable"));
    if (["on", "off"].includes(outcome)) await this.store.set("messages", outcome === "on");
    toast(word(outcome === "offline" ? "needs_network" : `push_${outcome}`), { tone: ["on", "off"].includes(outcome) ? "info" : "danger" });
    await this.draw();
  }

  /* Other pages come from the server: without a network the phone says so, and stays. */
  async follow(event) {
    const link = event.target.closest("a[href^='/']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await call("/me").catch((error) => error);
    if (answer instanceof Offline) toast(word("needs_network"), { tone: "danger" });
    else window.location.assign(link.href);
  }

  /* Whoever signs in next on this phone must not meet this page, nor the recipients that it shows. */
  async signOut(event) {
    event.preventDefault();
    const form = event.target;
    const me = await call("/me").catch((error) => error);
    if (me instanceof Offline) {
      toast(word("needs_network"), { tone: "danger" });
      return;
    }
    this.outbox.release();
    await Promise.race([this.outbox.flush(), new Promise((done) => { setTimeout(done, SENDING_MS); })]);
    if (this.outbox.waiting.length > 0 && !(await this.isSure())) return;
    await turnPushOff().catch(() => {});
    this.application.getControllerForElementAndIdentifier(this.element, "phone").disconnect();
    await forgetPage({ and_load: false });
    await this.store.forget();
    this.outbox.pages.tell("left");
    if (me.csrf_token) form.elements.csrf_token.value = me.csrf_token; // the page may have come from the phone, with an old one
    form.submit();
  }

  /* Another page of this phone signed out: this one shows recipients, too. What it alone has stays on the screen. */
  async leave() {
    if (this.outbox.items.some(({ is_unkept }) => is_unkept)) return;
    await this.store.forget();
    window.location.assign("/login");
  }

  isSure() {
    const dialog = this.unsentTarget;
    fill(dialog, { leaving: word("leaving_unsent", { count: this.outbox.waiting.length }) });
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((done) => { dialog.addEventListener("close", () => done(dialog.returnValue === "leave"), { once: true }); });
  }
}
