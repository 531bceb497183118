"use strict";

const find = (id) => document.getElementById(id);
const SMALL = 64; // pixels below which an image is shown with its pixels as squares
let latest = 0; // number of the image whose answers are shown
let shownUrls = [];

find("file").addEventListener("change", (event) => {
  ask(event.target.files[0]);
  event.target.value = ""; // or the same file can't be chosen again
});
document.addEventListener("paste", (event) => ask(event.clipboardData.files[0]));
find("form").addEventListener("submit", (event) => event.preventDefault());

for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    find("drop").classList.add("over");
  });
}

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) find("drop").classList.remove("over");
});

document.addEventListener("drop", (event) => {
  event.preventDefault();
  find("drop").classList.remove("over");
  ask(event.dataTransfer.files[0]);
});

async function ask(file) {
  if (!file) return;
  const number = ++latest;
  const isLatest = () => number === latest;
  find("answer").setAttribute("aria-busy", "true");
  try {
    const prediction = await (await send("predict", file)).json();
    if (!isLatest()) return;
    show(file, prediction);
    const map = await (await send("explain", file)).blob();
    if (isLatest()) showMap(map, prediction.prediction);
  } catch (error) {
    if (isLatest()) refuse(error.message);
  }
}

async function send(place, file) {
  let response;
  try {
    response = await fetch(place, {
      method: "POST",
      body: file,
      headers: { "Content-Type": "application/octet-stream" },
    });
  } catch {
    throw new Error("the server does not answer: is it still running?");
  }
  if (response.ok) return response;
  let reason = `the server answered with status ${response.status}`;
  try {
    reason = (await response.json()).error || reason;
  } catch {
    // no JSON: the status says what there is to say
  }
  throw new Error(reason);
}

function refuse(reason) {
  find("answer").hidden = true;
  find("error").textContent = reason;
  find("error").hidden = false;
}

function show(file, answer) {
  shownUrls.forEach(URL.revokeObjectURL);
  shownUrls = [];
  find("error").hidden = true;
  find("prediction").textContent =
    `${answer.prediction} (${percent(answer.probability)})`;
  find("top").replaceChildren(...answer.top.map(row));
  find("notes").replaceChildren(...answer.notes.map((note) => item(note)));
  find("named").textContent = file.name || "pasted image";
  find("image").alt = `The image: ${file.name || "pasted"}`;
  find("map").hidden = true;
  find("waiting").hidden = false;
  put(find("image"), file);
  find("answer").hidden = false;
  find("answer").setAttribute("aria-busy", "false");
}

function showMap(map, prediction) {
  find("waiting").hidden = true;
  find("map").alt = `Map of the pixels that speak for ${prediction}`;
  put(find("map"), map);
  find("map").hidden = false;
}

function put(picture, blob) {
  const url = URL.createObjectURL(blob);
  shownUrls.push(url);
  picture.onload = () =>
    picture.classList.toggle("small", picture.naturalWidth < SMALL);
  picture.src = url;
}

function row({ label, probability }) {
  const track = element("div", "track");
  const bar = element("div", "bar");
  bar.style.width = `${100 * probability}%`;
  track.setAttribute("aria-hidden", "true");
  track.append(bar);
  const line = element("li", "");
  line.append(
    element("span", "label", label), track,
    element("span", "share", percent(probability)),
  );
  return line;
}

function item(text) {
  return element("li", "", text);
}

function element(tag, kind, text = "") {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text;
  return made;
}

function percent(share) {
  if (share < 1 && share >= 0.9995) return "> 99.9%";
  return `${(100 * share).toFixed(1)}%`;
}
