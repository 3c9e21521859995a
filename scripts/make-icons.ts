// Draws the icons of the web app that cannot be SVG from `packages/web/public/icon.svg`, with the Chromium of the tests:
// `node scripts/make-icons.ts` after a change of that file. The pictures are checked in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findChromium, startChromium } from "../e2e/chromium.ts";
import { root } from "./checkout.ts";

const folder = join(root, "packages/web/public");
const svg = readFileSync(join(folder, "icon.svg"), "utf8");
const ground = /<rect [^>]*fill="([^"]+)"/.exec(svg)?.[1];
if (ground === undefined) throw new Error("icon.svg has no ground to take the colour of");

/** The signs alone, without the ground. */
const signs = svg.replace(/<rect [^>]*\/>/, "");
const icons = [
  { name: "icon-192.png", size: 192, css: "", content: svg },
  { name: "icon-512.png", size: 512, css: "", content: svg },
  // Cut to any shape by the system: the ground goes to the edges, the signs stay in the middle.
  { name: "icon-maskable-512.png", size: 512, css: `background:${ground}`, content: signs, scale: 0.78 },
  // The system rounds it by itself and fills what is transparent with black.
  { name: "icon-180.png", size: 180, css: `background:${ground}`, content: signs, scale: 0.9 },
  // Only its transparency is looked at.
  { name: "icon-badge.png", size: 96, css: "", content: signs, scale: 1.25 },
] as const;

const executable = findChromium();
if (executable === undefined) process.exit(1);
const browser = await startChromium(executable);
try {
  const page = await browser.context.newPage();
  for (const { name, size, css, content, ...rest } of icons) {
    const scale = "scale" in rest ? rest.scale : 1;
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<style>html,body{margin:0;overflow:hidden;background:transparent}div{width:${size}px;height:${size}px;${css}}` +
        `svg{display:block;width:100%;height:100%;transform:scale(${scale})}</style><div>${content}</div>`,
    );
    await page.screenshot({ path: join(folder, name), omitBackground: true });
  }
} finally {
  await browser.close();
}
