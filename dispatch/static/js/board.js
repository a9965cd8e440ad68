/* The coordinators' board: keeps lists and map fresh, opens orders, and sends decisions with the version they were made on.
   A refused version (412) says so and shows what is there now; nothing is overwritten silently. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { BoardMap } from "/static/js/board_map.js";
import { enableDragging } from "/static/js/board_drag.js";
import { isSure } from "/static/js/sure.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { request } from "/static/js/http.js";

const COALESCE_MS = 300;
const LEAST_BETWEEN_MS = 1000;
const SAFETY_MS = 60000; // times move although nothing happens
const CHANGES = ["OrderPlaced", "OrderStatusChanged", "OrderCancelled", "OrderDelivered", "TaskMoved", "RunChanged", "PlanProposed", "OfferMade", "OfferAnswered", "OpenBoardChanged", "ShiftStarted", "ShiftEnded", "reset"];

const SAID = "board said";
const PRESSES = ["pointerdown", "pointerup", "pointercancel"];

class BoardController extends Controller {
  static targets = ["lists", "side", "map", "dialog", "filter", "reason", "status", "scroll"];
  static values = { zone: String, words: Object };

  connect() {
    const said = sessionStorage.getItem(SAID);
    if (said) toast(said, { tone: "success" });
    sessionStorage.removeItem(SAID);
    this.fetched_at = 0;
    this.wide = window.matchMedia("(min-width: 80.01rem)");
    this.changed = () => this.refresh();
    for (const name of CHANGES) document.addEventListener(`live:${name}`, this.changed);
    this.moved = (event) => this.map?.moveRider(event.detail.data);
    document.addEventListener("live:RiderMoved", this.moved);
    this.refused = () => toast(this.wordsValue.refused, { tone: "danger" });
    document.addEventListener("live:PlanRefused", this.refused);
    this.endangered = ({ detail }) => toast(this.words("endangered", { numbers: detail.data.numbers.join(", ") }), { tone: "danger" });
    document.addEventListener("live:OrdersAtRisk", this.endangered);
    if (!this.hasListsTarget) return; // an order's own page
    this.placeRiders = () => this.place();
    this.wide.addEventListener("change", this.placeRiders);
    this.place();
    this.stopDragging = enableDragging(this.element, this);
    this.known_open = new Set();
    this.element.addEventListener("toggle", ({ target }) => { if (target.matches("details.board-rider")) this.toggled(target); }, true);
    this.pressed = ({ type }) => { this.pressing = type === "pointerdown"; };
    for (const name of PRESSES) window.addEventListener(name, this.pressed);
    if (this.hasMapTarget) this.map = new BoardMap(this.mapTarget, (order_id) => this.showOrder(order_id), (rider_id) => this.showRider(rider_id));
    this.refresh();
    this.safety = setInterval(() => this.refresh(), SAFETY_MS);
  }

  disconnect() {
    for (const name of CHANGES) document.removeEventListener(`live:${name}`, this.changed);
    document.removeEventListener("live:RiderMoved", this.moved);
    document.removeEventListener("live:PlanRefused", this.refused);
    document.removeEventListener("live:OrdersAtRisk", this.endangered);
    this.wide.removeEventListener("change", this.placeRiders);
    clearTimeout(this.timer);
    clearInterval(this.safety);
    this.stopDragging?.();
    for (const name of PRESSES) window.removeEventListener(name, this.pressed);
    this.map?.remove();
  }

  /* Bursts become one fetch, and at most one a second. */
  refresh() {
    if (!this.hasListsTarget) return;
    clearTimeout(this.timer);
    const wait = Math.max(COALESCE_MS, this.fetched_at + LEAST_BETWEEN_MS - Date.now());
    this.timer = setTimeout(() => this.fetch(), wait);
  }

  async fetch() {
    if (this.dragging || this.busy) return this.refresh();
    this.fetched_at = Date.now();
    this.busy = true;
    try {
      const query = `?zone=${this.zoneValue}`;
      const open = this.opened();
      const [html, state, lines] = await Promise.all([this.html(`/board/lists${query}&open=${open.join(",")}`), request(`/board/api/state${query}`), request(`/board/api/lines${query}`)]);
      if (this.dragging || this.pressing) return this.refresh(); // a list that changes between press and release swallows the click
      if (html !== null) this.replace(html);
      this.state = state;
      this.map?.show(state, lines.runs);
      if (!lines.is_complete) this.refresh(); // the server draws new legs bit by bit
    } catch (error) {
      console.warn("board", error);
    } finally {
      this.busy = false;
    }
  }

  async html(url) {
    const response = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    return response.ok && !response.redirected ? response.text() : null;
  }

  opened() { return [...this.element.querySelectorAll("details.board-rider[open]")].map((rider) => rider.dataset.rider); }

  /* Only what differs is put in anew, so that nothing moves under the hand or loses the focus without need. */
  replace(html) {
    if (html === this.shown) return;
    this.shown = html;
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
    for (const part of fresh.content.querySelectorAll("[data-part]")) patch(this.element.querySelector(`[data-part="${part.dataset.part}"]`), part);
    this.filter();
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /* Where there is room the riders have a column of their own. */
  place() {
    const riders = this.element.querySelector('[data-part="riders"]');
    (this.wide.matches ? this.sideTarget : this.listsTarget).append(riders);
  }

  show({ currentTarget }) {
    this.element.dataset.show = currentTarget.dataset.show;
    for (const button of currentTarget.parentElement.children) button.setAttribute("aria-pressed", String(button === currentTarget));
  }

  filter() {
    const wanted = this.filterTarget.value.trim().toLowerCase();
    for (const order of this.element.querySelectorAll(".board-order")) order.hidden = !order.dataset.search.includes(wanted);
  }

  zone({ target }) { window.location.search = `?zone=${target.value}`; }

  openOrder(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !this.hasDialogTarget) return;
    event.preventDefault();
    this.showOrder(event.currentTarget.closest("[data-order]").dataset.order);
  }

  async showOrder(order_id) {
    const html = await this.html(`/board/orders/${order_id}?part=1`);
    if (html === null) return;
    this.dialogTarget.innerHTML = html;
    if (!this.dialogTarget.open) this.dialogTarget.showModal();
  }

  close() { this.dialogTarget.close(); }
  outside(event) { if (event.target === this.dialogTarget) this.dialogTarget.close(); }
  closed() { this.dialogTarget.replaceChildren(); }

  /* A rider was opened or closed: by hand, from the map, or because fresh lists came in open. Only the first two move the map. */
  toggled(rider) {
    if (rider.open === this.known_open.has(rider.dataset.run)) return;
    if (rider.open) {
      this.known_open.add(rider.dataset.run);
      this.fillSoon(); // stops come with the lists only for riders that are open
      this.map?.fitRun(rider.dataset.run);
    } else {
      this.known_open.delete(rider.dataset.run);
    }
    this.map?.highlight(rider.open ? rider.dataset.run : null);
  }

  fillSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), 0);
  }

  showRider(rider_id) {
    this.element.querySelector('.board-switch [data-show="riders"]')?.click();
    const rider = document.getElementById(`rider-${rider_id}`);
    if (!rider) return;
    rider.open = true;
    rider.scrollIntoView({ block: "nearest" });
    rider.querySelector("summary").focus();
  }

  assign({ currentTarget }) {
    const { rider, version, name } = currentTarget.dataset;
    const body = { rider_id: rider, run_version: Number(version), reason: this.panelReason(currentTarget) };
    this.send(`/board/api/orders/${this.panelOrder(currentTarget)}/assign`, body, this.words("assigned", { name }));
  }

  /* An order was dragged: what stands over the list is why, and is used once; a stop moved in its run is given it, too. */
  async assignTo(order_id, rider_id, version, name, position) {
    const body = { rider_id, run_version: Number(version), reason: this.reasonTarget.value.trim(), ...(position === undefined ? {} : { position }) };
    if (await this.send(`/board/api/orders/${order_id}/assign`, body, this.words("assigned", { name }))) this.reasonTarget.value = "";
  }

  unassign({ currentTarget }) {
    const version = currentTarget.closest("[data-order-panel]").dataset.runVersion;
    const body = { reason: this.panelReason(currentTarget), ...(version ? { run_version: Number(version) } : {}) };
    this.send(`/board/api/orders/${this.panelOrder(currentTarget)}/unassign`, body, this.words("unassigned"));
  }

  release({ currentTarget }) { this.send(`/board/api/orders/${this.panelOrder(currentTarget)}/release`, {}, this.words("released")); }

  orderMode({ currentTarget }) {
    this.send(`/board/api/orders/${this.panelOrder(currentTarget)}/mode`, { mode: currentTarget.dataset.mode || null }, this.words("mode"));
  }

  releaseRun({ currentTarget }) {
    this.send(`/board/api/runs/${currentTarget.closest("[data-run]").dataset.run}/release`, {}, this.words("released"));
  }

  /* Somebody has the goods of a rider who has stopped. */
  handOver({ currentTarget }) {
    const { rider, version, name } = currentTarget.dataset;
    const body = { rider_id: rider, run_version: Number(version), reason: this.panelReason(currentTarget) };
    this.send(`/board/api/orders/${this.panelOrder(currentTarget)}/hand-over`, body, this.words("assigned", { name }));
  }

  stopRider({ currentTarget }) {
    if (isSure(currentTarget)) this.send(`/board/api/riders/${currentTarget.closest("[data-rider]").dataset.rider}/stop`, {}, this.words("stopped"));
  }

  cancel({ currentTarget }) {
    if (isSure(currentTarget)) this.send(`/board/api/orders/${this.panelOrder(currentTarget)}/cancel`, {}, this.words("cancelled"));
  }

  restore({ currentTarget }) {
    if (!isSure(currentTarget)) return;
    this.send(`/board/api/orders/${this.panelOrder(currentTarget)}/tasks/${currentTarget.dataset.task}/restore`, {}, this.words("restored"));
  }

  accept({ currentTarget }) {
    const { proposal, run } = currentTarget.dataset;
    this.send(`/board/api/proposals/${proposal}/accept`, run ? { run_id: run } : {}, this.words("accepted"));
  }
  reject({ currentTarget }) { this.send(`/board/api/proposals/${currentTarget.dataset.proposal}/reject`, {}, this.words("rejected")); }

  moveUp({ currentTarget }) { this.move(currentTarget.closest("li"), -1); }
  moveDown({ currentTarget }) { this.move(currentTarget.closest("li"), 1); }

  move(stop, by) {
    const list = stop.parentElement;
    const other = by < 0 ? stop.previousElementSibling : stop.nextElementSibling;
    if (!other || "begun" in other.dataset) return;
    if (by < 0) other.before(stop);
    else other.after(stop);
    stop.querySelector(`[id^="${by < 0 ? "up" : "down"}"]`)?.focus();
    this.say(this.words("moved", { number: stop.dataset.number, place: [...list.children].indexOf(stop) + 1, count: list.children.length }));
    this.dragging = true; // no fresh list under the fingers until this is sent
    clearTimeout(this.moving);
    this.moving = setTimeout(() => { this.dragging = false; this.reorder(list); }, 900);
  }

  async reorder(list) {
    const { run, version } = list.closest("[data-run]").dataset;
    const task_ids = [...list.children].map((stop) => stop.dataset.task);
    const body = { version: Number(version), task_ids, reason: this.reasonTarget.value.trim() };
    if (await this.send(`/board/api/runs/${run}/reorder`, body, this.words("reordered"))) this.reasonTarget.value = "";
  }

  async send(url, body, done) {
    let is_done = false;
    try {
      await request(url, { method: "POST", body });
      is_done = true;
      if (this.hasDialogTarget && this.dialogTarget.open) this.dialogTarget.close();
      if (this.hasListsTarget) toast(done, { tone: "success" });
      else { // the page of one order shows itself anew, and says it then
        sessionStorage.setItem(SAID, done);
        window.location.reload();
      }
    } catch (error) {
      toast(error.status === 412 ? this.words("stale") : error.message, { tone: "danger" });
      if (this.hasDialogTarget && this.dialogTarget.open) this.dialogTarget.close();
    }
    this.shown = null; // whatever was moved by hand is shown as it really is
    this.fetched_at = 0;
    this.refresh();
    return is_done;
  }

  panelOrder(element) { return element.closest("[data-order-panel]").dataset.orderPanel; }
  panelReason(element) { return element.closest("[data-order-panel]").querySelector("[data-reason]")?.value.trim() ?? ""; }

  words(key, values = {}) { return (this.wordsValue[key] ?? key).replace(/\{(\w+)\}/g, (_match, name) => values[name] ?? ""); }

  say(words) { if (this.hasStatusTarget) this.statusTarget.textContent = words; }
}

/* The children of a part by their key: those whose source is the same stay, the others are replaced. */
function patch(current, fresh) {
  const known = new Map([...current.children].map((child) => [child.dataset.key, child]));
  const wanted = [...fresh.children].map((child) => {
    child.source = child.outerHTML;
    const old = known.get(child.dataset.key);
    if (old?.source === child.source) return old;
    if (old instanceof HTMLDetailsElement) child.open = old.open; // opened or closed while the answer was on its way
    return child;
  });
  const is_same_order = wanted.length === current.children.length && wanted.every((child, index) => child.dataset.key === current.children[index].dataset.key);
  if (!is_same_order) return current.replaceChildren(...wanted);
  wanted.forEach((child, index) => { if (current.children[index] !== child) current.children[index].replaceWith(child); });
}

application.register("board", BoardController);
