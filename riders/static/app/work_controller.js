/* Work that waits for the rider's own yes. Answers go through the phone's outbox, so they outlive dead zones; the server
   says what they came to. Lives beside the phone's controller and starts when that one is ready. */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { announce } from "./alerts.js";
import { now } from "./clock.js";
import { Offline, call } from "./net.js";
import { field, put, show } from "./render.js";
import { Soon } from "./soon.js";
import { colleagueButton, countDown, givable, myOrder, nudgeCard, offerCard, openOrder, returnButton, runOut } from "./work_view.js";
import { word } from "./words.js";

const LOOK_AGAIN_MS = 20000;
const ELSEWHERE = new Set(["RunChanged", "TaskMoved", "HazardReported", "HazardChanged", "HazardOnTheWay", "PeriodClosed"]); // ask nobody for a yes
const NOTHING = { offers: [], asked: [], board: [], colleagues: [], nudge: null };

export default class extends Controller {
  static targets = ["offers", "nudge", "board", "none", "mine", "orders"];

  async start({ detail: { outbox, store, stream, plan } }) {
    Object.assign(this, { outbox, store, plan });
    this.work = (await store.get("work")) ?? NOTHING;
    this.soon = new Soon(() => this.refresh());
    this.hidden = await store.get("hidden_nudge");
    outbox.addEventListener("sent", ({ detail }) => { if (detail.item.kind === "choice") this.sent(detail); else if (detail.item.kind === "shift") this.shifted(detail); });
    outbox.addEventListener("refused", ({ detail }) => { if (detail.item.kind === "choice") this.soon.ask(); });
    stream.addEventListener("changed", ({ detail: kind }) => { if (kind === "OpenBoardChanged" ? this.element.dataset.open === "work" : !ELSEWHERE.has(kind)) this.soon.ask(); });
    navigator.serviceWorker?.addEventListener("message", (event) => {
      if (event.data?.push === "test") toast(word("push_arrived"));
      if (event.data?.push) this.soon.ask();
    });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") this.soon.ask(); });
    this.timer = setInterval(() => this.look(), LOOK_AGAIN_MS);
    this.draw();
    await this.refresh();
  }

  disconnect() {
    clearInterval(this.timer);
    this.soon?.cancel();
  }

  /* Offers whose time is over leave the screen by themselves, with or without a network. */
  look() {
    if (this.work.offers.some((offer) => Date.parse(offer.expires_at) <= now().getTime())) this.soon.ask();
    this.draw();
  }

  opened({ detail: view }) { if (view === "work" && this.work) this.soon.ask(); } // colleagues come and go without a word

  async refresh() {
    const work = await call("/work").catch(() => null);
    if (work) {
      const known = new Set(this.work.offers.map((offer) => offer.id));
      const is_news = work.offers.some((offer) => !known.has(offer.id));
      this.work = work;
      this.store.set("work", work);
      if (is_news) announce(document.querySelector(".phone-flash"));
    }
    this.draw();
  }

  /* What was decided here and has not reached the server yet, by what it is about. */
  get decided() {
    const waiting = this.outbox.items.filter((item) => item.kind === "choice" && item.state === "waiting");
    return new Map(waiting.map((item) => [item.path.split("/")[2], item.verb]));
  }

  draw() {
    if (!this.work) return;
    const decided = this.decided;
    const open = this.work.offers.filter((offer) => Date.parse(offer.expires_at) > now().getTime() || decided.has(offer.id));
    this.drawOffers(open, decided);
    this.drawNudge(open.length);
    if (this.element.dataset.open !== "work") return;
    put(this.boardTarget, this.work.board.map((order) => openOrder(order, decided.has(order.order_id))));
    this.noneTarget.hidden = this.work.board.length > 0;
    this.drawMine(decided);
  }

  /* Cards that are there already stay: only their time goes on. */
  drawOffers(open, decided) {
    const undecided = new Map(open.filter(({ id }) => !decided.has(id)).map((offer) => [offer.id, offer]));
    for (const card of this.offersTarget.children) countDown(card, undecided.get(card.dataset.offer));
    put(this.offersTarget, open.map((offer) => offerCard(offer, decided.get(offer.id), this.swapOf(offer))));
    this.offersTarget.hidden = open.length === 0;
    for (const card of this.offersTarget.children) if (undecided.has(card.dataset.offer)) runOut(card, undecided.get(card.dataset.offer));
  }

  /* What the rider gave in return for a colleague's order, and whether there is anything to give. */
  swapOf({ id }) {
    const question = this.work.asked.find((asked) => asked.swap_for_id === id);
    const place = givable(this.plan()).find(({ order_id }) => order_id === question?.order_id)?.dropoff;
    return { swap: question ? { question, place: place || question.order_number } : null, is_swappable: this.givableNow().length > 0 };
  }

