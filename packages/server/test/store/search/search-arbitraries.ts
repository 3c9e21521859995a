import fc from "fast-check";

/** Few enough words that random queries and texts meet often; every case of the analysis is among them. */
const WORDS = [
  ...["deploy", "Deploying", "deployed", "cache", "caching", "build", "builds", "the", "of", "v1", "2", "3", "1.2"],
  ...[
    "café",
    "CAFE",
    "naïve",
    "東京",
    "東",
    "京都",
    "タワー",
    "ガ",
    "ｶﾞ",
    "〇",
    "Straße",
    "ΟΔΟΣ",
    "Жизнь",
    "½",
    "it's",
    "pre-commit",
  ],
];
const MARKS = [
  '"',
  '"',
  " OR ",
  " OR ",
  " -",
  " -",
  "-",
  " ",
  " ",
  ".",
  ",",
  "(",
  ")",
  "*",
  "'",
  "\\",
  "&",
  "|",
  "!",
  "<->",
  ":",
  "^",
  "NEAR",
  "AND",
  "NOT",
  "¶",
  "§",
  "\u0000",
  "\ud800",
];

const word = fc.constantFrom(...WORDS);

export const anyContent: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(" ")) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof(word, fc.constantFrom(" ", ".", "-", "¶")), { maxLength: 12 })
      .map((parts) => parts.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
);

export const anyMemory = fc.record({
  content: anyContent,
  tags: fc.array(
    fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
    { maxLength: 4 },
  ),
});

export const anyQuery: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.oneof(
          word,
          word.map((text) => ` ${text}`),
          fc.constantFrom(...MARKS),
        ),
        { maxLength: 10 },
      )
      .map((parts) => parts.join("")),
  },
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.oneof(
          word,
          word.map((text) => `-${text}`),
          fc.tuple(word, word).map(([a, b]) => `"${a} ${b}"`),
          fc.tuple(word, word).map(([a, b]) => `-"${a} ${b}"`),
          fc.constant("OR"),
        ),
        { maxLength: 5 },
      )
      .map((parts) => parts.join(" ")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
);
