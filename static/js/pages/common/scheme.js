/*
 * Colour scheme before the first paint: a classic script in the head, so that no light flash precedes a dark page.
 * `data-scheme` is what is shown ("light" or "dark"), `data-scheme-choice` what was chosen (or "system").
 */
{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const CHOICES = ["system", "light", "dark"];

  /** @returns {string} the stored choice; "system" where nothing (or nothing sensible) is stored or storage is off */
  const stored = () => {
    try {
      const choice = localStorage.getItem("poseable.scheme") ?? "system";
      return CHOICES.includes(choice) ? choice : "system";
    } catch {
      return "system";
    }
  };

  /** @param {string} choice */
  const show = (choice) => {
    root.dataset.schemeChoice = choice;
    root.dataset.scheme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
  };

  show(stored());
  system.addEventListener("change", () => show(root.dataset.schemeChoice ?? "system"));

  addEventListener("DOMContentLoaded", () => {
    const name = document.getElementById("scheme-name");
    const label = () => {
      const choice = root.dataset.schemeChoice ?? "system";
      if (name) name.textContent = choice[0].toUpperCase() + choice.slice(1);
    };
    label();
    document.getElementById("scheme")?.addEventListener("click", () => {
      const choice = CHOICES[(CHOICES.indexOf(root.dataset.schemeChoice ?? "system") + 1) % CHOICES.length];
      show(choice);
      label();
      try {
        localStorage.setItem("poseable.scheme", choice);
      } catch {
        // Storage is off: the choice holds for this page only.
      }
    });
  });
}
