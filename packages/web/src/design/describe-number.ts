/** With thousands set apart. Where there are none the platform is not asked: its tables take longer to load than a page to show. */
export function describeNumber(value: number): string {
  return Math.abs(value) < 1_000 ? String(value) : value.toLocaleString();
}
