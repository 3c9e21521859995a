/** Pieces of a text, between code points, whose JSON without quotes takes at most `maxJsonBytes` each; at least one piece. */
export function splitByJson(text: string, maxJsonBytes: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  let taken = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isPair = (unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    const cost = isPair ? 4 : unitCost(unit);
    if (taken + cost > maxJsonBytes && i > start) {
      pieces.push(text.slice(start, i));
      start = i;
      taken = 0;
    }
    taken += cost;
    if (isPair) i++;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** As `JSON.stringify` writes it: short escapes where there are some, `\\uXXXX` for other controls and lone surrogates. */
function unitCost(unit: number): number {
  if (unit < 0x20) return unit === 8 || unit === 9 || unit === 10 || unit === 12 || unit === 13 ? 2 : 6;
  if (unit === 0x22 || unit === 0x5c) return 2;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 6 : 3;
}
