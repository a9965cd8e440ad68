/* The phone: holds the state (run, me, money), draws the views, and turns taps into outbox items. */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { allowSound, announce, keepAwake } from "./alerts.js";
import { bikeChecked } from "./bike_check.js";
import { dayAndTime, now, restoreClock, setClock, timeOfDay } from "./clock.js";
import { Hazards } from "./hazards.js";
import { RunMap } from "./map_view.js";
import { renderMoney } from "./money_view.js";
import { Offline, call, fetchRun } from "./net.js";
import { renderAction, renderList, renderNext, tickWaiting } from "./next_view.js";
import { Outbox } from "./outbox.js";
import { follow, lastPlace } from "./position.js";
import { ProofSheet } from "./proof_sheet.js";
import { clone, fill, put, show } from "./render.js";
import { freshTasks, kindOf, nextVerb, proofsNeeded, withActions } from "./run_model.js";
import { openStore } from "./store.js";
import { Stream } from "./stream.js";
import { showReasons } from "./why_view.js";
import { word } from "./words.js";

const TICK_MS = 1000;
const MONEY_EVERY_MS = 60000;

export default class extends Controller {
  static targets = ["view", "tab", "next", "list", "map", "money", "start", "idle", "action", "main", "skip", "live", "unsent", "unsentList", "proof", "fail", "why", "signedOut", "shiftLine", "profile", "flash"];
  static values = { member: String };

  async connect() {
    this.store = await openStore(this.memberValue, () => this.noRoom());
    this.outbox = new Outbox(this.store);
    this.proof_sheet = new ProofSheet(this.proofTarget, this.store);
    this.run_map = new RunMap(this.mapTarget, this.element.dataset.tilesUrl || undefined);
    this.hazards = new Hazards(this.element, {
      store: this.store, outbox: this.outbox, map: this.run_map, flash: this.flashTarget,
      whereabouts: () => this.here ?? this.plan.stops[0]?.lonlat ?? this.me?.shift?.start ?? null,
      openMap: () => this.open("map"),
    });
    restoreClock(await this.store.get("clock"));
    this.me = await this.store.get("me");
    this.run = await this.store.get("run");
    this.money = await this.store.get("money");
    await this.outbox.load();
    await this.hazards.restore();
    this.outbox.addEventListener("changed", () => this.draw());
    this.outbox.addEventListener("sent", (event) => this.sent(event.detail));
    this.outbox.addEventListener("refused", (event) => this.refused(event.detail));
    this.outbox.addEventListener("signed-out", () => { this.signedOutTarget.hidden = false; });
    this.open(window.location.hash.slice(1) || "next");
    this.draw();
    this.is_ready = true;
    this.element.dataset.ready = "true";
    this.listen();
    this.dispatch("ready", { detail: { outbox: this.outbox, store: this.store, stream: this.stream, plan: () => this.plan, shift: () => this.shift } });
    await this.refresh();
    this.outbox.flush();
  }

  listen() {
    this.stream = new Stream("/app/api/live");
    this.stream.addEventListener("state", (event) => { this.liveTarget.dataset.state = event.detail; this.liveTarget.textContent = word(`live_${event.detail}`); });
    this.stream.addEventListener("changed", () => this.refreshSoon());
    this.stream.addEventListener("hazard", ({ detail }) => this.hazards.warn(detail));
    this.stream.open();
    navigator.serviceWorker?.addEventListener("message", (event) => { if (event.data?.push) { this.refreshSoon(); this.outbox.flush(); } });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") this.refreshSoon(); });
    this.timers = [
      setInterval(() => this.tick(), TICK_MS),
      setInterval(() => { if (this.shift) this.refreshMoney(); }, MONEY_EVERY_MS),
    ];
  }

  disconnect() {
    this.stream?.close();
    for (const timer of this.timers ?? []) clearInterval(timer);
  }

  /* What the server knows. Each part may fail alone: the phone then keeps what it has. */
  async refresh() {
    try {
      const me = await call("/me");
      this.keep("me", me);
      this.store.set("clock", setClock({ server_time: me.server_time, clock_speed: me.clock_speed, timezone: me.coop.timezone }));
      this.signedOutTarget.hidden = true;
      await Promise.all([this.refreshRun(), this.refreshMoney(), this.hazards.refresh()]);
    } catch (error) {
      if (error.status === 401) this.signedOutTarget.hidden = false;
    }
    this.draw();
  }

  refreshSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(async () => { await this.refreshRun().catch(() => {}); this.refreshMoney(); this.hazards.refresh(); }, 80);
  }

  async refreshRun() {
    const fresh = await fetchRun(this.run?.tag);
    if (!fresh) return;
    const added = freshTasks(this.run, fresh);
    const is_first = !this.run;
    this.keep("run", fresh);
    this.draw();
    if (added.length > 0 && !is_first) {
      announce(this.flashTarget);
      toast(word("new_work", { count: added.length }));
    }
    this.keepTiles();
  }

  async refreshMoney() {
    const money = await call("/earnings").catch(() => null);
    if (money) this.keep("money", money);
    renderMoney(this.moneyTarget, this.money);
  }

  /* Said once, not at every write. */
  noRoom() {
    this.was_full ??= toast(word("storage_full"), { tone: "danger" });
  }

  keep(key, value) {
    this[key] = value;
    this.store.set(key, value);
  }

  /* The shift as the rider left it, even if the server has not heard of it yet. */
  get shift() {
    const last = this.outbox.items.filter((item) => item.kind === "shift" && item.state === "waiting").at(-1);
    if (last) return last.verb === "on" ? { starts_at: last.device_at, signed_on_at: last.device_at, ends_at: null } : null;
    return this.me?.shift ?? null;
  }

  get actions() {
    return this.outbox.items.filter((item) => item.kind === "action" && item.state === "waiting");
  }

  get plan() { return withActions(this.run?.run ? this.run : null, this.actions) ?? { stops: [], done_count: 0 }; }

  draw() {
    if (!this.me) return;
    const plan = this.plan;
    const stop = plan.stops[0];
    const is_on = Boolean(this.shift);
    this.startTarget.hidden = is_on;
    this.idleTarget.hidden = !is_on || Boolean(stop);
    this.nextTarget.hidden = !stop;
    this.actionTarget.hidden = !stop || this.element.dataset.open !== "next";
    if (stop) {
      renderNext(this.nextTarget, plan);
      renderAction(this.mainTarget, this.skipTarget, stop);
    }
    renderList(this.listTarget, plan);
    show(this.element, "list_empty", plan.stops.length === 0);
    fill(this.element, { done_count: plan.done_count > 0 ? word("done_count", { count: plan.done_count }) : "" });
    renderMoney(this.moneyTarget, this.money);
    this.run_map.draw(plan, this.here);
    this.drawShift(is_on);
    this.drawUnsent();
    keepAwake(is_on && Boolean(stop));
    follow(is_on && this.me.rider.shares_position, (place) => { this.here = [place.lon, place.lat]; });
    this.dispatch("drawn");
  }

  drawShift(is_on) {
    const ends_at = this.shift?.ends_at;
    this.shiftLineTarget.textContent = is_on ? (ends_at ? word("on_until", { time: timeOfDay(ends_at) }) : word("on_shift")) : word("off_shift");
    const [planned] = this.me.shifts ?? [];
    fill(this.element, { rider_name: this.me.rider.name, planned: planned ? word("planned", { from: dayAndTime(planned.starts_at), to: timeOfDay(planned.ends_at) }) : "" });
    show(this.element, "sign_off", is_on);
  }

  drawUnsent() {
    const waiting = this.outbox.waiting.length;
    const refused = this.outbox.refused;
    this.unsentTarget.hidden = waiting + refused.length === 0;
    this.unsentTarget.dataset.tone = refused.length > 0 ? "danger" : "plain";
    fill(this.unsentTarget, { unsent_count: waiting + refused.length });
    put(this.unsentListTarget, this.outbox.items.map((item) => {
      const row = clone("t-unsent");
      row.dataset.seq = item.seq;
      row.querySelector("button").dataset.seq = item.seq;
      show(row, "drop", item.state === "refused");
      return fill(row, { what: word(`act_${item.verb}`), when: timeOfDay(item.device_at), words: item.words || word(item.kind === "picture" ? "waits_picture" : "waits") });
    }));
  }

  tick() {
    const stop = this.plan.stops[0];
    if (stop && !this.nextTarget.hidden) tickWaiting(this.nextTarget, stop);
  }

  /* The server has it: lay it over the kept run for good, then fetch what follows from it. */
  sent({ item, answer }) {
    if (item.kind === "action" && this.run) this.keep("run", { ...withActions(this.run, [item]), tag: null });
    if (item.kind === "shift") this.keep("me", { ...this.me, shift: item.verb === "on" ? answer.shift : null });
    if (item.kind === "shift" || item.kind === "break") this.refresh();
    else this.refreshSoon();
  }

  /* Something happened meanwhile: say what, and look at how things stand. */
  refused({ error }) {
    toast(error.message, { tone: "danger" });
    if (this.run) this.keep("run", { ...this.run, tag: null });
    this.refreshSoon();
  }

  keepTiles() {
    const template = this.element.dataset.tilesUrl;
    const worker = navigator.serviceWorker?.controller;
    if (!template || !worker || !this.run?.stops.length) return;
    import("./tiles.js").then(({ tilesAlong }) => worker.postMessage({ tiles: tilesAlong(this.run.stops, template) }));
  }

  /* Taps */

  go({ currentTarget }) {
    currentTarget.closest("details")?.removeAttribute("open");
    this.open(currentTarget.dataset.view);
  }

  open(name) {
    const known = this.viewTargets.some((view) => view.dataset.view === name) ? name : "next";
    for (const view of this.viewTargets) view.hidden = view.dataset.view !== known;
    for (const tab of this.tabTargets) {
      if (tab.dataset.view === known) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    this.element.dataset.open = known;
    window.history.replaceState(null, "", `#${known}`);
    const shown = known !== "map" ? null : this.run_map.open(this.plan, this.here ?? this.shift?.start ?? this.me?.shifts?.[0]?.start);
    if (known === "money") this.refreshMoney();
    if (this.me) this.draw();
    return shown;
  }

  async signOn() {
    allowSound();
    const profile = this.profileTargets.find((input) => input.checked)?.value ?? null;
    const [planned] = this.me.shifts ?? [];
    await this.outbox.add({ kind: "shift", verb: "on", path: "/shift/on", body: { ...lonLat(), ...(profile ? { profile } : {}), ...bikeChecked(this.startTarget), ...(planned && isNear(planned) ? { shift_id: planned.id } : {}) } });
  }

  async signOff() {
    if (this.plan.stops.some((stop) => stop.tasks.some((task) => task.kind === "dropoff" && this.isOnBoard(task)))) {
      toast(word("still_on_board"), { tone: "danger" });
      return;
    }
    this.outbox.release();
    await this.outbox.add({ kind: "shift", verb: "off", path: "/shift/off", body: {} });
    this.open("next");
  }

  isOnBoard(task) {
    return !this.plan.stops.some((stop) => stop.tasks.some((other) => other.order_id === task.order_id && other.kind === "pickup"));
  }

  async advance() {
    allowSound();
    const stop = this.plan.stops[0];
    const verb = nextVerb(stop);
    if (verb === "complete") await this.complete(stop);
    else await this.actOn(stop, verb);
  }

  async arriveNow() { await this.actOn(this.plan.stops[0], "arrive"); }

  async actOn(stop, verb) {
    for (const task of stop.tasks.filter((item) => item.state !== "arrived")) await this.act(task, verb);
  }

  async complete(stop) {
    const needed = proofsNeeded(stop);
    const proofs = needed.length > 0 ? await this.proof_sheet.ask(stop.id, needed) : [];
    if (proofs) await this.finish(stop, proofs);
  }

  /* All parcels for one door at once. `left`: with a neighbour or in a safe place, by the proof for that. */
  async finish(stop, proofs, left = null) {
    const done = [];
    for (const task of stop.tasks) done.push(await this.completeTask(task, proofs, left));
    await this.store.dropDraft(left ? `${stop.id}:${left}` : stop.id);
    this.offerUndo(done, word(`did_${left ?? kindOf(stop)}`));
    this.setOff();
  }

  async completeTask(task, proofs, left) {
    const wanted = new Set([...task.required_proof, ...(task.has_code ? ["code"] : []), ...(left ? proofs.map(({ kind }) => kind) : [])]);
    const mine = proofs.filter(({ kind, task_id }) => wanted.has(kind) && (kind !== "code" || task_id === task.id));
    const named = mine.map((proof) => ({ ...proof, client_uuid: crypto.randomUUID() }));
    const body = { ...(left ? { reason: left } : {}), proofs: named.map(({ client_uuid, kind, text }) => ({ client_uuid, kind, ...(text ? { text } : {}) })) };
    const item = await this.act(task, "complete", body, true);
    for (const { blob, client_uuid, kind } of named.filter((proof) => proof.blob)) {
      await this.outbox.add({ kind: "picture", verb: kind, path: `/tasks/${task.id}/proofs`, body: { client_uuid, kind }, blob, task_id: task.id });
      this.outbox.items.at(-1).with_seq = item.seq;
    }
    return item;
  }

  /* The next stop begins when this one ends: one tap less. */
  async setOff() {
    const next = this.plan.stops[0];
    if (next && next.tasks.every((task) => task.state === "assigned")) await this.actOn(next, "start");
  }

  async fail(event) {
    const { reason } = event.params;
    this.failTarget.close();
    const stop = this.plan.stops[0];
    const done = [];
    for (const task of stop.tasks) done.push(await this.act(task, "fail", { reason }, true));
    this.offerUndo(done, word(stop.tasks[0].kind === "dropoff" ? "did_fail_dropoff" : "did_fail_pickup"));
  }

  openFail() { this.failTarget.showModal(); }
  closeFail() { this.failTarget.close(); }
  closeProof() { this.proofTarget.close(); }

  act(task, verb, body = {}, may_undo = false) {
    return this.outbox.add({ kind: "action", verb, path: `/tasks/${task.id}/${verb}`, body: { ...lonLat(), ...body }, task_id: task.id, may_undo });
  }

  offerUndo(items, message) {
    this.undo_toast?.remove();
    this.undo_toast = toast(message, { action: { label: word("undo"), run: async () => {
      const after = this.actions.filter((item) => item.verb === "start" && item.seq > items.at(-1).seq);
      for (const item of [...after, ...items].reverse()) {
        if (!(await this.outbox.takeBack(item.seq)) && item.verb === "complete") await this.act({ id: item.task_id }, "restore");
      }
      this.refreshSoon();
    } } });
  }

  async whyMe() {
    const [task] = this.plan.stops[0].tasks;
    await this.explain(word("why_me"), async () => [await call(`/tasks/${task.id}/why`)]);
  }

  async whyNot() { await this.explain(word("why_not"), async () => (await call("/why-not")).orders); }

  async explain(title, ask) {
    try {
      showReasons(this.whyTarget, title, await ask());
    } catch (error) {
      toast(error instanceof Offline ? word("needs_network") : error.message, { tone: "danger" });
    }
  }

  closeWhy() { this.whyTarget.close(); }
  askPay(event) { this.ask("pay", event.currentTarget.dataset.source); }
  askDecision(event) { this.ask("decision", event.currentTarget.dataset.decision); }

  async ask(kind, subject) {
    await this.outbox.add({ kind: "question", verb: "ask", path: "/questions", body: { kind, subject } });
    toast(word("asked"));
  }

  async dropUnsent(event) { await this.outbox.dismiss(Number(event.currentTarget.dataset.seq)); }

  async tellMe(event) {
    const { turnPushOn } = await import("./push.js");
    const outcome = await turnPushOn().catch(() => "unavailable");
    toast(word(`push_${outcome}`), { tone: outcome === "on" ? "info" : "danger" });
    event.target.closest("details")?.removeAttribute("open");
  }

  otherHand() {
    const is_left = document.body.classList.toggle("left-handed");
    localStorage.setItem("hand", is_left ? "left" : "right");
  }
}

function lonLat() {
  const { lon, lat } = lastPlace();
  return lon === undefined ? {} : { lon, lat };
}

function isNear(shift) { return Date.parse(shift.starts_at) - now().getTime() < 45 * 60000; }
