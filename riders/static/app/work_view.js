/* How work that waits for a yes looks: the offer card, a line of the open board, and an order that may be given away.
   A card says until when an answer helps and how many minutes that is; nothing counts seconds, blinks or turns red. */

import { now, realTime, timeOfDay } from "./clock.js";
import { clone, field, fill, show } from "./render.js";
import { distance, minutes, money, weight, word } from "./words.js";

const MINUTE_MS = 60000;
const SENDING = { accept: "work_sending_yes", decline: "work_sending_no", swap: "work_sending_swap" };

/* swap: {question, place} of the own order that was offered in return; is_swappable: whether there is one to offer. */
export function offerCard(offer, sent_verb, { swap, is_swappable }) {
  const card = clone("t-offer");
  card.dataset.offer = offer.id;
  fill(card, {
    ...facts(offer),
    title: titleOf(offer),
    until: sent_verb || swap ? "" : untilWords(offer),
    sending: sent_verb ? word(SENDING[sent_verb]) : "",
    swapping: swap ? word("work_swap_waits", { place: swap.place, time: timeOfDay(swap.question.expires_at) }) : "",
  });
  show(card, "buttons", !sent_verb);
  show(card, "swap", Boolean(offer.from_name) && !offer.in_return && !sent_verb && !swap && is_swappable);
  countDown(card, sent_verb ? null : offer);
  return card;
}

/* The time that is left, in place, so that no button moves from under a thumb. Without an offer there is none to show. */
export function countDown(card, offer) {
  const left_ms = offer ? Date.parse(offer.expires_at) - now().getTime() : 0;
  const count = Math.floor(left_ms / MINUTE_MS);
  fill(card, { left: left_ms > 0 ? word(count > 0 ? "work_minutes_left" : "work_last_minute", { count }) : "" });
  show(card, "sand", left_ms > 0);
}

/* A line that gets shorter as slowly as time goes, for who would rather see than read. */
export function runOut(card, offer) {
  const line = field(card, "sand").firstElementChild;
  if (line.getAnimations().length > 0) return;
  const whole_ms = realTime(Date.parse(offer.expires_at) - Date.parse(offer.made_at));
  const gone_ms = realTime(now().getTime() - Date.parse(offer.made_at));
  line.animate({ scale: ["1 1", "0 1"] }, { duration: whole_ms, delay: -gone_ms, fill: "both" });
}

/* Where orders are likely, said once and quietly: no sound, no clock, and hiding it tells nobody. */
export function nudgeCard(nudge) {
  const card = clone("t-nudge");
  fill(card, { title: nudge.title, reason: nudge.reason, note: nudge.note });
  return card;
}

export function openOrder(order, is_sent) {
  const row = clone("t-open-order");
  row.dataset.order = order.order_id;
  fill(row, facts(order));
  row.querySelector("button").setAttribute("aria-busy", String(is_sent));
  row.querySelector("button").disabled = is_sent;
  return row;
}

/* mine: {order_id, pickup, dropoff}; question: what a colleague is being asked about it, if anybody is. */
export function myOrder(mine, question, has_colleagues) {
  const row = clone("t-my-order");
  row.dataset.order = mine.order_id;
  if (question) row.dataset.question = question.id;
  fill(row, {
    pickup: mine.pickup,
    dropoff: mine.dropoff,
    asked: question ? word("work_asked_of", { name: question.to_name, time: timeOfDay(question.expires_at) }) : "",
  });
  show(row, "ask", !question && has_colleagues);
  show(row, "withdraw", Boolean(question));
  return row;
}

export function returnButton({ order_id, number, pickup, dropoff }, offer_id) {
  const button = fill(clone("t-return"), { number, pickup, dropoff });
  Object.assign(button.dataset, { order: order_id, offer: offer_id });
  return button;
}

export function colleagueButton({ id, name }, order_id) {
  const button = clone("t-colleague");
  Object.assign(button.dataset, { rider: id, order: order_id });
  button.textContent = name;
  return button;
}

/* What is not picked up yet, order by order, from the run as the rider sees it. */
export function givable(plan) {
  const pickups = plan.stops.flatMap((stop) => stop.tasks).filter((task) => task.kind === "pickup" && !task.is_return);
  return pickups.map((task) => ({
    order_id: task.order_id,
    number: task.order_number,
    pickup: task.merchant_name || task.address,
    dropoff: plan.stops.flatMap((stop) => stop.tasks).find((other) => other.order_id === task.order_id && other.kind === "dropoff")?.address ?? "",
  }));
}

function facts(order) {
  const [first, ...more] = order.dropoffs;
  return {
    pickup: order.merchant_name || order.pickup,
    dropoff: more.length > 0 ? word("work_drops", { place: first, count: more.length }) : first,
    pay: order.earns ? money(order.earns.amount_cents, order.earns.currency) : "",
    due: order.window_by ? word("until", { time: timeOfDay(order.window_by) }) : "",
    near: word("work_to_pickup", { time: minutes(order.to_pickup_s), distance: distance(order.to_pickup_m) }),
    route: order.route_m ? word("work_route", { distance: distance(order.route_m) }) : "",
    weight: [weight(order.weight_g), order.needs].filter(Boolean).join(" · "),
  };
}

function titleOf({ from_name, in_return }) {
  if (in_return) return word("work_swap_asked", { name: from_name, place: in_return.dropoff });
  return from_name ? word("work_asked", { name: from_name }) : word("work_for_you");
}

function untilWords(offer) {
  const time = timeOfDay(offer.expires_at);
  return offer.from_name ? word("work_answer_by_colleague", { time, name: offer.from_name }) : word("work_answer_by", { time });
}
