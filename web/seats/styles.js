// How the component looks. Colours are custom properties that the page may set; defaults are for light and dark. Names of
// our own begin with --_, so that a page can set ours from its own without a circle.
const LIGHT = `
  --_ink: var(--marquee-ink, #1c2128); --_muted: var(--marquee-muted, #565f6b); --_surface: var(--marquee-surface, #ffffff);
  --_raised: var(--marquee-raised, #f4f5f7); --_line: var(--marquee-line, #cfd5dc); --_accent: var(--marquee-accent, #0a6c5b);
  --_on-accent: var(--marquee-on-accent, #ffffff); --_focus: var(--marquee-focus, #1f5fd0); --_alert: var(--marquee-alert, #a3240f);
  --_gone: var(--marquee-gone, #8b94a0); --_gone-fill: var(--marquee-gone-fill, #e6e9ed);
  --_hue0: var(--marquee-type-1, #2f5f9e); --_hue1: var(--marquee-type-2, #8a5300); --_hue2: var(--marquee-type-3, #7a3b93);
  --_hue3: var(--marquee-type-4, #a03257); --_hue4: var(--marquee-type-5, #4f6b10); --_hue5: var(--marquee-type-6, #4a5568);`;
const DARK = `
  --_ink: var(--marquee-ink, #e9ecf0); --_muted: var(--marquee-muted, #a8b1bd); --_surface: var(--marquee-surface, #15191f);
  --_raised: var(--marquee-raised, #1f252d); --_line: var(--marquee-line, #3a434f); --_accent: var(--marquee-accent, #4cc9ae);
  --_on-accent: var(--marquee-on-accent, #06211b); --_focus: var(--marquee-focus, #8ab4ff); --_alert: var(--marquee-alert, #ff9c86);
  --_gone: var(--marquee-gone, #6f7985); --_gone-fill: var(--marquee-gone-fill, #272e37);
  --_hue0: var(--marquee-type-1, #8db8f2); --_hue1: var(--marquee-type-2, #e6b35a); --_hue2: var(--marquee-type-3, #d3a4e8);
  --_hue3: var(--marquee-type-4, #f29ab8); --_hue4: var(--marquee-type-5, #b5cf6b); --_hue5: var(--marquee-type-6, #b8c1cd);`;

const HUES = [0, 1, 2, 3, 4, 5].map((hue) => `.hue${hue} { --_hue: var(--_hue${hue}); }`).join("\n");

const FRAME = `
:host { display: block; color-scheme: light; ${LIGHT} color: var(--_ink); background: var(--_surface);
  font: 400 1rem/1.45 var(--marquee-font, system-ui, "Noto Sans", "Noto Sans Devanagari", "Noto Sans Tamil", sans-serif); }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { color-scheme: dark; ${DARK} } }
:host([theme="dark"]) { color-scheme: dark; ${DARK} }
:host([hidden]), [hidden], .hidden { display: none !important; }
* { box-sizing: border-box; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin-block-end: .5rem; }
.views, .zoom { display: inline-flex; border: 1px solid var(--_line); border-radius: .6rem; overflow: hidden; }
.zoom { margin-inline-start: auto; }
button { font: inherit; color: inherit; background: transparent; border: 0; min-block-size: 2.75rem; min-inline-size: 2.75rem; padding: 0 .8rem; cursor: pointer; }
button:hover { background: var(--_raised); }
.views button[aria-pressed="true"] { background: var(--_ink); color: var(--_surface); }
.views button + button { border-inline-start: 1px solid var(--_line); }
.zoom button { padding: 0; display: grid; place-items: center; border-inline-start: 1px solid var(--_line); }
.zoom button:first-child { border-inline-start: 0; }
.zoom svg { inline-size: 1.15rem; block-size: 1.15rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
:focus-visible { outline: 3px solid var(--_focus); outline-offset: 2px; }
.views button:focus-visible, .zoom button:focus-visible { outline-offset: -3px; border-radius: .6rem; }
.connection { flex: 1 1 0; min-inline-size: .8rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--_muted); font-size: .875rem; }
.connection::before { content: ""; display: inline-block; vertical-align: -.05em; margin-inline-end: .4rem; inline-size: .55rem; block-size: .55rem; border-radius: 50%; border: 2px solid currentColor; }
.connection.live::before { background: currentColor; }
.connection.offline { color: var(--_alert); font-weight: 600; }
@media (max-width: 480px) { .bar { gap: .4rem; } .views button { padding: 0 .5rem; font-size: .9375rem; } }
@media (max-width: 480px) { :host(:lang(ta)) .views button { padding: 0 .35rem; font-size: .875rem; } :host(:lang(ta)) .zoom button { min-inline-size: 2.5rem; } }
@media (max-width: 480px) { .connection { order: 3; flex-basis: 100%; } .connection.live { order: 0; flex-basis: 0; font-size: 0; } }
.prices { min-block-size: 2.75rem; display: flex; flex-wrap: wrap; gap: .4rem; margin-block-end: .6rem; }
.price { display: inline-flex; align-items: center; gap: .4rem; border: 1px solid var(--_line); border-radius: 99rem; padding: 0 .7rem 0 .5rem; font-size: .875rem; }
.price b { font-weight: 600; }
.price { flex: none; white-space: nowrap; }
@media (max-width: 480px) { .prices { flex-wrap: nowrap; overflow-x: auto; padding: 4px; margin: -4px -4px calc(.6rem - 4px); min-block-size: calc(2.75rem + 8px); } }
.price[aria-pressed="true"] { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); background: var(--_raised); }
.sample { inline-size: 1.35rem; block-size: 1.35rem; flex: none; overflow: visible; }
.frame { position: relative; border: 1px solid var(--_line); border-radius: .75rem; background: var(--_surface); overflow: hidden; min-block-size: 12rem; }
.view { overflow: auto; max-block-size: var(--marquee-height, 70vh); touch-action: pan-x pan-y; scroll-padding: 44px; overscroll-behavior-x: contain; scrollbar-gutter: stable both-edges; scrollbar-width: thin; scrollbar-color: var(--_gone) transparent; }
.map { display: block; margin-inline: auto; }
.tip { position: absolute; inset-block-start: 0; inset-inline-start: 0; pointer-events: none; background: var(--_ink); color: var(--_surface); padding: .3rem .6rem; border-radius: .4rem; font-size: .875rem; max-inline-size: 18rem; z-index: 2; }
.notes { position: absolute; inset-inline: .75rem; inset-block-end: .75rem; display: grid; gap: .4rem; justify-items: center; pointer-events: none; z-index: 3; }
.notes > * { margin: 0; background: var(--_ink); color: var(--_surface); padding: .6rem .9rem; border-radius: .6rem; max-inline-size: 34rem; }
.notes > :empty { display: none; }
.wait { display: grid; place-items: center; min-block-size: min(var(--marquee-height, 70vh), 32rem); padding: 1rem; color: var(--_muted); text-align: center; gap: .75rem; }
.wait p { margin: 0; }
.wait button { border: 1px solid var(--_line); border-radius: .6rem; color: var(--_ink); }
.meaning { list-style: none; margin: .6rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .875rem; color: var(--_muted); }
.meaning li { display: inline-flex; align-items: center; gap: .35rem; }
`;

