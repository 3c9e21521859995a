/** Browsers do not tell which languages they understand; these are understood by most. */
const common = [
  "ar-EG",
  "bg-BG",
  "cs-CZ",
  "da-DK",
  "de-DE",
  "el-GR",
  "en-GB",
  "en-IN",
  "en-US",
  "es-ES",
  "es-MX",
  "fi-FI",
  "fr-FR",
  "he-IL",
  "hi-IN",
  "hu-HU",
  "id-ID",
  "it-IT",
  "ja-JP",
  "ko-KR",
  "nb-NO",
  "nl-NL",
  "pl-PL",
  "pt-BR",
  "pt-PT",
  "ro-RO",
  "ru-RU",
  "sk-SK",
  "sv-SE",
  "th-TH",
  "tr-TR",
  "uk-UA",
  "vi-VN",
  "zh-CN",
  "zh-TW",
];

/** What one can choose from: that of the browser first, under the empty tag, then by name. */
export function languageChoices(
  own: string,
  preferred: readonly string[],
): readonly { readonly tag: string; readonly label: string }[] {
  const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
  const tags = new Set([...common, ...preferred]);
  const choices = [...tags].map((tag) => ({ tag, label: names.of(tag) ?? tag }));
  choices.sort((a, b) => a.label.localeCompare(b.label));
  return [{ tag: "", label: `Like the browser: ${names.of(own) ?? own}` }, ...choices];
}
