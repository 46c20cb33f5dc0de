// ruleid: page-from-text
element.innerHTML = words;
// ruleid: page-from-text
eval(words);
// ruleid: page-from-text
other.postMessage(words, "*");
// ok: page-from-text
element.textContent = words;
// ruleid: kept-in-the-browser
localStorage.setItem("words", words);
// ok: kept-in-the-browser
const words = new Map();
