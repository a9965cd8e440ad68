/* Breaks: begun and ended by the rider, through the outbox, so that they count from the tap and not from the network. */

import { Controller } from "/static/vendor/stimulus.js";
import { now, timeOfDay } from "./clock.js";
import { minutes, word } from "./words.js";

const VERBS = { start: "start_break", end: "end_break" };

export default class extends Controller {
  static targets = ["card", "since", "planned", "menu"];

  start({ detail: { outbox, shift } }) {
    Object.assign(this, { outbox, shift });
    this.draw();
  }

  /* When the break began as the rider left it, even if the server has not heard of it yet; null outside of one. */
  get since() {
    const last = this.outbox.items.filter((item) => item.kind === "break" && item.state === "waiting").at(-1);
    if (last) return last.verb === VERBS.start ? last.device_at : null;
    return this.ended ? null : this.shift()?.break_began_at ?? this.began ?? null;
  }

  draw() {
    if (!this.outbox) return;
    const shift = this.shift();
    if (shift?.break_began_at) this.began = null;
    else this.ended = false;
    const since = shift ? this.since : null;
    const begins = since && this.cardTarget.hidden;
    this.cardTarget.hidden = !since;
    if (begins) this.cardTarget.scrollIntoView({ block: "nearest" }); // it stands above what one had scrolled to
    if (since) this.sinceTarget.textContent = word("break_since", { time: timeOfDay(since) });
    this.menuTarget.hidden = !shift || Boolean(since);
    const is_planned = Boolean(shift?.planned_break_s && shift.break_from && !since && Date.parse(shift.break_from) > now().getTime());
    this.plannedTarget.hidden = !is_planned;
    if (is_planned) this.plannedTarget.textContent = word("break_planned", { time: minutes(shift.planned_break_s), from: timeOfDay(shift.break_from) });
  }

  begin({ currentTarget }) {
    currentTarget.closest("details")?.removeAttribute("open");
    this.tap("start");
  }

  end() { this.tap("end"); }

  async tap(verb) {
    const item = await this.outbox.add({ kind: "break", verb: VERBS[verb], path: `/shift/break/${verb}`, body: {} });
    Object.assign(this, verb === "start" ? { began: item.device_at, ended: false } : { began: null, ended: true });
    this.draw();
  }
}
