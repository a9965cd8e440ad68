/* Everything a rider does goes through here: first to disk, then to the server, in order, each under its own UUID.
   A call for help goes before all else and pictures after it; what is on its way makes room. An item waits while there is no
   network, and is held for a few seconds so that it can be taken back. One that the server refuses steps aside with the words of
   the refusal. One at which the server stumbles (500), or that got no answer twice while another did, lets the others pass, but
   for those that follow from it, and is tried again later. Several pages may be open: the disk is what they share. */

import { HttpProblem } from "/static/js/http.js";
import { now, since } from "./clock.js";
import { Offline, call, sendPicture } from "./net.js";

const HOLD_MS = 10500; // the undo button is there for ten seconds
const RETRY_MS = [2000, 5000, 15000, 30000];
const LATER = new Set([408, 425, 429]); // and whatever else stands between us and the server: above 500
const STUMBLED = 500;
const AGAIN_MS = 20000;
const IN_DOUBT_AFTER = 2; // tries without an answer: from then on another item may show whether there is a network
const HOPELESS_AFTER = 3; // times aside: from then on the end of the shift does not wait for it
const TAKEN_BACK = new Set(["action", "hazard"]);
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export class Outbox extends EventTarget {
  /* pages: OtherPages */
  constructor(store, pages) {
    super();
    this.store = store;
    this.pages = pages;
    this.items = [];
    this.gone = new Set();
    this.last_seq = 0;
    this.failures = 0;
    this.unheard = []; // in this go
    this.wake = () => this.flush();
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.release();
      else this.readAgain().then(this.wake);
    });
    pages.hear(({ name, detail }) => this.heard(name, detail));
    window.addEventListener("pagehide", () => this.release());
  }

  async load() {
    this.device_id = this.store.deviceId();
    const [items, last] = await Promise.all([this.store.items(), this.store.get("seq")]);
    this.items = items ?? [];
    this.last_seq = last ?? 0;
    this.changed();
    this.wakeFor(this.items);
  }

  /* What lies on the disk, where another page may have added something, taken it back, or sent it. What only this page has stays,
     and what it is rid of does not come back. A disk that is not the one it wrote to (emptied, not to be read) says nothing. */
  async readAgain() {
    const before = new Set(this.items);
    const [items, device_id] = await Promise.all([this.store.items(), this.store.get("device_id")]);
    if (!items || device_id !== (await this.device_id)) return;
    const found = new Map(items.filter((item) => !this.gone.has(keyOf(item))).map((item) => [keyOf(item), item]));
    const here = this.items.filter((item) => !before.has(item) || item.is_unkept || item === this.sending || found.has(keyOf(item)));
    for (const item of here) {
      const { state, words } = found.get(keyOf(item)) ?? item;
      if (state === "refused") Object.assign(item, { state, words });
      found.delete(keyOf(item));
    }
    const fresh = [...found.values()];
    this.items = [...here, ...fresh].sort((one, other) => one.seq - other.seq);
    this.changed();
    this.wakeFor(fresh);
  }

  /* From another page. */
  heard(name, detail) {
    if (name === "changed") {
      this.readAgain().then(() => this.makeWay());
      return;
    }
    this.dispatchEvent(new CustomEvent(name, { detail }));
    this.lose(detail.item);
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
    const here = new Set(this.items.map(keyOf));
    this.items.push(...items.filter((item) => !here.has(keyOf(item))));
    this.changed();
    this.pages.tell("changed");
    setTimeout(this.wake); // the screen first
    this.wakeFor(items);
    return items;
  }

  /* When they may be sent. */
  wakeFor(items) {
    for (const { hold_until } of items.filter(isHeld)) setTimeout(this.wake, hold_until - Date.now() + 50);
  }

  /* To disk. A phone without room keeps them in the page alone: they are sent like all else, but not after the page's end. */
  async keep(items) {
    const on_disk = await this.store.append(items, this.last_seq);
    const kept = on_disk || items.map((item, index) => ({ ...item, seq: this.last_seq + index + 1, is_unkept: true }));
    this.last_seq = kept.at(-1).seq;
    return kept;
  }

  /* Help first, then small things: pictures wait until every status is out. Refused items are shown, not counted. */
  get waiting() { return this.items.filter((item) => item.state === "waiting"); }
  get refused() { return this.items.filter((item) => item.state === "refused"); }
  next() {
    const aside = this.aside();
    const waiting = this.waiting.filter((item) => !aside.has(item));
    const help = waiting.find((item) => item.kind === "help");
    if (help) return help;
    const ready = waiting.filter((item) => !isHeld(item));
    const first_held = waiting.find((item) => isHeld(item) && item.kind !== "picture");
    const status = ready.find((item) => item.kind !== "picture");
    if (status && (!first_held || status.seq < first_held.seq)) return status;
    return status || first_held ? null : ready[0] ?? null;
  }

  /* What did not get through just now, and all that follows from it. */
  aside() {
    const aside = new Set();
    for (const item of this.waiting) {
      const is_stuck = isAhead(item.again_at, AGAIN_MS) || this.unheard.includes(item);
      if (is_stuck || (aside.size > 0 && [...aside].some((other) => follows(item, other)))) aside.add(item);
    }
    return aside;
  }

  /* True if the item could be taken back before anybody heard of it: not if a page of this phone is sending it just now. */
  async takeBack(seq) {
    const item = this.items.find((candidate) => candidate.seq === seq);
    if (!item || item.state !== "waiting" || item === this.sending) return false;
    const all = this.withPictures(item);
    const is_free = item.is_unkept ? !item.may_be_there : await this.store.withdraw(all, await this.device_id);
    if (!is_free) return false;
    for (const each of all) this.lose(each);
    this.pages.tell("changed");
    return true;
  }

  withPictures(item) { return [item, ...this.items.filter(({ with_uuid }) => with_uuid === item.body.client_uuid)]; }

  async dismiss(seq) {
    const item = this.items.find((candidate) => candidate.seq === seq);
    if (!item) return;
    await this.forget(item);
    this.pages.tell("changed");
  }

  /* The page may go away: nothing is held any longer. */
  release() {
    for (const item of this.items) item.hold_until = 0;
    this.flush();
  }

  async flush() {
    if (this.busy) this.makeWay();
    else this.busy = this.pages.alone(() => this.run()).finally(() => { this.busy = null; });
    return this.busy;
  }

  /* What is on its way is broken off for what goes before it, and sent again afterwards. */
  makeWay() {
    const first = this.next();
    if (first && this.sending && rank(first) > rank(this.sending)) this.cut.abort();
  }

  async run() {
    await this.readAgain();
    this.unheard = [];
    for (let item = this.next(); item; item = this.next()) {
      const outcome = await this.send(item);
      if (outcome === "signed-out") return this.later();
      if (outcome === "unheard") {
        if (this.unheard.length > 0 || item.tries < IN_DOUBT_AFTER) return this.later();
        this.unheard.push(item);
      } else if (outcome === "answered") {
        for (const other of this.unheard.splice(0)) this.setAside(other);
      }
    }
    if (this.unheard.length === 0) return null;
    if (!(await isReachable())) return this.later();
    for (const other of this.unheard.splice(0)) this.setAside(other);
    return null;
  }

  /* "answered" in whatever way, "unheard", "cut" for another one, "gone" because another page took it back, or "signed-out". */
  async send(item) {
    this.sending = item;
    this.cut = new AbortController();
    const was_in_doubt = item.may_be_there;
    try {
      if ((await this.mark(item, true)) === "gone") {
        for (const each of this.withPictures(item)) this.lose(each);
        return "gone";
      }
      const answer = await this.post(item, this.cut.signal);
      this.failures = 0;
      // Heard before forgotten: the screen lays a sent action over the run for good, and never shows neither.
      this.dispatchEvent(new CustomEvent("sent", { detail: { item, answer } }));
      await this.forget(item);
      this.pages.tell("sent", { item: { ...item, blob: null }, answer });
      return "answered";
    } catch (error) {
      return await this.failed(item, error, was_in_doubt);
    } finally {
      this.sending = null;
    }
  }

  /* On the disk, so that an item is either taken back by one page or sent by another (decision 0196). */
  mark(item, may_be_there) {
    item.may_be_there = may_be_there;
    return TAKEN_BACK.has(item.kind) && !item.is_unkept ? this.device_id.then((id) => this.store.mark(item, id, may_be_there)) : null;
  }

  async failed(item, error, was_in_doubt) {
    const is_lost = this.cut.signal.aborted || error.cause?.name === "TimeoutError"; // its answer did not come, and no longer will
    if (!is_lost && !was_in_doubt && !(error.status > STUMBLED)) await this.mark(item, false);
    if (this.cut.signal.aborted) return "cut";
    if (error.status === 401) {
      this.dispatchEvent(new CustomEvent("signed-out"));
      return "signed-out";
    }
    if (error instanceof Offline || LATER.has(error.status) || error.status > STUMBLED) {
      item.tries = (item.tries ?? 0) + 1;
      return "unheard";
    }
    if (error instanceof HttpProblem && error.status < STUMBLED) await this.refuse(item, error);
    else this.setAside(item); // a fault of the server's or of our own is no refusal
    return "answered";
  }

  async post(item, signal) {
    if (item.kind === "picture") return sendPicture(item.path, { ...item.body, taken_at: item.device_at }, item.blob, signal);
    if (item.kind === "question") {
      const { client_uuid: _unused, ...question } = item.body; // asking twice is asking once
      return call(item.path, { method: "POST", body: question, signal });
    }
    if (item.kind === "note") return call(item.path, { method: "POST", body: { ...item.body, taken_at: item.device_at }, signal });
    const stamp = { device_at: item.device_at, queued_s: Math.round(since(item.device_at)) };
    const device = item.kind === "action" ? { device_id: await this.device_id, device_seq: item.seq } : {};
    return call(item.path, { method: "POST", body: { ...item.body, ...stamp, ...device }, signal });
  }

  later() {
    const wait_ms = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.wake, wait_ms);
    this.changed();
  }

  setAside(item) {
    item.again_at = Date.now() + AGAIN_MS;
    item.asides = (item.asides ?? 0) + 1;
    setTimeout(this.wake, AGAIN_MS + 50);
    this.changed();
  }

  async refuse(item, error) {
    item.state = "refused";
    item.words = error.message;
    if (!item.is_unkept) await this.store.put(item);
    this.changed();
    this.pages.tell("changed");
    this.dispatchEvent(new CustomEvent("refused", { detail: { item, error } }));
  }

  async forget(item) {
    if (!item.is_unkept) await this.store.drop(item.seq);
    this.lose(item);
  }

  lose(item) {
    this.gone.add(keyOf(item));
    this.items = this.items.filter((other) => keyOf(other) !== keyOf(item));
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

/* Two pages may have given the same number, and a place has the UUID of its alarm. */
function keyOf({ seq, body }) { return `${seq}:${body.client_uuid}`; }

/* Whether anything gets an answer. */
function isReachable() { return call("/me").then(() => true, (error) => error instanceof HttpProblem && error.status < STUMBLED); }

function rank({ kind }) { return kind === "help" ? 2 : kind === "picture" ? 0 : 1; }

/* Whether the server may refuse an item because of an earlier one that it has not heard of: of the same stop, order, report or
   break, of a shift that is not begun, or because the shift is over. Bytes of pictures come when they like, and help comes before
   everything. */
function follows(item, other) {
  if (other.seq > item.seq || other.kind === "picture" || item.kind === "help") return false;
  if (item.verb === "off" && !(other.asides >= HOPELESS_AFTER)) return true;
  const subjects = about(other);
  return (other.kind === "shift" && other.verb === "on") || about(item).some((subject) => subjects.includes(subject));
}

function about({ kind, path, body, order_id, with_uuid }) {
  const own = kind === "shift" || kind === "break" ? [kind] : [];
  return [...own, ...(path.match(UUID) ?? []), ...[body.client_uuid, order_id, with_uuid].filter(Boolean)];
}

function newItem({ kind, path, body, blob = null, task_id = null, order_id = null, verb = null, number = null, hazard_id = null, with_uuid = null, back_to, may_undo = false }) {
  return {
    kind, path, blob, task_id, order_id, verb, number, hazard_id, with_uuid, back_to,
    body: { client_uuid: crypto.randomUUID(), ...body },
    device_at: now().toISOString(),
    hold_until: may_undo ? Date.now() + HOLD_MS : 0,
    state: "waiting",
    words: "",
  };
}
