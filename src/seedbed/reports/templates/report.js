// Draws every figure in the reader's colours and at the width there is; the still picture stays where that fails.
(() => {
  "use strict";
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  const narrowestPanel = 140;
  const figures = [...document.querySelectorAll("figure.chart")];
  const drawn = new Map();

  // Charts are written in light colours; on a dark page each known colour becomes its counterpart. Rows are left alone.
  function recoloured(node, key) {
    if (typeof node === "string") return settings.dark[node] ?? node;
    if (node === null || typeof node !== "object" || key === "values" || key === "datasets") return node;
    if (Array.isArray(node)) return node.map((child) => recoloured(child));
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, recoloured(child, name)]));
  }

  // Vega cuts off what is too wide. Here titles and row names break into lines, and legends into columns that fit.
  const letter = 7; // pixels, a little more than the mean of 12-pixel text
  const inTwoLines =
    "length(datum.label) < 22 ? datum.label : " +
    "split(replace(datum.label, regexp('(.{' + floor(length(datum.label) / 2 - 2) + '}\\\\S*) '), '$1\\n'), '\\n')";

  function broken(title, room) {
    if (typeof title !== "string") return title;
    const lines = [""];
    for (const word of title.split(" ")) {
      const longer = (lines.at(-1) + " " + word).trim();
      if (longer.length * letter > room && lines.at(-1)) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines.length > 1 ? lines : title;
  }

  function narrowed(node, width, channel) {
    if (node === null || typeof node !== "object" || channel === "values" || channel === "datasets") return node;
    if (Array.isArray(node)) return node.map((child) => narrowed(child, width));
    const entries = Object.entries(node).map(([name, child]) => [name, narrowed(child, width, name)]);
    const own = Object.fromEntries(entries);
    if (channel === "x" && own.title) own.title = broken(own.title, width * 0.6);
    if (channel === "y" && own.title) own.title = broken(own.title, 190);
    if (channel === "y" && own.type === "nominal" && own.axis !== null) {
      own.axis = { ...own.axis, labelExpr: inTwoLines, labelFontSize: 11, labelLineHeight: 12 };
    }
    if (own.legend && Array.isArray(own.scale?.domain) && typeof own.scale.domain[0] === "string") {
      const widest = Math.max(...own.scale.domain.map((name) => name.length * letter + 46));
      own.legend = { ...own.legend, columns: Math.max(1, Math.floor((width - settings.margin) / widest)) };
    }
    return own;
  }

  // Vega-Lite cannot fit small multiples to a width either.
  function fitted(given, width) {
    const spec = width < 640 ? narrowed(given, width) : given;
    const config = spec.config ?? {};
    const axisY = { ...config.axisY, labelLimit: Math.min(280, Math.round(width * 0.45)) };
    const sized = { ...spec, config: { ...config, axisY } };
    if (!spec.facet) return sized;
    const wanted = spec.columns ?? 1;
    const room = Math.floor((width - settings.margin + settings.gutter) / (narrowestPanel + settings.gutter));
    const columns = Math.max(1, Math.min(wanted, room));
    const across = Math.floor((width - settings.margin - settings.gutter * (columns - 1)) / columns);
    return { ...sized, columns, spec: { ...spec.spec, width: across } };
  }

  // Where the pointer is near, not on, a point, Vega-Lite 6 looks for its numbers in the right place and for its names in
  // the wrong one.
  function named(node) {
    if (node === null || typeof node !== "object") return node;
    const signal = node.tooltip?.signal;
    if (signal?.includes("datum.datum[")) {
      node.tooltip.signal = signal.replace(/(^|[^.])datum\[/g, "$1datum.datum[");
    }
    for (const key of Object.keys(node)) if (key !== "values") named(node[key]);
    return node;
  }

  async function draw(figure) {
    const live = figure.querySelector(".live");
    if (live.clientWidth === 0) return; // folded: it is drawn once it is opened
    const spec = JSON.parse(figure.querySelector(".spec").textContent);
    const width = live.clientWidth;
    const options = {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
      patch: named,
      ast: true, // expressions are interpreted, so the page's policy need not allow code from strings
      tooltip: { theme: prefersDark.matches ? "dark" : "light" },
    };
    try {
      const themed = prefersDark.matches ? recoloured(spec) : spec;
      drawn.get(figure)?.finalize();
      drawn.set(figure, await window.vegaEmbed(live, fitted(themed, width), options));
      live.querySelector("svg")?.setAttribute("aria-hidden", "true");
      figure.classList.add("drawn");
      figure.dataset.width = String(width);
    } catch (error) {
      figure.classList.remove("drawn");
      figure.dataset.failed = String(error);
    }
  }

  // One after another: a page with many figures stays responsive while they appear.
  async function drawAll(chosen) {
    for (const figure of chosen) await draw(figure);
  }

  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    const changed = (figure) => figure.dataset.width !== String(figure.querySelector(".live").clientWidth);
    waiting = setTimeout(() => drawAll(figures.filter(changed)), 150);
  });
  prefersDark.addEventListener("change", () => drawAll(figures));

  // What is folded is drawn as it opens, and opens for an address inside it.
  document.addEventListener("toggle", ({ target }) => {
    if (target.open) drawAll([...target.querySelectorAll("figure.chart")].filter((figure) => !drawn.has(figure)));
  }, true);
  function reveal() {
    const found = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!found) return;
    for (let fold = found.querySelector(":scope > details.fold") ?? found.closest("details"); fold; ) {
      fold.open = true;
      fold = fold.parentElement.closest("details");
    }
    found.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);

  // Paper cannot be clicked: all but the tables behind figures is unfolded for it, and folded again after.
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not(.data):not([open])")];
    unfolded.forEach((fold) => fold.setAttribute("open", ""));
  });
  window.addEventListener("afterprint", () => unfolded.forEach((fold) => fold.removeAttribute("open")));

  // The still picture is what is saved: as it is, or painted twice as large.
  function link(figure, kind, href) {
    const anchor = document.createElement("a");
    Object.assign(anchor, { href: href ?? "#" + figure.id, download: `${figure.id}.${kind}`, textContent: kind.toUpperCase() });
    figure.querySelector(".save").append(" ", anchor);
    return anchor;
  }
  async function painted(still) {
    const canvas = document.createElement("canvas");
    const copy = new Image();
    copy.src = still.src;
    await copy.decode();
    [canvas.width, canvas.height] = [2 * copy.naturalWidth, 2 * copy.naturalHeight];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(copy, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png");
  }
  for (const figure of figures) {
    const still = figure.querySelector(".still");
    link(figure, "svg", still.src);
    link(figure, "png").addEventListener("click", async (event) => {
      const anchor = event.currentTarget;
      if (anchor.href.startsWith("data:")) return;
      event.preventDefault();
      anchor.href = await painted(still);
      anchor.click();
    });
  }

  document.documentElement.classList.add("scripted");
  drawAll(figures);
  reveal();
})();