const MAP = `
${HUES}
.map { user-select: none; -webkit-user-select: none; -webkit-tap-highlight-color: transparent; }
.seat { fill: var(--_surface); stroke: var(--_hue); stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; cursor: pointer; outline: none; }
.seat.available:hover { fill: var(--_raised); stroke-width: 2.2; }
.seat.selected { fill: var(--_accent); stroke: var(--_on-accent); stroke-width: 2.2; paint-order: normal; }
.seat.mine { fill: var(--_raised); stroke: var(--_accent); stroke-width: 2.4; }
.seat.held { fill: var(--_gone-fill); stroke: var(--_gone); stroke-dasharray: 3 2.4; cursor: default; }
.seat.sold { fill: var(--_gone-fill); stroke: var(--_gone); stroke-width: 1.3; cursor: default; }
.seat.blocked { stroke: var(--_gone); cursor: default; }
.seat.faded { opacity: .22; }
.seat.marked { stroke: var(--_alert); stroke-width: 3; }
.ring { fill: none; stroke: var(--_focus); stroke-width: 2.6; visibility: hidden; pointer-events: none; }
.ring.seen { visibility: visible; }
.aisle { fill: var(--_raised); }
.pair { stroke: var(--_muted); stroke-width: 5; }
.screen { fill: none; stroke: var(--_muted); stroke-width: 3; stroke-linecap: round; }
text { font-family: inherit; fill: var(--_muted); text-anchor: middle; dominant-baseline: central; pointer-events: none; }
.screen-word { font-size: 12px; letter-spacing: .08em; }
.rows text { font-weight: 600; }
.rows rect { fill: var(--_surface); opacity: .94; }
.rows { pointer-events: none; }
.numbers text { font-size: 9px; fill: var(--_ink); }
.numbers .long { font-size: 7px; }
.signs path { fill: none; stroke: var(--_ink); stroke-width: 1.5; stroke-linecap: round; pointer-events: none; }
@media (forced-colors: active) {
  .seat { forced-color-adjust: none; fill: Canvas; stroke: CanvasText; }
  .seat.selected { fill: Highlight; stroke: HighlightText; }
  .seat.held, .seat.sold, .seat.blocked { fill: Canvas; stroke: GrayText; }
  .ring { stroke: Highlight; }
}
`;

const LIST = `
.frame.both { display: grid; grid-template-columns: minmax(0, 1fr) 15.5rem; }
.both .list { block-size: 0; min-block-size: 100%; max-block-size: none; border-inline-start: 1px solid var(--_line); }
.list { padding: .75rem; max-block-size: var(--marquee-height, 70vh); overflow: auto; }
.only-free { display: inline-flex; align-items: center; gap: .5rem; min-block-size: 2.75rem; margin-block-end: .5rem; line-height: 1.25; cursor: pointer; }
input[type="checkbox"] { inline-size: 1.25rem; block-size: 1.25rem; flex: none; margin: 0; accent-color: var(--_accent); }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; min-inline-size: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .35rem; content-visibility: auto; contain-intrinsic-size: auto 16rem; }
legend { font-weight: 600; padding: 0; margin-block-end: .35rem; }
.free { font-weight: 400; color: var(--_muted); }
.item { display: flex; align-items: center; gap: .6rem; min-block-size: 2.75rem; padding: .3rem .6rem; border: 1px solid var(--_line); border-radius: .5rem; cursor: pointer; }
.item.selected { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); }
.item.marked { border-color: var(--_alert); box-shadow: inset 0 0 0 1px var(--_alert); }
.item.held, .item.sold, .item.blocked { background: var(--_gone-fill); cursor: default; }
.words { display: grid; font-size: .9375rem; line-height: 1.25; min-inline-size: 0; }
.item .state { color: var(--_muted); font-size: .8125rem; }
.nothing { color: var(--_muted); text-align: center; }
`;

let sheet;

/** One sheet for all elements of a page; adopted, not written into it, so that a strict policy has nothing to forbid. */
export function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(FRAME + MAP + LIST);
  }
  return sheet;
}
