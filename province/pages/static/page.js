// What the page does beyond plain HTML; everything works without it but the map's wheel.
"use strict";
document.documentElement.classList.add("scripted");

for (const form of document.querySelectorAll("form[data-send-on-change]"))
  for (const choice of form.querySelectorAll("select")) choice.addEventListener("change", () => form.submit());

for (const form of document.querySelectorAll("form[data-ask]"))
  form.addEventListener("submit", (event) => { if (!confirm(form.dataset.ask)) event.preventDefault(); });

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

for (const figure of document.querySelectorAll("[data-map]")) {
  const svg = figure.querySelector("svg");
  const whole = svg.getAttribute("viewBox").split(" ").map(Number);
  let frame = [...whole], held = null, moved = false;
  const show = () => svg.setAttribute("viewBox", frame.join(" "));
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  const zoom = (scale, [x, y]) => {
    const width = Math.min(Math.max(frame[2] * scale, whole[2] / 200), whole[2] * 2), real = width / frame[2];
    frame = [x - (x - frame[0]) * real, y - (y - frame[1]) * real, width, frame[3] * real];
    show();
  };
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, place(event));
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => { if (event.button === 0) { held = place(event); moved = false; } });
  svg.addEventListener("pointermove", (event) => {
    if (held === null) return;
    const [x, y] = place(event), reach = frame[2] / 150;
    if (!moved && Math.hypot(x - held[0], y - held[1]) < reach) return;
    moved = true;
    frame[0] += held[0] - x;
    frame[1] += held[1] - y;
    show();
  });
  for (const name of ["pointerup", "pointerleave"]) svg.addEventListener(name, () => { held = null; });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
  for (const button of figure.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => {
      const scale = Number(button.dataset.zoom);
      if (scale) zoom(scale, [frame[0] + frame[2] / 2, frame[1] + frame[3] / 2]);
      else { frame = [...whole]; show(); }
    });
}
