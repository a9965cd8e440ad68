/* The next stop fills the screen: what, where, until when, how to get in, and one large button. */

import { now, since, timeOfDay } from "./clock.js";
import { minutes, distance, stopwatch, weight, word } from "./words.js";
import { AFTER, kindOf, nextVerb, promise } from "./run_model.js";
import { nextTurn } from "./way.js";
import { clone, field, fill, put, show } from "./render.js";

const VERB_WORDS = { start: "set_off", arrive: "arrived" };

export function renderNext(root, run, here) {
  const stop = run.stops[0];
  const card = clone("t-stop");
  const kind = kindOf(stop);
  const task = stop.tasks[0];
  const due = promise(stop, now());
  card.dataset.kind = kind;
  fill(card, {
    kind: word(`kind_${kind}`),
    parcels: stop.tasks.length > 1 ? word("parcels", { count: stop.tasks.length }) : "",
    address: task.address || word("pin_only"),
    name: whoAt(task, kind),
    until: due ? word(due.is_late ? "was_due" : "until", { time: timeOfDay(due.by) }) : "",
    ready: task.kind === "pickup" && task.ready_at && Date.parse(task.ready_at) > now().getTime() ? word("ready_at", { time: timeOfDay(task.ready_at) }) : "",
    leg: task.state === "arrived" ? "" : `${minutes(stop.leg.duration_s)} · ${distance(stop.leg.length_m)}`,
    weight: weight(stop.tasks.reduce((sum, item) => sum + item.weight_g, 0)),
    number: stop.tasks.map((item) => item.order_number).join(" · "),
    hazards: stop.leg.hazards?.length ? word("on_the_way", { what: [...new Set(stop.leg.hazards.map(({ kind: what }) => word(`hazard_${what}`)))].join(", ") }) : "",
    note: [task.floor, task.note].filter(Boolean).join(" · "),
    order_note: task.order_note && task.order_note !== task.note ? task.order_note : "",
    needs: needs(stop),
  });
  field(card, "until").classList.toggle("is-late", Boolean(due?.is_late || due?.is_tight));
  link(card, "call", task.contact_phone ? `tel:${task.contact_phone}` : "");
  link(card, "message", task.contact_phone ? `sms:${task.contact_phone}` : "");
  link(card, "navigate", mapAppLink(stop.lonlat));
  for (const [name, href] of Object.entries(mapApps(stop.lonlat))) link(card, name, href);
  put(field(card, "steps"), stop.leg.steps.filter((step) => step.turn !== "arrive").map(stepItem));
  show(card, "way", stop.leg.steps.length > 0 && task.state !== "arrived");
  for (const name of ["way", "apps"]) field(card, name).open = root.querySelector(`[data-f="${name}"]`)?.open ?? false;
  show(card, "ahead", Boolean(stop.leg.hazards?.length) && task.state !== "arrived");
  show(card, "waiting", task.state === "arrived");
  show(card, "set_off", stop.tasks.some(({ state }) => state === AFTER.start));
  renderTurn(card, stop, here);
  for (const shown of [root, card]) tickWaiting(shown, stop); // else the card would be another one each second
  put(root, [card]);
}

/* Turn by turn, for riders who share their position: the next turn, its street, and how far it is. */
export function renderTurn(root, stop, here) {
  const is_riding = stop.tasks[0].state !== "arrived" && stop.leg.steps.length > 0;
  const next = is_riding && here ? nextTurn(stop.leg, here) : null;
  show(root, "turn_by_turn", Boolean(next));
  if (!next) return;
  const { step, in_m } = next;
  const is_there = step.turn === "arrive";
  field(root, "turn_by_turn").dataset.turn = step.turn;
  fill(root, { turn_in: distance(in_m), turn_now: is_there ? word("turn_arrive") : word(`turn_${step.turn}`), turn_street: is_there ? stop.tasks[0].address : streetOf(step) });
}

function streetOf(step) { return step.name || word(step.push ? "walk" : "path"); }

