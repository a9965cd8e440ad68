/* The phone: holds the state (run, me, money), draws the views, and turns taps into outbox items. */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { announce, keepAwake } from "./alerts.js";
import { bikeChecked } from "./bike_check.js";
import { dayAndTime, now, restoreClock, setClock, timeOfDay } from "./clock.js";
import { changeHands } from "./hand.js";
import { Hazards } from "./hazards.js";
import { RunMap } from "./map_view.js";
import { renderMoney } from "./money_view.js";
import { Doing } from "./doing.js";
import { renderDone } from "./done_view.js";
import { MyRun } from "./my_run.js";
import { Offline, call } from "./net.js";
import { renderAction, renderList, renderNext, renderTurn, spoken, tickWaiting } from "./next_view.js";
import { OneTap } from "./one_tap.js";
import { OtherPages } from "./other_pages.js";
import { Outbox } from "./outbox.js";
import { offerParcels, troubled } from "./parcels.js";
import { isShared } from "./place_controller.js";
import { follow, lastPlace } from "./position.js";
import { ProofSheet } from "./proof_sheet.js";
import { clone, fill, put, show } from "./render.js";
import { nextVerb } from "./run_model.js";
import { openStore } from "./store.js";
import { Stream } from "./stream.js";
import { forgetPage } from "./shell.js";
import { Soon } from "./soon.js";
import { showReasons, whyEach } from "./why_view.js";
import { word } from "./words.js";

const TICK_MS = 1000;
const MONEY_EVERY_MS = 60000;
const EVERYTHING = ["run", "money", "hazards"];
const HAZARDS = ["run", "hazards"];
const FETCHED_AFTER = { // what an event can have changed; after any other event: everything
  RunChanged: ["run"], TaskMoved: ["run", "money"], PeriodClosed: ["money"], OfferMade: [], OfferAnswered: [], OpenBoardChanged: [], RiderNudged: [],
  HazardReported: HAZARDS, HazardChanged: HAZARDS, HazardOnTheWay: HAZARDS,
};

export default class extends Controller {
  static targets = ["view", "tab", "next", "list", "done", "map", "money", "start", "idle", "action", "main", "skip", "live", "unsent", "unsentList", "proof", "fail", "why", "note", "signedOut", "notKept", "said", "shiftLine", "profile", "flash"];
  static values = { member: String };

  async connect() {
    this.wanted = new Set();
    this.soon = new Soon(() => this.refreshWanted());
    this.store = await openStore(this.memberValue, (why) => this.notKept(why));
    this.outbox = new Outbox(this.store, new OtherPages(this.memberValue));
    this.my_run = new MyRun(this.store, this.outbox);
    this.proof_sheet = new ProofSheet(this.proofTarget, this.store);
    this.doing = new Doing(this);
    this.one_tap = new OneTap(this.actionTarget, this.element);
    this.run_map = new RunMap(this.mapTarget, this.element.dataset.tilesUrl || undefined);
    this.hazards = new Hazards(this.element, {
      store: this.store, outbox: this.outbox, map: this.run_map, flash: this.flashTarget,
      whereabouts: () => this.here ?? this.plan.stops[0]?.lonlat ?? this.me?.shift?.start ?? null,
      openMap: () => this.open("map"),
    });
    const [kept] = await Promise.all([this.store.all("clock", "me", "run", "money", "hazards"), this.outbox.load()]);
    this.begin(kept, JSON.parse(document.getElementById("phone-first")?.dataset.first ?? "{}"));
    this.is_ready = true;
    this.element.dataset.ready = "true";
    this.listen();
    this.dispatch("ready", { detail: { outbox: this.outbox, store: this.store, stream: this.stream, plan: () => this.plan, shift: () => this.shift, me: () => this.me, learn: (is_shared) => this.learnSharing(is_shared) } });
    await this.refresh();
    this.outbox.flush();
  }

  /* What the phone has kept; on its first look what the page itself brought. */
  begin(kept, first) {
    if (kept.clock) restoreClock(kept.clock);
    else if (first.me) this.setClock(first.me);
    this.me = kept.me ?? first.me;
    this.money = kept.money;
    if (kept.me) this.my_run.load(kept.run);
    else if (first.run) this.my_run.set(first.run);
    this.hazards.restore(kept.hazards);
    for (const source of [this.outbox, this.my_run]) source.addEventListener("changed", () => this.drawSoon());
    this.my_run.addEventListener("added", ({ detail }) => { announce(this.flashTarget); toast(word("new_work", { count: detail.length })); });
    this.outbox.addEventListener("sent", (event) => this.sent(event.detail));
    this.outbox.addEventListener("refused", ({ detail: { item, error } }) => { toast(item.number ? `${item.number}: ${error.message}` : error.message, { tone: "danger" }); this.refreshSoon(); });
    this.outbox.addEventListener("signed-out", () => { this.signedOutTarget.hidden = false; });
    this.open(window.location.hash.slice(1) || "next");
  }

