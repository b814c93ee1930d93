// The exact time on hover, in the reader's own zone. The page says "17 days ago"; <time datetime> knows when.
{
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
  document.addEventListener("pointerover", (event) => {
    const time = event.target instanceof Element && event.target.closest("time[datetime]");
    if (!time || time.dataset.exact) return;
    const stated = time.dateTime;
    // A bare date is that date everywhere; reading it as midnight UTC would move it.
    const date = new Date(stated.length === 10 ? `${stated}T12:00` : stated);
    if (Number.isNaN(date.valueOf())) return;
    time.title = (stated.length === 10 ? day : exact).format(date);
    time.dataset.exact = "yes";
  });
}
