// Nothing typed is lost: each window keeps its text in this browser at once, and on the server soon after.
// A window has a key of its own; what another one kept is offered, never put in by itself.
const keeping = (() => {
  const prefix = "drillbook:text:";
  const AFTER = 1500; // ms of silence until the server is told
  const AGAIN = 5000; // ms until a server that did not answer is asked again
  const ALSO = ["why", "slug", "gap", "review"]; // what is kept beside the text

  const cookie = (name) =>
    document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };

  return (form, area, say) => {
    const place = `${prefix}${form.dataset.place}:`;
    const mine = place + form.elements.tab.value;
    const took = form.elements.took?.value ?? "";
    const also = () => Object.fromEntries(ALSO.map((name) => [name, form.elements[name]?.value ?? ""]));
    const standing = () => [area.value, ...Object.values(also())].join("\0");
    const opened = area.value;
    let kept = standing(); // what the server has
    let ever = false; // whether it has anything of this window
    let timer = 0;
    let sending = false;
    let full = false;

    // After a new sign-in the page's own token is old: the cookie's is right.
    const freshToken = () => {
      const field = form.elements.csrfmiddlewaretoken;
      field.value = cookie("csrftoken") || field.value;
      return field.value;
    };
    const stale = (response) => response.redirected || response.status === 401 || response.status === 403;
    // Words about a text that nobody changed are no draft.
    const isKept = () => standing() === kept || (!ever && area.value === opened);

    const here = () => {
      try {
        const base = form.elements.base?.value ?? "";
        const sent = isKept(); // the server has it, too, and offers it itself
        localStorage.setItem(mine, JSON.stringify({ text: area.value, at: Date.now(), base, sent, also: also() }));
      } catch {
        full = true; // no room or no permission: the server has it
      }
    };

    const there = async () => {
      clearTimeout(timer);
      if (sending || isKept()) return;
      sending = true;
      const text = standing();
      freshToken();
      const body = new FormData(form);
      try {
        const response = await fetch(form.dataset.save, { method: "POST", body, redirect: "follow" });
        if (stale(response)) {
          say("signed-out");
          timer = setTimeout(there, AGAIN);
        } else if (response.ok) {
          const { draft } = await response.json();
          kept = text;
          ever = true;
          // Loaded again, the page goes on with this text.
          if (draft) history.replaceState(history.state, "", `${location.pathname}?draft=${draft}`);
          here();
          say("kept");
        } else {
          say("refused", (await response.json().catch(() => ({}))).error ?? `Error ${response.status}.`);
          // A proxy before a portal that is starting again answers in its place; what is wrong with the text stays so.
          if (response.status >= 500 || response.status === 429) timer = setTimeout(there, AGAIN);
        }
      } catch {
        say(full ? "nowhere" : "offline");
        timer = setTimeout(there, AGAIN);
      }
      sending = false;
      if (standing() !== text) later();
    };

    let soon = 0;
    const later = () => {
      clearTimeout(soon);
      soon = setTimeout(here, 150);
      clearTimeout(timer);
      timer = setTimeout(there, AFTER);
    };

    // What has arrived by publishing or proposing is not offered again.
    for (const tab of decodeURIComponent(cookie("ended")).split(".").filter(Boolean)) {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(prefix) && key.endsWith(`:${tab}`)) localStorage.removeItem(key);
      }
    }

    // Asked before anything is typed here. What the window before this one kept of the same draft is newer than
    // the draft where the portal or the browser died before it was sent.
    const others = () =>
      Object.keys(localStorage)
        .filter((key) => key.startsWith(place))
        .map((key) => ({ key, ...read(key) }))
        .filter((one) => {
          const older = one.sent && took && one.key === place + took;
          if (typeof one.text === "string" && one.text !== area.value && !older) return true;
          if (one.key !== mine) localStorage.removeItem(one.key);
          return false;
        })
        .sort((a, b) => b.at - a.at);

    // A text that this browser kept, with what stood beside it. Its own copy goes when this window's is kept.
    const takeUp = (one) => {
      if (form.elements.base && one.base) form.elements.base.value = one.base;
      for (const [name, value] of Object.entries(one.also ?? {})) {
        if (form.elements[name] && value) form.elements[name].value = value;
      }
      ever = true;
      here();
      if (one.key !== mine && !full) localStorage.removeItem(one.key);
    };

    area.addEventListener("input", later);
    for (const name of ["why", "slug"]) form.elements[name]?.addEventListener("input", later);
    addEventListener("pagehide", () => { if (!isKept()) here(); }); // what nobody typed is not offered
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && !isKept()) {
        here();
        there();
      }
    });
    addEventListener("online", there);
    form.addEventListener("submit", () => {
      if (!isKept()) here();
      freshToken();
    });
    return { now: () => { here(); return there(); }, others, takeUp, freshToken, forget: (key) => localStorage.removeItem(key), later };
  };
})();
