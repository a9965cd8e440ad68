/* The money of the day: every line with its rule, what the floor adds so far, tips, and pay per hour. */

import { timeOfDay } from "./clock.js";
import { clone, field, fill, put, show } from "./render.js";
import { distance, minutes, money, word } from "./words.js";

export function renderMoney(root, earnings) {
  if (!earnings) return;
  const cash = (cents) => money(cents, earnings.currency);
  fill(root, {
    earned: earnings.since ? word("earned_since", { time: timeOfDay(earnings.since) }) : word("earned_today"),
    total: cash(earnings.total_cents),
    per_hour: earnings.per_hour_cents === null ? "–" : cash(earnings.per_hour_cents),
    credited: minutes(earnings.credited_s),
    tips: cash(earnings.tips_cents),
    waited_all: minutes(earnings.waiting_s),
    floor: earnings.floor.top_up_cents > 0 ? word("floor_adds", { amount: cash(earnings.floor.top_up_cents), rule: earnings.floor.rule_version }) : word("floor_reached"),
  });
  show(root, "floor", earnings.credited_s > 0);
  show(root, "no_lines", earnings.lines.length === 0);
  put(field(root, "lines"), earnings.lines.toReversed().map((line) => {
    const item = clone("t-earning");
    item.querySelector("button").dataset.source = line.source_key;
    return fill(item, {
      label: line.is_reversal ? word("undone", { what: line.label }) : line.label,
      why: [quantity(line), line.order_number, timeOfDay(line.at), line.rule_version].filter(Boolean).join(" · "),
      amount: cash(line.amount_cents),
    });
  }));
}

function quantity({ code, quantity: given }) {
  if (code === "per_km" && given.route_m) return distance(given.route_m);
  if (code === "waiting" && given.waited_s) return word("waited", { all: minutes(given.waited_s), paid: minutes(given.paid_s) });
  return "";
}
