/* New work is heard, seen and felt; the screen stays on while there is work. None of it is ever required. */

let audio = null;

/* Browsers allow sound only after a tap: call this from one. */
export function allowSound() {
  audio ??= typeof AudioContext === "undefined" ? null : new AudioContext();
  audio?.resume();
}

export function announce(root) {
  chime();
  navigator.vibrate?.([200, 100, 200]);
  root.classList.remove("is-flashing");
  void root.offsetWidth;
  root.classList.add("is-flashing");
}

function chime() {
  if (!audio || audio.state !== "running") return;
  for (const [index, pitch] of [660, 880, 1320].entries()) {
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

let lock = null;

export async function keepAwake(is_wanted) {
  if (!is_wanted) {
    await lock?.release();
    lock = null;
    return;
  }
  if (lock || document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", () => { lock = null; });
  } catch {
    lock = null; // low battery: the phone knows better
  }
}
