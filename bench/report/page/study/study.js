"use strict";
(() => {
  document.documentElement.classList.add("scripted");

  const made = (name, attributes, ...content) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...content);
    return element;
  };

  // Slides: a slider shows one row of images at a time.
  for (const slides of document.querySelectorAll(".slides")) {
    const rows = [...slides.querySelectorAll("figure")];
    if (rows.length < 2) continue;
    const names = rows.map((row) => row.querySelector("figcaption").textContent);
    const range = made("input", { type: "range", min: 0, max: rows.length - 1, "aria-label": slides.dataset.label });
    const text = made("output", {});
    const show = () => {
      rows.forEach((row, n) => { row.classList.toggle("off", n !== range.valueAsNumber); });
      text.textContent = names[range.valueAsNumber];
      range.setAttribute("aria-valuetext", text.textContent);
    };
    range.value = rows.length - 1;
    range.addEventListener("input", show);
    slides.prepend(made("div", { class: "slider hide-in-print" }, range, text));
    show();
  }

  // Parallel coordinates: two ends of a range on each axis; lines outside of one fade.
  const LEFT = 80, WIDTH = 1000; // of the axes within the space of the lines
  const valueAt = (scale, place) => {
    if (scale.names) return scale.names[Math.min(scale.names.length - 1, Math.max(0, Math.floor(place * scale.names.length)))];
    const value = scale.low + place * (scale.high - scale.low);
    return String(Number((scale.log ? 10 ** value : value).toPrecision(3)));
  };

  for (const chart of document.querySelectorAll(".parallel")) {
    const lines = [...chart.querySelectorAll("polyline")];
    const places = lines.map((line) => line.getAttribute("points").split(" ").map((point) => Number(point.split(",")[0])));
    const axes = [...chart.querySelectorAll(".coordinate")];
    const ranges = [];
    const said = made("output", { "aria-live": "polite" });
    const count = () => {
      let within = 0;
      lines.forEach((line, n) => {
        const fits = ranges.every(([low, high], axis) => {
          const [from, to] = [low.valueAsNumber, high.valueAsNumber];
          const place = places[n][axis];
          if (from === 0 && to === WIDTH) return true;
          return place >= LEFT && place >= LEFT + from * (WIDTH - LEFT) / WIDTH - 1 && place <= LEFT + to * (WIDTH - LEFT) / WIDTH + 1;
        });
        line.classList.toggle("faded", !fits);
        within += fits;
      });
      said.textContent = within === lines.length ? `All ${lines.length} trials are within the ranges.` : `${within} of ${lines.length} trials are within the ranges.`;
      reset.disabled = within === lines.length;
    };
    const update = (scale, low, high, moved) => {
      // The ends can't pass each other.
      if (low.valueAsNumber > high.valueAsNumber) moved.value = moved === low ? high.value : low.value;
      for (const end of [low, high]) end.setAttribute("aria-valuetext", valueAt(scale, end.valueAsNumber / WIDTH));
      count();
    };
    axes.forEach((axis) => {
      const scale = JSON.parse(axis.dataset.scale);
      const [low, high] = ["lowest", "highest"].map((which) =>
        made("input", { type: "range", min: 0, max: WIDTH, step: scale.names ? WIDTH / scale.names.length : 5, "aria-label": `${axis.dataset.name}, ${which}`, class: `end-${which} hide-in-print` }));
      low.value = 0;
      high.value = WIDTH;
      for (const end of [low, high]) {
        end.style.top = `${axis.dataset.y}px`;
        end.addEventListener("input", () => { update(scale, low, high, end); });
        chart.append(end);
      }
      ranges.push([low, high]);
    });
    const reset = made("button", { type: "button" }, "Whole ranges");
    reset.addEventListener("click", () => {
      for (const [low, high] of ranges) { low.value = 0; high.value = WIDTH; }
      axes.forEach((axis, n) => { update(JSON.parse(axis.dataset.scale), ...ranges[n], ranges[n][0]); });
    });
    chart.before(made("p", { class: "brushed hide-in-print" }, "Drag the ends of an axis to choose a range. ", said, " ", reset));
    axes.forEach((axis, n) => { update(JSON.parse(axis.dataset.scale), ...ranges[n], ranges[n][0]); });
  }
})();