  listen() {
    this.stream = new Stream("/app/api/live");
    this.stream.addEventListener("state", (event) => { this.liveTarget.dataset.state = event.detail; this.liveTarget.textContent = word(`live_${event.detail}`); });
    this.stream.addEventListener("changed", ({ detail: kind }) => (kind === "ShiftEnded" ? this.refresh() : this.refreshSoon(FETCHED_AFTER[kind])));
    this.stream.addEventListener("times", ({ detail }) => this.my_run.retime(detail));
    this.stream.addEventListener("hazard", ({ detail }) => this.hazards.warn(detail));
    this.stream.open();
    navigator.serviceWorker?.addEventListener("controllerchange", () => this.keepTiles());
    navigator.serviceWorker?.addEventListener("message", (event) => { if (event.data?.push) { this.refreshSoon(); this.outbox.flush(); } });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") this.refreshSoon(); });
    this.timers = [
      setInterval(() => this.tick(), TICK_MS),
      setInterval(() => { if (this.shift) this.refreshMoney(); }, MONEY_EVERY_MS),
    ];
  }

  disconnect() {
    this.stream?.close();
    this.soon?.cancel();
    for (const timer of this.timers ?? []) clearInterval(timer);
  }

  /* What the server knows. Each part may fail alone: the phone then keeps what it has. */
  async refresh() {
    try {
      const me = await call("/me");
      this.keep("me", me);
      this.setClock(me);
      this.signedOutTarget.hidden = true;
      await Promise.all([this.refreshRun(), this.refreshMoney(), this.hazards.refresh()]);
    } catch (error) {
      if (error.code === "other_member") await forgetPage();
      if (error.status === 401) this.signedOutTarget.hidden = false;
    }
    this.draw();
  }

  setClock({ server_time, clock_speed, coop }) {
    this.store.set("clock", setClock({ server_time, clock_speed, timezone: coop.timezone }));
  }

  refreshSoon(parts = EVERYTHING) {
    for (const part of parts) this.wanted.add(part);
    if (this.wanted.size > 0) this.soon.ask();
  }

  async refreshWanted() {
    const { wanted } = this;
    this.wanted = new Set();
    if (wanted.has("run")) await this.refreshRun().catch(() => {});
    if (wanted.has("money")) this.refreshMoney();
    if (wanted.has("hazards")) this.hazards.refresh();
  }

  async refreshRun() {
    await this.my_run.refresh();
    this.keepTiles();
  }

  async refreshMoney() {
    const money = await call("/earnings").catch(() => null);
    if (money) this.keep("money", money);
    if (this.element.dataset.open === "money") renderMoney(this.moneyTarget, this.money);
  }

  learnSharing(is_shared) {
    this.keep("me", { ...this.me, rider: { ...this.me.rider, shares_position: is_shared } });
    this.draw();
  }

