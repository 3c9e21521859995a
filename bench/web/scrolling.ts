/** WPERF-3: frames while a session of 10,000 messages is scrolled from end to beginning and back, beside a bare list. */
import type { Page } from "playwright-core";
import { WebWorld } from "../../e2e/web-world.ts";
import { quantile, say, type Figure } from "../report.ts";
import { furnishSessions } from "./furnish-sessions.ts";

const MESSAGES = 10_000;
const gateMs = 50;

export async function measureScrolling(executable: string, isQuick: boolean): Promise<Figure[]> {
  const frames = isQuick ? 300 : 1_500;
  const world = await WebWorld.open({ executable });
  try {
    const [sessionId = ""] = furnishSessions(world, 1, MESSAGES);
    const page = await world.open(`/sessions/${sessionId}`);
    await page.getByText("Step 1665").first().waitFor();
    await loadWhole(page);
    say("  every message is loaded");
    const deltas = await scroll(page, frames);
    const bare = await bareList(world, frames);
    const longest = Math.max(...deltas);
    const floor = Math.max(...bare);
    return [
      {
        rule: "WPERF-3",
        name: `longest of ${deltas.length} frames while ${MESSAGES.toLocaleString("en-US")} messages scroll`,
        value: longest,
        unit: "ms",
        floor,
        ratio: longest / floor,
        gate: `<= ${gateMs} ms`,
        pass: longest <= gateMs,
      },
      {
        rule: "WPERF-3",
        name: "the same, p99",
        value: quantile(deltas, 0.99),
        unit: "ms",
        floor: quantile(bare, 0.99),
        ratio: quantile(deltas, 0.99) / quantile(bare, 0.99),
        gate: `<= ${gateMs} ms`,
        pass: quantile(deltas, 0.99) <= gateMs,
      },
    ];
  } finally {
    await world.close();
  }
}

/** Goes to the beginning until nothing older is to be had. */
async function loadWhole(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const scroller = findScroller();
    const deadline = performance.now() + 120_000;
    while (!document.body.textContent.includes("step 0 of the cart")) {
      if (performance.now() > deadline) throw new Error("the beginning of the session did not come");
      scroller.scrollTop = 0;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    scroller.scrollTop = scroller.scrollHeight;

    function findScroller(): Element {
      const found = [...document.querySelectorAll("main *")]
        .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowY))
        .sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
      if (found === undefined) throw new Error("nothing scrolls here");
      return found;
    }
  });
}

/** Milliseconds between frames while the tallest scroller of the page goes up and down at reading and at flinging speed. */
function scroll(page: Page, frames: number): Promise<number[]> {
  return page.evaluate(async (count) => {
    const scroller = [...document.querySelectorAll("body *")]
      .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowY))
      .sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
    if (scroller === undefined) throw new Error("nothing scrolls here");
    const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    for (let warm = 0; warm < 60; warm++) await nextFrame();
    const deltas: number[] = [];
    let last = await nextFrame();
    for (let frame = 0; frame < count; frame++) {
      const isFling = frame % 100 < 40;
      const direction = Math.floor(frame / 300) % 2 === 0 ? -1 : 1;
      scroller.scrollTop += direction * (isFling ? 900 : 120);
      const now = await nextFrame();
      deltas.push(now - last);
      last = now;
    }
    return deltas;
  }, frames);
}

async function bareList(world: WebWorld, frames: number): Promise<number[]> {
  const page = await world.newPage();
  await page.setContent(
    `<style>#list{height:800px;overflow-y:auto}p{height:120px}</style><div id="list">${"<p>a line of text</p>".repeat(2_000)}</div>`,
  );
  await page.evaluate(() => document.querySelector("#list")?.scrollTo(0, 200_000));
  const deltas = await scroll(page, frames);
  await page.close();
  return deltas;
}