export function renderAction(button, skip, stop) {
  const verb = nextVerb(stop);
  button.dataset.verb = verb;
  const label = verb === "complete" ? word(`done_${kindOf(stop)}`) : word(VERB_WORDS[verb]);
  button.querySelector("span").textContent = label;
  skip.hidden = verb !== "start";
}

/* For who listens instead of looking: what comes next, and where. */
export function spoken(stop) {
  const verb = nextVerb(stop);
  const { address, contact_name } = stop.tasks[0];
  const what = verb === "complete" ? word(`done_${kindOf(stop)}`) : word(VERB_WORDS[verb]);
  return `${word(`kind_${kindOf(stop)}`)}: ${address || contact_name || word("pin_only")}. ${what}`;
}

/* The waiting clock counts from the arrival; after the free minutes it is paid. */
export function tickWaiting(root, stop) {
  const clock = root.querySelector('[data-f="waited"]');
  const { arrived_at, free_wait_s, paid_wait_until_s } = stop.tasks[0];
  if (!clock || stop.tasks[0].state !== "arrived" || !arrived_at) return;
  const waited_s = since(arrived_at);
  clock.textContent = stopwatch(waited_s);
  root.querySelector('[data-f="waiting_note"]').textContent = waitingNote(waited_s, free_wait_s, paid_wait_until_s);
}

/* By the rules that the order was quoted with; nothing is said where they pay no waiting. */
function waitingNote(waited_s, free_s, until_s) {
  if (typeof free_s !== "number") return "";
  if (waited_s < free_s) return word("waiting_free", { count: Math.ceil((free_s - waited_s) / 60) });
  return word(waited_s < until_s ? "waiting_paid" : "waiting_over");
}

export function renderList(root, run) {
  put(root, run.stops.map((stop, index) => {
    const item = clone("t-stop-item");
    const task = stop.tasks[0];
    const due = promise(stop, now());
    item.classList.toggle("is-next", index === 0);
    item.querySelector("button").dataset.phoneStopParam = stop.id;
    return fill(item, {
      title: task.address || word("pin_only"),
      note: [word(`kind_${kindOf(stop)}`), stop.tasks.length > 1 ? word("parcels", { count: stop.tasks.length }) : "", whoAt(task, kindOf(stop))].filter(Boolean).join(" · "),
      eta: task.eta_at ? timeOfDay(task.eta_at) : "",
      due: due ? word("until", { time: timeOfDay(due.by) }) : "",
    });
  }));
}

function whoAt(task, kind) {
  return kind === "pickup" || kind === "return" ? task.merchant_name || task.contact_name : task.contact_name;
}

function needs(stop) {
  const kinds = new Set(stop.tasks.flatMap((task) => [...task.required_proof, ...(task.has_code ? ["code"] : [])]));
  return kinds.size > 0 ? word("needs", { what: [...kinds].map((kind) => word(`proof_${kind}`)).join(", ") }) : "";
}

function stepItem(step) {
  const item = clone("t-step");
  item.dataset.turn = step.turn;
  return fill(item, { turn: word(`turn_${step.turn}`), street: streetOf(step), length: distance(step.length_m) });
}

/* Hands over to whatever map app the phone has: Apple's by its own address, the others by geo:. */
function mapAppLink([lon, lat]) {
  return /iPhone|iPad|Macintosh/.test(navigator.userAgent) ? `maps://?daddr=${lat},${lon}&dirflg=b` : `geo:${lat},${lon}?q=${lat},${lon}`;
}

/* The other apps that riders use, each by its own public address. */
function mapApps([lon, lat]) {
  return {
    app_apple: `https://maps.apple.com/?daddr=${lat},${lon}&dirflg=b`,
    app_google: `https://www.google.com/maps/dir/?api=1&destination=${lat},${lon}&travelmode=bicycling`,
    app_osmand: `https://osmand.net/map/navigate/?finish=${lat},${lon}&profile=bicycle`,
    app_geo: `geo:${lat},${lon}?q=${lat},${lon}`,
  };
}

function link(card, name, href) {
  const element = field(card, name);
  element.hidden = !href;
  if (href) element.href = href;
}
