/* Everything a rider does goes through here: first to disk, then to the server, in order, each under its own UUID.
   An item waits while there is no network, and is held for a few seconds so that it can be taken back. One that the server
   refuses steps aside with the words of the refusal; one at which the server stumbles (500) lets the others pass, but for those of
   its own stop, and is tried again later. */

import { now, since } from "./clock.js";
import { Offline, call, sendPicture } from "./net.js";

const HOLD_MS = 10500; // the undo button is there for ten seconds
const RETRY_MS = [2000, 5000, 15000, 30000];
const LATER = new Set([401, 408, 425, 429]); // and whatever else stands between us and the server: above 500
const STUMBLED = 500;
const AGAIN_MS = 20000;

export class Outbox extends EventTarget {
  constructor(store) {
    super();
    this.store = store;
    this.items = [];
    this.last_seq = 0;
    this.failures = 0;
    this.wake = () => this.flush();
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.release();
      else this.flush();
    });
    window.addEventListener("pagehide", () => this.release());
  }

  async load() {
    this.device_id = this.store.deviceId();
    const [items, last] = await Promise.all([this.store.items(), this.store.get("seq")]);
    this.items = items;
    this.last_seq = last ?? 0;
    this.changed();
  }

  /* kind: action | picture | note | shift | question | hazard | help | choice | break. Resolves once the item is on disk: from then on it is never lost. */
  async add(wish) {
    const [item] = await this.addAll([wish]);
    return item;
  }

  /* What belongs together goes to disk together: all of it is there, or none. A picture names by `with_uuid` the action
     that it proves, and is taken back with it. */
  async addAll(wishes) {
    const items = await this.keep(wishes.map(newItem));
    this.items.push(...items);
    this.changed();
    setTimeout(this.wake); // the screen first
    if (items.some(({ hold_until }) => hold_until > 0)) setTimeout(this.wake, HOLD_MS + 50);
    return items;
  }

  /* To disk. A phone without room keeps them in the page alone: they are sent like all else, but not after the page's end. */
  async keep(items) {
    const on_disk = await this.store.append(items, this.last_seq);
    const kept = on_disk || items.map((item, index) => ({ ...item, seq: this.last_seq + index + 1 }));
    this.last_seq = kept.at(-1).seq;
    return kept;
  }

  /* Small things first: pictures wait until every status is out. Refused items are shown, not counted. */
  get waiting() { return this.items.filter((item) => item.state === "waiting"); }
  get refused() { return this.items.filter((item) => item.state === "refused"); }
  next() {
    const waiting = this.waiting.filter((item) => !this.isAside(item));
    const ready = waiting.filter((item) => !isHeld(item));
    const first_held = waiting.find((item) => isHeld(item) && item.kind !== "picture");
    const status = ready.find((item) => item.kind !== "picture");
    if (status && (!first_held || status.seq < first_held.seq)) return status;
    return status || first_held ? null : ready[0] ?? null;
  }

  /* The server stumbled at this item, or at an earlier one of the same stop. */
  isAside({ task_id, seq }) {
    const stumbled = this.waiting.filter(({ again_at }) => isAhead(again_at, AGAIN_MS));
    return stumbled.some((other) => other.seq === seq || (task_id && other.task_id === task_id && other.seq < seq));
  }

  /* True while the item could be taken back before anybody heard of it. */
  async takeBack(seq) {
    const item = this.items.find((candidate) => candidate.seq === seq);
    if (!item || item.state !== "waiting" || item === this.sending) return false;
    for (const picture of this.items.filter((other) => other.kind === "picture" && other.with_uuid === item.body.client_uuid)) await this.forget(picture);
    await this.forget(item);
    return true;
  }

  async dismiss(seq) {
    const item = this.items.find((candidate) => candidate.seq === seq);
    if (item) await this.forget(item);
  }

  /* The page may go away: nothing is held any longer. */
  release() {
    for (const item of this.items) item.hold_until = 0;
    this.flush();
  }

  async flush() {
    if (this.busy) return this.busy;
    this.busy = this.run().finally(() => { this.busy = null; });
    return this.busy;
  }

  async run() {
    for (let item = this.next(); item; item = this.next()) {
      if (!(await this.send(item))) return;
    }
  }

  /* True if the next item may be tried. */
  async send(item) {
    this.sending = item;
    try {
      const answer = await this.post(item);
      this.failures = 0;
      // Heard before forgotten: the screen lays a sent action over the run for good, and never shows neither.
      this.dispatchEvent(new CustomEvent("sent", { detail: { item, answer } }));
      await this.forget(item);
      return true;
    } catch (error) {
      if (error instanceof Offline || LATER.has(error.status) || error.status > STUMBLED) {
        this.later(error);
        return false;
      }
      if (error.status === STUMBLED) this.setAside(item);
      else await this.refuse(item, error);
      return true;
    } finally {
      this.sending = null;
    }
  }

  async post(item) {
    if (item.kind === "picture") return sendPicture(item.path, { ...item.body, taken_at: item.device_at }, item.blob);
    if (item.kind === "question") {
      const { client_uuid: _unused, ...question } = item.body; // asking twice is asking once
      return call(item.path, { method: "POST", body: question });
    }
    if (item.kind === "note") return call(item.path, { method: "POST", body: { ...item.body, taken_at: item.device_at } });
    const stamp = { device_at: item.device_at, queued_s: Math.round(since(item.device_at)) };
    const device = item.kind === "action" ? { device_id: await this.device_id, device_seq: item.seq } : {};
    return call(item.path, { method: "POST", body: { ...item.body, ...stamp, ...device } });
  }

  later(error) {
    if (error.status === 401) this.dispatchEvent(new CustomEvent("signed-out"));
    const wait_ms = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.wake, wait_ms);
    this.changed();
  }

  setAside(item) {
    item.again_at = Date.now() + AGAIN_MS;
    setTimeout(this.wake, AGAIN_MS + 50);
    this.changed();
  }

  async refuse(item, error) {
    item.state = "refused";
    item.words = error.message;
    await this.store.put(item);
    this.changed();
    this.dispatchEvent(new CustomEvent("refused", { detail: { item, error } }));
  }

  async forget(item) {
    await this.store.drop(item.seq);
    this.items = this.items.filter((other) => other.seq !== item.seq);
    this.changed();
  }

  changed() { this.dispatchEvent(new CustomEvent("changed")); }
}

function isHeld({ hold_until }) { return isAhead(hold_until, HOLD_MS); }

/* Not if it lies further ahead than anything is put: then the phone's clock went back. */
function isAhead(at_ms, most_ms) {
  const left_ms = at_ms - Date.now();
  return left_ms > 0 && left_ms <= most_ms;
}

function newItem({ kind, path, body, blob = null, task_id = null, verb = null, hazard_id = null, with_uuid = null, may_undo = false }) {
  return {
    kind, path, blob, task_id, verb, hazard_id, with_uuid,
    body: { client_uuid: crypto.randomUUID(), ...body },
    device_at: now().toISOString(),
    hold_until: may_undo ? Date.now() + HOLD_MS : 0,
    state: "waiting",
    words: "",
  };
}
