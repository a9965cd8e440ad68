/* The switch of one's own position, on the phone itself. Off counts at once, also without a network, and goes on by the outbox;
   on needs the server, so that no late yes undoes a no that was said elsewhere meanwhile. */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { Offline, call } from "./net.js";
import { fill } from "./render.js";
import { word } from "./words.js";

const PATH = "/position/sharing";

export default class extends Controller {
  async start({ detail: { outbox, me, learn } }) {
    Object.assign(this, { outbox, me, learn });
    outbox.addEventListener("sent", ({ detail }) => { if (detail.item.kind === "privacy") learn(false); });
    this.draw();
    this.permission = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
    this.permission?.addEventListener("change", () => this.draw());
    this.draw();
  }

  /* What the rider shares and the browser withholds is shared with nobody. */
  get is_denied() { return this.permission?.state === "denied"; }

  draw() {
    if (!this.outbox) return;
    fill(this.element, { place_state: word(isShared(this.me(), this.outbox) ? (this.is_denied ? "place_denied" : "place_shared") : "place_hidden") });
  }

  async change({ currentTarget }) {
    currentTarget.closest("details")?.removeAttribute("open");
    if (isShared(this.me(), this.outbox)) {
      await this.outbox.add({ kind: "privacy", verb: "hide_place", path: PATH, body: { is_shared: false } });
      toast(word("place_now_hidden"));
      return;
    }
    try {
      await call(PATH, { method: "POST", body: { client_uuid: crypto.randomUUID(), is_shared: true } });
      this.learn(true);
      toast(word(this.is_denied ? "place_not_allowed" : "place_now_shared"), { tone: this.is_denied ? "danger" : "info" });
    } catch (error) {
      toast(error instanceof Offline ? word("needs_network") : error.message, { tone: "danger" });
    }
  }
}

/* As the rider left it, even if the server has not heard of it yet. */
export function isShared(me, outbox) {
  return Boolean(me?.rider.shares_position) && !outbox.waiting.some(({ kind }) => kind === "privacy");
}
