// Keyboard shortcuts; "?" lists them. Each uses a link, field or button of the page.
const places = { p: ["plots", "Plots"], r: ["reports", "Reports"], c: ["changes", "Changes"], a: ["alerts", "Alerts"], b: ["benchmarks", "Benchmarks"], t: ["thresholds", "Thresholds"], j: ["jobs", "Jobs"], o: ["", "Overview"] };
const kept = "paddock-keys";
let isGoing = false;
let going;

// On a narrow screen, the menu scrolls.
document.querySelector("nav.menu a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const isOn = () => { try { return localStorage.getItem(kept) !== "off"; } catch { return true; } };
const menu = () => document.querySelectorAll("nav.menu a");
const placeOf = name => name === "" ? menu()[0] : [...menu()].find(link => new URL(link.href).pathname.endsWith(`/${name}`));
const rows = () => [...document.querySelectorAll("main tbody tr, main ul.changes > li")].filter(row => !row.matches(".group") && row.querySelector("a[href]") && row.offsetParent);
const rowOf = element => element?.closest?.("main tbody tr, main ul.changes > li") ?? null;
const box = row => row?.querySelector("input[type=checkbox]");

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(rowOf(document.activeElement));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  next.querySelector("a[href]").focus();
  next.scrollIntoView({ block: "nearest" });
}

function choose() {
  const found = box(rowOf(document.activeElement));
  if (found) found.checked = !found.checked;
  return found;
}

// If no row is ticked, dismisses the focused row.
function dismiss() {
  const button = document.querySelector("main button[name=decision][value=dismissed]");
  if (!button) return;
  const found = box(rowOf(document.activeElement));
  if (found && !button.form.querySelector("input[type=checkbox]:checked")) found.checked = true;
  button.click();
}

function help() {
  let dialog = document.getElementById("keys");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "keys";
    dialog.className = "keys";
    dialog.setAttribute("aria-label", "Keys");
    const list = document.createElement("dl");
    const lines = [["/", "search"], ["j, k", "next and previous row"], ["Enter", "open the row"], ["x", "tick the row"], ["e", "dismiss what is ticked, or the row"],
      ...Object.entries(places).filter(([, [name]]) => placeOf(name)).map(([key, [, text]]) => [`g ${key}`, text]), ["?", "these keys"]];
    for (const [key, text] of lines) {
      const [term, means] = [document.createElement("dt"), document.createElement("dd")];
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      means.textContent = text;
      list.append(term, means);
    }
    const label = document.createElement("label");
    const off = Object.assign(document.createElement("input"), { type: "checkbox", checked: isOn() });
    off.addEventListener("change", () => { try { localStorage.setItem(kept, off.checked ? "on" : "off"); } catch { /* Lasts until the page is left. */ } });
    label.append(off, " Single keys act (? always does)");
    const form = document.createElement("form");
    form.method = "dialog";
    form.append(Object.assign(document.createElement("button"), { className: "button", textContent: "Close" }));
    dialog.append(Object.assign(document.createElement("h2"), { textContent: "Keys" }), list, label, form);
    document.body.append(dialog);
  }
  dialog.showModal();
}

document.addEventListener("keydown", event => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("select, textarea, dialog, [contenteditable], [role=application], input:not([type=checkbox], [type=radio])")) return;
  const search = document.querySelector("main input[type=search], main input[name=search], main form[method=get] input:not([type=hidden])");
  const acts = { "/": () => search?.focus(), j: () => move(1), k: () => move(-1), x: choose, e: dismiss };
  let act = event.key === "?" ? help : isOn() ? acts[event.key] : undefined;
  if (isGoing && isOn() && Object.hasOwn(places, event.key)) act = () => placeOf(places[event.key][0])?.click();
  isGoing = false;
  clearTimeout(going);
  if (event.key === "g" && isOn()) {
    isGoing = true;
    going = setTimeout(() => { isGoing = false; }, 1500);
    return;
  }
  if (!act) return;
  event.preventDefault();
  act();
});