  /* Stays on the screen for as long as it is so. */
  notKept(why) {
    this.notKeptTarget.hidden = !why;
    if (why) fill(this.notKeptTarget, { not_kept: word(`storage_${why}`) });
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

  get plan() { return this.my_run.plan; }

  /* Once for all that changes in one go, and still before the next frame. */
  drawSoon() {
    if (this.is_due) return;
    this.is_due = true;
    queueMicrotask(() => { this.is_due = false; this.draw(); });
  }

  /* Only what can be seen: the rest is drawn when it is opened. */
  draw() {
    if (!this.me) return;
    const { plan } = this;
    const [stop] = plan.stops;
    const { open } = this.element.dataset;
    const is_on = Boolean(this.shift);
    this.fromTheTop(open === "next" ? stop?.id : open);
    this.startTarget.hidden = is_on;
    this.idleTarget.hidden = !is_on || Boolean(stop);
    this.nextTarget.hidden = !stop;
    this.actionTarget.hidden = !stop || open !== "next";
    if (stop && open === "next") {
      renderNext(this.nextTarget, plan, this.here);
      renderAction(this.mainTarget, this.skipTarget, stop);
    }
    this.one_tap.means(this.actionTarget.hidden ? null : `${stop.id}:${nextVerb(stop)}`);
    this.say(stop && is_on ? spoken(stop) : "");
    if (open === "stops") {
      renderList(this.listTarget, plan);
      renderDone(this.doneTarget, plan);
      show(this.element, "list_empty", plan.stops.length === 0);
    }
    if (open === "money") renderMoney(this.moneyTarget, this.money);
    if (open === "map") this.run_map.draw(plan, this.here);
    fill(this.element, { done_count: plan.done_count > 0 ? word("done_count", { count: plan.done_count }) : "" });
    this.drawShift(is_on);
    this.drawUnsent(open);
    keepAwake(is_on && Boolean(stop));
    follow(is_on && isShared(this.me, this.outbox), (place) => this.moved(place));
    this.dispatch("drawn", { detail: { open } });
  }

  /* Another view or another stop is read from its beginning, however far down one was. */
  fromTheTop(shown) {
    if (shown !== this.shown) this.element.querySelector(".phone-main").scrollTop = 0;
    this.shown = shown;
  }

  /* Screen readers say it when it changes. */
  say(words) { if (this.saidTarget.textContent !== words) this.saidTarget.textContent = words; }

  moved({ lon, lat }) {
    this.here = [lon, lat];
    const [stop] = this.plan.stops;
    if (stop && this.element.dataset.open === "next") renderTurn(this.nextTarget, stop, this.here);
    if (this.element.dataset.open === "map") this.run_map.draw(this.plan, this.here);
  }

  drawShift(is_on) {
    const ends_at = this.shift?.ends_at;
    this.shiftLineTarget.textContent = is_on ? (ends_at ? word("on_until", { time: timeOfDay(ends_at) }) : word("on_shift")) : word("off_shift");
    const [planned] = this.me.shifts ?? [];
    fill(this.element, { rider_name: this.me.rider.name, planned: planned ? word("planned", { from: dayAndTime(planned.starts_at), to: timeOfDay(planned.ends_at) }) : "" });
    show(this.element, "sign_off", is_on);
  }

  drawUnsent(open) {
    const waiting = this.outbox.waiting.length;
    const refused = this.outbox.refused;
    this.unsentTarget.hidden = waiting + refused.length === 0;
    this.unsentTarget.dataset.tone = refused.length > 0 ? "danger" : "plain";
    fill(this.unsentTarget, { unsent_count: waiting + refused.length });
    if (open !== "unsent") return;
    put(this.unsentListTarget, this.outbox.items.map((item) => {
      const row = clone("t-unsent");
      row.dataset.seq = item.seq;
      row.querySelector("button").dataset.seq = item.seq;
      show(row, "drop", item.state === "refused");
      return fill(row, { what: [word(`act_${item.verb}`), item.number].filter(Boolean).join(" · "), when: timeOfDay(item.device_at), words: item.words || word(item.kind === "picture" ? "waits_picture" : "waits") });
    }));
  }

  tick() {
    const stop = this.plan.stops[0];
    if (stop && !this.nextTarget.hidden) tickWaiting(this.nextTarget, stop);
  }

  sent({ item, answer }) {
    if (item.kind === "shift") this.keep("me", { ...this.me, shift: item.verb === "on" ? answer.shift : null });
    if (item.kind === "shift" || item.kind === "break" || item.body.cannot_ride) this.refresh();
    else this.refreshSoon(FETCHED_AFTER.TaskMoved);
  }

  keepTiles() {
    const template = this.element.dataset.tilesUrl;
    const worker = navigator.serviceWorker?.controller;
    const { stops } = this.plan;
    if (!template || !worker || stops.length === 0) return;
    import("./tiles.js").then(({ tilesAlong }) => worker.postMessage({ tiles: tilesAlong(stops, template) }));
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
    this.dispatch("opened", { detail: known });
    if (this.me) this.draw();
    return shown;
  }

  async signOn() {
    const profile = this.profileTargets.find((input) => input.checked)?.value ?? null;
    const [planned] = this.me.shifts ?? [];
    await this.outbox.add({ kind: "shift", verb: "on", path: "/shift/on", body: { ...lonLat(), ...(profile ? { profile } : {}), ...bikeChecked(this.startTarget), ...(planned && isNear(planned) ? { shift_id: planned.id } : {}) } });
  }

  async signOff({ currentTarget }) {
    currentTarget.closest("details")?.removeAttribute("open");
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

  async advance() { await this.one_tap.take(() => this.doing.advance()); }
  async arriveNow() { await this.one_tap.take(() => this.doing.arrive()); }

  async fail({ params }) {
    this.failTarget.close();
    await this.doing.fail(params.reason, this.troubled);
  }

  async notYet({ params }) { await this.one_tap.once(() => this.doing.notYet(params.verb)); }
  async correct({ params }) { await this.one_tap.once(() => this.doing.correct(params.task)); }

  /* The next stop with the parcels that are ticked in the dialog of troubles. */
  get troubled() { return troubled(this.failTarget, this.plan.stops[0]); }

  openFail() {
    offerParcels(this.failTarget, this.plan.stops[0]);
    this.failTarget.showModal();
  }

  closeFail() { this.failTarget.close(); }
  closeProof() { this.proofTarget.close(); }
  closeNote() { this.noteTarget.close(); }

  openNote() {
    this.noteTarget.querySelector("form").reset();
    this.noteTarget.showModal();
  }

  async note({ target }) {
    const text = new FormData(target).get("text").trim();
    if (text) await this.doing.note(text);
  }

  async whyMe({ params }) {
    const stop = this.plan.stops.find(({ id }) => id === params.stop) ?? this.plan.stops[0];
    await this.explain(word("why_me"), () => whyEach(stop.tasks, (id) => call(`/tasks/${id}/why`)));
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

  otherHand() { changeHands(); }
}

function lonLat() {
  const { lon, lat } = lastPlace();
  return lon === undefined ? {} : { lon, lat };
}

function isNear(shift) { return Date.parse(shift.starts_at) - now().getTime() < 45 * 60000; }
