// A live page asks each second whether anything changed, puts what did where it stands, and lets
// its clocks run on in between. Nothing is asked while nobody looks.
const drillRoom = (() => {
  const room = document.querySelector("[data-live]");
  if (!room) return null;
  const EVERY = 1000;
  const LOST_AFTER = 5000;
  let tag = room.dataset.etag;
  let asking = false;
  let heard = Date.now();
  // As the server sent each part: what the page did to it since (a box that was opened) is no change.
  const sent = new Map([...room.querySelectorAll("[data-part]")].map((part) => [part.id, part.innerHTML]));

  // The clocks

  const clock = () => room.querySelector("[data-base]");
  // How far this device's clock is from the server's, measured when a page or a part came.
  let skew = clock() ? Date.now() - Number(clock().dataset.now) : 0;
  const elapsed = () => {
    const { base, since } = clock().dataset;
    const running = since ? Math.max(0, Date.now() - skew - Number(since)) / 1000 : 0;
    return Number(base) + Math.floor(running);
  };
  const two = (number) => String(number).padStart(2, "0");
  const long = (second) => `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  const short = (second) =>
    second < 3600 ? `${two(Math.floor(second / 60))}:${two(second % 60)}` : long(second).replace(/^0/, "");
  const put = (element, words) => { if (element.textContent !== words) element.textContent = words; };

  const tick = () => {
    if (!clock()) return;
    const now = elapsed();
    for (const element of room.querySelectorAll("[data-elapsed]")) put(element, long(now));
    for (const element of room.querySelectorAll("[data-due]")) {
      const left = Number(element.dataset.due) - now;
      if ("dueWords" in element.dataset) put(element, left > 0 ? `in ${short(left)}` : `overdue by ${short(-left)}`);
      else put(element, short(Math.abs(left)));
      element.classList.toggle("due", left <= 0);
    }
    for (const word of room.querySelectorAll("[data-due-word]")) {
      put(word, room.querySelector("[data-due]")?.classList.contains("due") ? "overdue by" : "in");
    }
    for (const element of room.querySelectorAll("[data-ago]")) put(element, short(Math.max(0, now - Number(element.dataset.ago))));
    for (const element of room.querySelectorAll("[data-left]")) {
      const left = Number(element.dataset.left) - now;
      put(element, left >= 0 ? `${short(left)} left` : `${short(-left)} over`);
    }
    // The clock on the wall: it goes on while the drill stands.
    for (const element of room.querySelectorAll("[data-wall]")) {
      put(element, short(Math.max(0, Math.floor((Date.now() - skew - Number(element.dataset.wall)) / 1000))));
    }
    const lost = room.querySelector("[data-lost]");
    const silent = Date.now() - heard;
    if (lost) {
      lost.hidden = silent < LOST_AFTER || document.hidden;
      put(lost.querySelector("[data-lost-for]"), `for ${Math.round(silent / 1000)} seconds`);
    }
  };

  // What changed

  const place = (html) => {
    const came = new DOMParser().parseFromString(html, "text/html");
    const changed = [];
    for (const part of came.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (!old) continue;
      for (const name of ["base", "since", "now", "tested"]) {
        if (name in part.dataset) old.dataset[name] = part.dataset[name];
      }
      if (sent.get(part.id) === part.innerHTML) continue;
      sent.set(part.id, part.innerHTML);
      keepingFocus(old, () => {
        const typed = [...old.querySelectorAll("input:not([type=hidden]), textarea")].filter((field) => field.id);
        const words = new Map(typed.map((field) => [field.id, field.value]));
        old.replaceChildren(...part.childNodes);
        for (const [id, value] of words) {
          const field = document.getElementById(id);
          if (field) field.value = value;
        }
      });
      htmx.process(old);
      changed.push(part.id);
    }
    if (clock()) skew = Date.now() - Number(clock().dataset.now);
    tick();
    if (changed.length) document.dispatchEvent(new CustomEvent("drill-shown", { detail: changed }));
  };

  const keepingFocus = (part, change) => {
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const scroll = window.scrollY;
    change();
    if (!focused) return;
    const again = focused.id ? document.getElementById(focused.id) : null;
    if (again) {
      again.focus({ preventScroll: true });
    } else {
      // What had the focus is gone (its hint is given): the part keeps the place, so that Tab goes on from here.
      part.tabIndex = -1;
      part.focus({ preventScroll: true });
    }
    window.scrollTo({ top: scroll, behavior: "instant" });
  };

  const ask = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(room.dataset.live, {
        cache: "no-store",
        headers: { "If-None-Match": tag, Accept: "text/html" },
        signal: AbortSignal.timeout(8000),
      });
      if (answer.ok && !answer.redirected) {
        place(await answer.text());
        tag = answer.headers.get("ETag") ?? tag;
        heard = Date.now();
      } else if (answer.status === 304) {
        heard = Date.now();
      } else if (answer.redirected || answer.status === 403 || answer.status === 404) {
        // Signed out, or no seat any more: the page itself says which.
        clearInterval(timer);
        location.reload();
      }
    } catch {
      // Lost for a moment: the line on the page says so, and the next second asks again.
    } finally {
      asking = false;
    }
  };

  const timer = setInterval(ask, EVERY);
  setInterval(tick, 250);
  tick();
  document.addEventListener("visibilitychange", ask);
  addEventListener("online", ask);
  document.addEventListener("drill-changed", ask);

  // A form that was heard is empty for the next; what was refused stays as it was typed.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest("form[data-clears]") ?? null;
    if (!form || !event.detail.successful) return;
    if (event.detail.xhr.getResponseHeader("HX-Trigger") !== "drill-changed") return;
    form.reset();
    const id = form.querySelector("[name=client_id]");
    if (id) id.value = drillId();
    const box = form.closest("details.improvise");
    if (box) box.open = false;
  });

  // What came is read out to who does not see it, and shown as new to who looks elsewhere on the page.
  const news = document.querySelector("[data-news]");
  const inView = (element) => {
    const box = element.getBoundingClientRect();
    return element.getClientRects().length > 0 && box.bottom > 96 && box.top < innerHeight - 96;
  };
  document.addEventListener("drill-shown", (event) => {
    const told = document.getElementById(room.dataset.tell ?? "");
    if (!told || !event.detail.includes(told.id)) return;
    const words = [...told.querySelectorAll("h2, p, figcaption, samp")].map((one) => one.textContent.trim());
    announce(words.join(". ").replace(/\s+/g, " "));
    if (news) news.hidden = inView(told);
  });
  if (news) {
    addEventListener("scroll", () => {
      const told = document.getElementById(room.dataset.tell ?? "");
      if (!news.hidden && told && inView(told)) news.hidden = true;
    }, { passive: true });
  }

  return { ask };
})();

// Made by this device: what is sent twice is kept once. (randomUUID exists only where the site has https.)
const drillId = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
