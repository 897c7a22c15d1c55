// Keeps a page up to date. The server says which state the page would show now; where that is another one than the page shows, its parts that
// follow something are taken from a fresh rendering of the same address. Without this script the page is as it was when it was loaded.
const page = document.querySelector("[data-events]");

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && next.innerHTML !== part.innerHTML) swap(part, next);
  }
  page.dataset.state = fresh.querySelector("[data-events]")?.dataset.state ?? "";
  document.title = fresh.title;
}

// What its reader has opened or closed, and where the keyboard is, stays.
function swap(part, next) {
  const opened = [...part.querySelectorAll("details[id]")].map(details => [details.id, details.open]);
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const [focused, address] = [active?.id, active?.getAttribute("href")];
  const atEnd = [...part.querySelectorAll("[data-end]")].every(text => text.scrollHeight - text.scrollTop - text.clientHeight < 40);
  part.replaceChildren(...next.childNodes);
  if (atEnd) for (const text of part.querySelectorAll("[data-end]")) text.scrollTop = text.scrollHeight;
  for (const [id, isOpen] of opened) document.getElementById(id)?.toggleAttribute("open", isOpen);
  const again = focused ? document.getElementById(focused)
    : address ? [...part.querySelectorAll("a[href]")].find(link => link.getAttribute("href") === address) : null;
  again?.focus({ preventScroll: true });
}

// Times that go on need nobody to say so.
function tick() {
  for (const time of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dataset.since)) / 1000));
    time.textContent = seconds < 60 ? `${seconds} s`
      : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
      : seconds < 86400 ? `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`
      : `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
  }
}

if (page) {
  const events = new EventSource(page.dataset.events);
  const status = document.getElementById("live-status");
  let asked = Promise.resolve();
  events.addEventListener("state", event => {
    asked = asked.then(() => JSON.parse(event.data) === page.dataset.state ? undefined : refresh()).catch(() => undefined);
  });
  events.addEventListener("end", () => { events.close(); if (status) status.textContent = ""; });
  events.addEventListener("open", () => { if (status) status.textContent = "Updates by itself."; });
  events.addEventListener("error", () => { if (status) status.textContent = "Not connected: this may be out of date."; });
  setInterval(tick, 1000);
}
