/**
 * Starts the living figures of a page. They share scripts in the folder living/. A page that is opened from disk may
 * load scripts and nothing else, so models are scripts too, which keep their data as text in `rnnvizSite`.
 */
(() => {
  "use strict";
  const living = new URL("../living/", document.currentScript.src);
  /** What every page has that runs models. */
  const LIVE = ["editor", "check"];

  function load(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(`${name}.js`, living).href;
      script.onload = () => resolve();
      script.onerror = () => reject(new Error(`${script.src} can't be loaded`));
      document.head.append(script);
    });
  }

  /** Adds the models to the data of a figure that runs them. */
  function withModels(figure, names) {
    const data = figure.querySelector("script[type='application/json']");
    const models = names.map((name) => self.rnnvizSite.models[name]);
    data.textContent = `${data.textContent.trim().slice(0, -1)},"_live":[${models.join(",")}]}`;
  }

  /** Loads the modules that figures show, by name. */
  function loadModules(names) {
    const shown = figures.flatMap((figure) => JSON.parse(figure.dataset.modules));
    return Promise.all([...new Set([...names, ...shown])].map((name) => load(`module-${name}`)));
  }

  async function startLive(running) {
    const names = new Set(running.flatMap(([, runs]) => runs));
    const wanted = [...names].map((name) => `model-${name}`);
    await Promise.all([loadModules(LIVE), ...[...wanted, "live-page"].map(load)]);
    for (const [figure, runs] of running) withModels(figure, runs);
    // Inline: the script reads its own text, which its worker runs.
    const script = document.createElement("script");
    script.textContent = self.rnnvizSite.code["live-page"];
    document.body.append(script);
    self.rnnvizSite.models = {};
  }

  const figures = [...document.querySelectorAll("figure.living")];
  const running = figures
    .map((figure) => [figure, JSON.parse(figure.dataset.runs)])
    .filter(([, runs]) => runs.length > 0);
  if (running.length > 0) requestAnimationFrame(() => setTimeout(() => startLive(running)));
  else if (figures.length > 0) loadModules([]).then(() => load("page"));
})();
