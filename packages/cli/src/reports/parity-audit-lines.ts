import type { ParityAudit } from "./parity-audit.ts";

/** The report of `parl parity-audit` [CMD-parity-audit-1]. */
export function parityAuditLines({ ratios, missingSchemas, missingDocs }: ParityAudit): string[] {
  return [
    "# Parity Audit",
    "",
    "Archive comparison: unavailable (there is no reference archive; the product is audited against its own contract)",
    "",
    ...ratios.map(({ title, have, total }) => `${title}: **${have}/${total}**`),
    "",
    "Missing schemas:",
    ...bullets(missingSchemas),
    "",
    "Missing docs:",
    ...bullets(missingDocs),
  ];
}

function bullets(items: readonly string[]): string[] {
  return items.length === 0 ? ["- none"] : items.map((item) => `- ${item}`);
}
