/* Words and figures in the rider's language. The words come from the page, translated by the server. */

const words = JSON.parse(document.getElementById("phone-words").dataset.words);

export function word(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_match, name) => values[name] ?? "");
}

const language = document.documentElement.lang;

export function money(cents, currency) {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(cents / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function distance(metres) {
  if (metres < 1000) return `${Math.round(metres / 10) * 10} m`;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(metres / 1000)} km`;
}

export function minutes(seconds) {
  const whole = Math.max(0, Math.round(seconds / 60));
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${String(whole % 60).padStart(2, "0")}`;
}

export function signedMinutes(seconds) {
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
  return `${format.format(seconds / 60)} min`;
}

export function stopwatch(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function weight(grams) {
  return grams < 1000 ? `${grams} g` : `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(grams / 1000)} kg`;
}