  /* Own orders that nobody is asked about yet and that are not on their way back. */
  givableNow() {
    const { decided } = this;
    const asked = new Set(this.work.asked.map(({ order_id }) => order_id));
    return givable(this.plan()).filter(({ order_id }) => !asked.has(order_id) && !decided.has(order_id));
  }

  /* Only while there is nothing to do: work comes first. */
  drawNudge(offers) {
    const nudge = this.work.nudge;
    const is_of_use = nudge && nudge.id !== this.hidden && offers === 0 && this.plan().stops.length === 0;
    const is_over = !is_of_use || Date.parse(nudge.ends_at) <= now().getTime();
    put(this.nudgeTarget, is_over ? [] : [nudgeCard(nudge)]);
    this.nudgeTarget.hidden = is_over;
  }

  /* Who just did their last stop may be nudged, and events about stops did not ask for that. */
  drawn() {
    if (!this.plan) return;
    const is_idle = this.plan().stops.length === 0;
    if (is_idle && this.is_idle === false) this.soon.ask();
    this.is_idle = is_idle;
    this.draw();
  }

  hideNudge() {
    this.hidden = this.work.nudge.id;
    this.store.set("hidden_nudge", this.hidden);
    this.draw();
  }

  drawMine(decided) {
    const mine = givable(this.plan()).filter(({ order_id }) => decided.get(order_id) !== "hand-back");
    const question = (order_id) => this.work.asked.find((asked) => asked.order_id === order_id);
    put(this.ordersTarget, mine.map((order) => myOrder(order, question(order.order_id), this.work.colleagues.length > 0)));
    this.mineTarget.hidden = mine.length === 0;
  }

  /* Taps */

  accept(event) { this.answer(event, "accept"); }
  decline(event) { this.answer(event, "decline"); }

  answer(event, verb) {
    this.choose(verb, `/offers/${event.currentTarget.closest("[data-offer]").dataset.offer}/${verb}`);
  }

  /* A race with others: what is picked without a network is somebody else's when it gets through. */
  async pick(event) {
    const order_id = orderOf(event);
    if (await this.isOnline()) this.choose("pick", `/orders/${order_id}/pick`);
  }

  handBack(event) { this.choose("hand-back", `/orders/${orderOf(event)}/hand-back`); }

  withdraw(event) { this.choose("withdraw", `/offers/${event.currentTarget.closest("[data-question]").dataset.question}/withdraw`); }

  chooseColleague(event) {
    const order_id = orderOf(event);
    const dialog = document.getElementById("work-colleagues");
    put(field(dialog, "names"), this.work.colleagues.map((colleague) => colleagueButton(colleague, order_id)));
    show(dialog, "nobody", this.work.colleagues.length === 0);
    this.open(dialog);
  }

  chooseReturn(event) {
    const offer_id = event.currentTarget.closest("[data-offer]").dataset.offer;
    const dialog = document.getElementById("work-returns");
    put(field(dialog, "orders"), this.givableNow().map((order) => returnButton(order, offer_id)));
    this.open(dialog);
  }

  /* The dialogs lie outside of the phone's element, so their taps are read here. */
  open(dialog) {
    this.tapped ??= ({ target, currentTarget }) => this.inDialog(target.closest("button"), currentTarget);
    dialog.addEventListener("click", this.tapped);
    dialog.showModal();
  }

  inDialog(button, dialog) {
    if (!button) return;
    dialog.close();
    const { rider, order, offer } = button.dataset;
    if (rider) this.choose("ask", `/orders/${order}/ask`, { rider_id: rider });
    if (offer) this.choose("swap", `/offers/${offer}/swap`, { order_id: order });
  }

  choose(verb, path, body = {}) {
    return this.outbox.add({ kind: "choice", verb, path, body });
  }

  async isOnline() {
    try {
      await call("/work");
      return true;
    } catch (error) {
      toast(error instanceof Offline ? word("needs_network") : error.message, { tone: "danger" });
      return false;
    }
  }

  /* Who goes early need not wonder what becomes of the stops. */
  shifted({ item, answer }) {
    if (item.verb === "off" && answer.handed_back?.length > 0) toast(word("work_handed_over"));
    this.soon.ask();
  }

  sent({ item, answer }) {
    const done = `work_did_${item.verb.replace("-", "_")}`;
    const said = word(done);
    if (said !== done && (item.verb !== "accept" || answer.state === "accepted")) toast(said);
    this.soon.ask();
  }
}

function orderOf(event) { return event.currentTarget.closest("[data-order]").dataset.order; }
