/** `strict`: on the disk before a promise resolves; `normal`: survives the death of the process only ([LIM-15]). */
export type StoreDurability = "strict" | "normal";
