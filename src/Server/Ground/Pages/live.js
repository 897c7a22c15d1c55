// Keeps a page up to date. The server sends the current state; if the page shows another state, this script fetches the page again
// and replaces its live parts. Without this script, the page stays as it was loaded.
const page = document.querySelector("[data-events]");

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = [...document.querySelectorAll("[data-live]")].map(part => [part, fresh.getElementById(part.id)])
    .filter(([part, next]) => next && next.innerHTML !== part.innerHTML);
  page.dataset.state = fresh.querySelector("[data-events]")?.dataset.state ?? "";
  const show = () => {
    for (const [part, next] of parts) swap(part, next);
    document.title = fresh.title;
  };
  const news = parts.map(([part, next]) => [part, newsOf(part, next)]).find(([, text]) => text);
  if (news) offer(...news, show);
  else {
    document.getElementById("news")?.replaceChildren();
    show();
  }
}

// New rows do not move a list under its reader; a button shows them.
function newsOf(part, next) {
  if (!part.dataset.offer) return null;
  const rows = list => [...list.querySelectorAll("tbody tr:not(.group) th a[href]")].map(link => link.getAttribute("href"));
  const here = new Set(rows(part));
  if (here.size === 0) return null;
  const count = rows(next).filter(row => !here.has(row)).length;
  return count > 0 ? `${count} new ${part.dataset.offer}${count === 1 ? "" : "s"}`
    : part.querySelector("input:checked") ? "This list has changed" : null;
}

function offer(part, news, show) {
  const line = document.getElementById("news");
  const button = document.createElement("button");
  button.className = "button";
  button.textContent = "Show";
  button.addEventListener("click", () => {
    show();
    line.replaceChildren();
    part.querySelector("th a[href]")?.focus({ preventScroll: true });
  });
  line.replaceChildren(document.createTextNode(`${news} `), button);
}

// Keeps opened details, focus and scroll position.
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

// Durations count up without the server.
function tick() {
  for (const time of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time.dataset.since)) / 1000));
    time.textContent = seconds < 60 ? `${seconds} s`
      : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
      : seconds < 86400 ? `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`
      : `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
  }
}

if (page?.dataset.events) {
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
