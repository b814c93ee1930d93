// Light or dark: the style sheet follows the checked box by itself; this only keeps the choice. It is a
// cookie, so that the server writes data-theme into the page and nothing flashes.
{
  document.addEventListener("change", (event) => {
    const choice = event.target;
    if (!(choice instanceof HTMLInputElement) || choice.name !== "theme") return;
    const root = document.documentElement;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    if (choice.value === "system") {
      delete root.dataset.theme;
      document.cookie = `theme=; Max-Age=0; Path=/; SameSite=Lax${secure}`;
    } else {
      root.dataset.theme = choice.value;
      document.cookie = `theme=${choice.value}; Max-Age=31536000; Path=/; SameSite=Lax${secure}`;
    }
  });
}
