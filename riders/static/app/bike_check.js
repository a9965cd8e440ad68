/* What the rider said of today's bike, for signing on: which, what it carries, whether it is fine. Nothing is required. */

export function bikeChecked(root) {
  const bike_id = root.querySelector("#bike-id")?.value;
  const kilograms = Number(root.querySelector("#bike-kg")?.value);
  const note = root.querySelector("#bike-note")?.value.trim() ?? "";
  const is_fine = root.querySelector("#bike-fine")?.checked ?? false;
  return {
    ...(bike_id ? { bike_id } : {}),
    ...(kilograms > 0 && kilograms <= 300 ? { capacity_g: Math.round(kilograms * 1000) } : {}),
    ...(is_fine || note ? { bike_check: { is_fine, note } } : {}),
  };
}
