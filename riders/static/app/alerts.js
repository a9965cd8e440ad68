/* New work is heard, seen and felt; the screen stays on while there is work. None of it is ever required. */

const SOUND_AFTER_MS = 150; // waking the sound takes longer than a tap may
const LATE_MS = 2000;
const PITCHES = [660, 880, 1320];

let audio = null;

/* Browsers allow sound only after a tap: the first one on the page, whatever it is for. */
export function allowSoundFromFirstTap() {
  window.addEventListener("click", () => setTimeout(wakeSound, SOUND_AFTER_MS), { once: true, capture: true });
}

function wakeSound() {
  audio ??= typeof AudioContext === "undefined" ? null : new AudioContext();
  return audio?.resume();
}

export function announce(root) {
  chime();
  navigator.vibrate?.([200, 100, 200]);
  root.classList.remove("is-flashing");
  void root.offsetWidth;
  root.classList.add("is-flashing");
}

/* Phones put the sound to sleep with the screen; one that wakes too late is no news any more. */
async function chime() {
  if (!audio) return;
  const asked_ms = performance.now();
  await wakeSound();
  if (performance.now() - asked_ms > LATE_MS) return;
  for (const [index, pitch] of PITCHES.entries()) {
    const tone = new OscillatorNode(audio, { frequency: pitch, type: "triangle" });
    const loudness = new GainNode(audio, { gain: 0 });
    const start = audio.currentTime + index * 0.16;
    loudness.gain.linearRampToValueAtTime(0.5, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  }
}

/* The screen's lock: browsers let go of it whenever the page is hidden, so it is asked for again. */
let is_wanted = false;
let lock = null;
let settling = null;

export function keepAwake(wanted) {
  is_wanted = wanted;
  settling ??= settle().finally(() => { settling = null; });
}

document.addEventListener("visibilitychange", () => keepAwake(is_wanted));

async function settle() {
  if (is_wanted && !lock && document.visibilityState === "visible") lock = await askForLock();
  if (!is_wanted && lock) {
    await lock.release();
    lock = null;
  }
}

/* null where there is none, or where the phone knows better: a low battery. */
async function askForLock() {
  const fresh = await navigator.wakeLock?.request("screen").catch(() => null);
  fresh?.addEventListener("release", () => { if (lock === fresh) lock = null; });
  return fresh ?? null;
}
