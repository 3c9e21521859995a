/** Damage as torn writes, bad disks and strange writers do it, reproducible by a number. */

/** Numbers from 0 up to, and without, a limit. */
export type Numbers = (limit: number) => number;

export function mutationSource(seed: number): Numbers {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const pieces = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\n",
  "\0",
  "\uFEFF",
  " ",
  "\\u",
  '"type":"user",',
  '"uuid":null,',
  '"isMeta":true,',
  '"message":',
  "null",
  "true",
  "1e999",
  "\u00e9",
  "🛒",
].map((piece) => Buffer.from(piece));

/** The line with one or a few things done to it, or none. */
export function mutate(line: Buffer, next: Numbers): Buffer {
  let result = line;
  for (let times = next(3); times > 0; times--) result = mutateOnce(result, next);
  return result;
}

function mutateOnce(line: Buffer, next: Numbers): Buffer {
  const at = next(line.length + 1);
  const to = Math.min(line.length, at + next(40));
  switch (next(7)) {
    case 0:
      return line.subarray(0, at);
    case 1:
      return Buffer.concat([line.subarray(0, at), line.subarray(to)]);
    case 2:
      return Buffer.concat([line.subarray(0, to), line.subarray(at)]);
    case 3: {
      const copy = Buffer.from(line);
      if (at < copy.length) copy[at] = next(256);
      return copy;
    }
    case 4:
      return Buffer.concat([line.subarray(0, at), pieces[next(pieces.length)] ?? line, line.subarray(at)]);
    case 5:
      return Buffer.concat([line, line.subarray(at)]);
    default:
      return line.subarray(at);
  }
}
