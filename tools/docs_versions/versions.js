// On each page of each version: a choice of the version, and what to know of a page that is not of the latest release.
// KNOWN is written before this: latest, versions (the newest first), and the pages of each.
{
  const { version, page } = document.currentScript.dataset;
  const { latest, versions, pages } = KNOWN;
  const up = "../".repeat(page.split("/").length);
  const inVersion = (other) => `${up}${other}/${pages[other].includes(page) ? page : "index.html"}`;

  const choice = document.createElement("select");
  for (const other of versions) {
    const words = other === latest ? `${other} (latest)` : other;
    choice.append(new Option(words, other, other === version, other === version));
  }
  choice.addEventListener("change", () => location.assign(inVersion(choice.value)));
  // A page that the browser kept, and shows again, is still of its own version.
  addEventListener("pageshow", () => { choice.value = version; });
  const label = document.createElement("label");
  label.append("version ", choice);
  Object.assign(label.style, { display: "block", padding: "0.25rem var(--sidebar-item-spacing-horizontal, 1rem)" });
  Object.assign(choice.style, { font: "inherit", maxWidth: "100%" });
  (document.querySelector(".sidebar-search-container") ?? document.body.firstElementChild)?.after(label);

  if (version !== latest) {
    const link = document.createElement("a");
    link.href = inVersion(latest);
    link.textContent = `that of ${latest}`;
    const note = document.createElement("p");
    note.setAttribute("role", "note");
    const what = version === "dev" ? "what is not released yet" : `version ${version}`;
    note.append(`This page is about ${what}. The latest release has another: `, link, ".");
    Object.assign(note.style, { borderLeft: "3px solid currentColor", paddingLeft: "0.75rem" });
    (document.querySelector("article") ?? document.body).prepend(note);
  }
}
