/**
 * Runs in the page before its own scripts and puts `bench` on the window: when something was drawn, and what is alive in WebGL. Plain
 * JavaScript, as the page is another program.
 */
export const pageProbe = `(() => {
  const gl = WebGL2RenderingContext.prototype;
  const alive = new Map();
  let drawn = () => undefined;
  const wrap = (name, then) => {
    const original = gl[name];
    gl[name] = function (...args) {
      const made = original.apply(this, args);
      then(this, made, args);
      return made;
    };
  };
  const count = (context, kind, change) => {
    const own = alive.get(context) ?? { textures: 0, buffers: 0 };
    own[kind] += change;
    alive.set(context, own);
  };
  for (const [kind, what] of [['textures', 'Texture'], ['buffers', 'Buffer']]) {
    wrap('create' + what, (context) => count(context, kind, 1));
    wrap('delete' + what, (context, _made, [resource]) => resource && count(context, kind, -1));
  }
  for (const name of ['drawArrays', 'drawElements', 'drawArraysInstanced', 'drawElementsInstanced'])
    wrap(name, (context) => drawn(context));

  // Reading a pixel back is what really waits for what was drawn.
  const fence = (context) => {
    if (!context.isContextLost()) context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, new Uint8Array(4));
  };
  const frames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

  /** When something is drawn in an element. */
  const firstDraw = (selector) =>
    new Promise((resolve) => {
      drawn = (context) => {
        if (!context.canvas.closest?.(selector)) return;
        drawn = () => undefined;
        queueMicrotask(() => {
          fence(context);
          resolve(performance.now());
        });
      };
    });
  const becomes = (test) =>
    new Promise((resolve) => {
      if (test()) return resolve();
      const watch = new MutationObserver(() => {
        if (!test()) return;
        watch.disconnect();
        resolve();
      });
      watch.observe(document, { subtree: true, childList: true, attributes: true });
    });
  /** When an element is there, and what it brought is drawn. */
  const appears = async (selector) => {
    await becomes(() => document.querySelector(selector) !== null);
    await frames();
    for (const context of alive.keys()) if (document.contains(context.canvas)) fence(context);
    return performance.now();
  };
  window.bench = {
    frames,
    /**
     * Milliseconds from the press of a button, or the choice of an option, to the first drawing in an element, and from
     * there until another element is there.
     */
    async time(element, drawnIn, whole, chosen) {
      const began = performance.now();
      const drawing = firstDraw(drawnIn);
      if (chosen === undefined) element.click();
      else {
        element.selectedIndex = [...element.options].findIndex(({ text }) => text === chosen);
        element.dispatchEvent(new Event('change', { bubbles: true }));
      }
      const first = await drawing;
      return { first: first - began, whole: (await appears(whole)) - began };
    },
    alive() {
      const sum = { contexts: 0, textures: 0, buffers: 0 };
      for (const [context, own] of alive) {
        if (context.isContextLost()) alive.delete(context);
        else {
          sum.contexts++;
          sum.textures += own.textures;
          sum.buffers += own.buffers;
        }
      }
      return sum;
    },
  };
})()`;
