// What a careful eye would find on a page, as a list of complaints. Runs as the body of a function.
const complaints = [];
const complain = (what, node) =>
  complaints.push(`${what}: ${(node.textContent || node.outerHTML).trim().slice(0, 60)}`);

// Every text that is meant to be seen, with the boxes of its lines.
const hiddenHead = [...document.querySelectorAll("thead")]
  .some((head) => getComputedStyle(head).position === "absolute");
const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode()); ) {
  const parent = node.parentElement;
  if (!node.data.trim() || parent.closest("svg") || (hiddenHead && parent.closest("thead"))) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  texts.push({node, parent, boxes: [...range.getClientRects()].filter((box) => box.width > 0)});
}
if (texts.length < 20) complaints.push(`only ${texts.length} texts are there`);

// Nothing runs out of the page or of its cell.
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width) complaints.push("the page scrolls sideways");
for (const {node, parent, boxes} of texts) {
  const cell = parent.closest("td,th");
  const frame = cell ? cell.getBoundingClientRect() : {left: 0, right: width, top: 0, bottom: 1e9};
  if (boxes.length === 0) complain("cannot be seen", node);
  for (const box of boxes) {
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 ||
        box.bottom > frame.bottom + 1) {
      complain("runs out of its place", node);
    }
  }
}

// No two texts, and no text and bar, lie on each other.
const boxes = texts.flatMap(({node, boxes}) => boxes.map((box) => ({node, box})));
for (const bar of document.querySelectorAll("svg")) {
  boxes.push({node: bar, box: bar.getBoundingClientRect()});
}
boxes.sort((a, b) => a.box.top - b.box.top);
boxes.forEach((one, i) => {
  for (let j = i + 1; j < boxes.length && boxes[j].box.top < one.box.bottom - 2; ++j) {
    const other = boxes[j];
    if (Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left) > 1 &&
        one.node !== other.node) {
      complain("overlaps", one.node);
      complain("  with", other.node);
    }
  }
});

// Text stands out from what is behind it: WCAG 2.1, 1.4.3.
const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
const luminance = (colour) => channels(colour).slice(0, 3)
  .map((value) => value / 255)
  .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
const background = (element) => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    const alpha = channels(colour)[3];
    if (alpha === undefined || alpha === 1) return colour;
    if (alpha !== 0) complain("has a background that is half seen through", element);
  }
  return "rgb(255,255,255)";
};
for (const {node, parent} of texts) {
  const [low, high] = [getComputedStyle(parent).color, background(parent)].map(luminance)
    .sort((a, b) => a - b);
  const contrast = (high + 0.05) / (low + 0.05);
  if (contrast < 4.5) complain(`has a contrast of ${contrast.toFixed(2)}`, node);
}

// What those need who do not see the page.
if (document.documentElement.lang !== "en") complaints.push("the language is not said");
if (document.querySelectorAll("h1").length !== 1) complaints.push("there is not one h1");
if (document.querySelectorAll("main").length !== 1) complaints.push("there is not one main");
if (/user-scalable|maximum-scale/.test(document.querySelector("meta[name=viewport]").content)) {
  complaints.push("zooming is not allowed");
}
for (const link of document.querySelectorAll("a")) {
  if (!link.textContent.trim()) complain("is a link without a name", link);
}
for (const picture of document.querySelectorAll("svg:not([aria-hidden=true])")) {
  if (picture.getAttribute("role") !== "img" || !picture.querySelector("title")?.textContent) {
    complain("is a picture without a name", picture);
  }
}
for (const head of document.querySelectorAll("th")) {
  if (!head.scope) complain("is a head of nothing", head);
}
return complaints;
