export interface Check {
  readonly name: string;
  readonly mesh: string | null;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly hint: string | null;
}

export function passed(name: string, message: string, mesh: string | null = null): Check {
  return { name, mesh, status: "ok", message, hint: null };
}

export function warned(name: string, message: string, hint: string, mesh: string | null = null): Check {
  return { name, mesh, status: "warn", message, hint };
}

export function failed(name: string, message: string, hint: string, mesh: string | null = null): Check {
  return { name, mesh, status: "fail", message, hint };
}
