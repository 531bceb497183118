"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const content = document.getElementById("content");
  const connection = document.getElementById("connection");
  const question = "End the search now? Trials that train end with their epoch, and the final trainings follow. The search can't be continued afterwards.";

  const say = (text, isLost) => {
    if (connection.textContent === text) return; // read aloud only if it is new
    connection.textContent = text;
    connection.classList.toggle("lost", isLost);
  };

  // What a reader has opened or focused stays so.
  const opened = () => [...content.querySelectorAll("details")].map((details) => details.open);
  const focused = () => {
    const element = document.activeElement;
    if (!content.contains(element) || element === content) return () => {};
    const kind = element.localName;
    const place = [...content.querySelectorAll(kind)].indexOf(element);
    return () => content.querySelectorAll(kind)[place]?.focus({ preventScroll: true });
  };

  const show = (page) => {
    const wereOpen = opened(), refocus = focused();
    // What is the same stays in its place, so that no click on it is lost.
    const made = [...page.getElementById("content").children];
    made.forEach((part, n) => {
      const old = content.children[n];
      if (!old) content.append(part);
      else if (!old.isEqualNode(part)) old.replaceWith(part);
    });
    [...content.children].slice(made.length).forEach((old) => old.remove());
    content.querySelectorAll("details").forEach((details, n) => { details.open = wereOpen[n] ?? false; });
    document.title = page.title;
    document.querySelector("h1").textContent = page.querySelector("h1").textContent;
    refocus();
  };

  let isLoading = false, isOld = false;
  const refresh = async () => {
    isOld = true;
    if (isLoading) return;
    isLoading = true;
    try {
      while (isOld) {
        isOld = false;
        const answer = await fetch("/");
        if (!answer.ok) throw new Error(answer.statusText);
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      }
      say("This page changes as trials end.", false);
    } catch {
      say("The server does not answer: what is shown is no longer current.", true);
    } finally {
      isLoading = false;
    }
  };

  // A page that nobody sees asks for nothing.
  let source = null;
  const listen = () => {
    source?.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource("/events");
    source.onmessage = refresh;
    source.onerror = () => say("The server does not answer: what is shown is no longer current.", true);
  };
  document.addEventListener("visibilitychange", listen);
  listen();

  content.addEventListener("click", async (event) => {
    const button = event.target.closest("#end");
    if (!button || !window.confirm(question)) return;
    button.disabled = true;
    const address = `/studies/${button.dataset.study}/end`;
    const refused = document.getElementById("refused");
    try {
      const answer = await fetch(address, { method: "POST", headers: { "X-Token": button.dataset.token } });
      if (answer.ok) return refresh();
      refused.textContent = (await answer.json()).error;
    } catch {
      refused.textContent = "The server does not answer: the search goes on.";
    }
    refused.hidden = false;
    button.disabled = false;
  });
})();
